/** What a job's parameter is for one row, and in the API's words. Pure. */
import { inputOf } from './column-names.ts';
import type { Job, JobParameter, JobRow, Parameters } from './types.ts';

const SHA1 = /^[0-9a-f]{40}$/i;

/** "One of full, selective, unmanaged" */
export function wordsOf({ kind }: JobParameter): string {
  return kind === 'sha1' ? '40 hex digits' : `One of ${Object.keys(kind.choice).join(', ')}`;
}

/** What is wrong with a text as this parameter's value; undefined when nothing is. */
export function whyNot(parameter: JobParameter, text: string): string | undefined {
  const { kind } = parameter;
  if (kind !== 'sha1')
    return Object.hasOwn(kind.choice, text.toLowerCase()) ? undefined : `"${text}" is none of ${Object.keys(kind.choice).join(', ')}`;
  if (SHA1.test(text)) return undefined;
  const looks = /^[0-9a-f]{64}$/i.test(text) ? 'this is a SHA-256; ' : '';
  return `${looks}a SHA-1 has 40 hex digits, not "${text.slice(0, 80)}"`;
}

/** A parameter's value for one row: the flag's, else the list's column; undefined when neither says one that will do. */
function valueFor(parameter: JobParameter, parameters: Parameters, { input }: JobRow): string | undefined {
  const text = parameters[parameter.name] ?? inputOf(input, parameter.columns ?? []);
  return text !== undefined && whyNot(parameter, text) === undefined ? text.toLowerCase() : undefined;
}

/**
 * The API's own word for a parameter, in its exact case.
 * @throws Error when there is none: a request that lacks it must never be sent
 */
export function apiWord(parameter: JobParameter, parameters: Parameters, row: JobRow = {}): string {
  const value = valueFor(parameter, parameters, row);
  const word = value !== undefined && parameter.kind !== 'sha1' ? parameter.kind.choice[value] : value;
  if (word === undefined) throw new Error(`no value for --${parameter.name}`);
  return word;
}

/** Why a row cannot be called because the list does not say for it what no flag says; undefined when it can. */
export function whyIncomplete({ parameters: declared = [] }: Job, parameters: Parameters, row: JobRow): string | undefined {
  for (const parameter of declared) {
    const { name, columns } = parameter;
    if (columns === undefined || parameters[name] !== undefined) continue;
    const text = inputOf(row.input, columns);
    if (text === undefined)
      return `no ${name} for this row: the list has none in a column ${columns.join(' or ')}, and --${name} was not given`;
    const wrong = whyNot(parameter, text);
    if (wrong !== undefined) return `${name}: ${wrong}`;
  }
  return undefined;
}

/** A row's own values, in words: tells two rows of one machine apart that ask for different things. */
export function rowValues({ parameters: declared = [] }: Job, parameters: Parameters, row: JobRow): string {
  const own = declared.filter(({ name, columns }) => columns !== undefined && parameters[name] === undefined);
  return own.map((parameter) => `${parameter.name} ${valueFor(parameter, parameters, row) ?? '(none)'}`).join(', ');
}
