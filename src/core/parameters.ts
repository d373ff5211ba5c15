/** The flags that a job declares for itself: read once, kept with the run, and never changed afterwards. Pure. */
import { inputOf } from './column-names.ts';
import { UsageError } from './errors.ts';
import type { Job, JobParameter, JobRow, Parameters } from './types.ts';

const SHA1 = /^[0-9a-f]{40}$/i;

/** What was said for each of a job's flags, by its name: the last one counts. */
export type SaidForJob = Readonly<Record<string, string | undefined>>;

/**
 * The job's parameters, defaults filled in. A flag of another job is for the caller to refuse.
 * @throws UsageError (exit 2) for a word that the flag does not know, and for a required flag that was not given
 */
export function readParameters(job: Job, said: SaidForJob): Parameters {
  const given = (job.parameters ?? []).map((parameter) => [parameter.name, readParameter(job, parameter, said[parameter.name])] as const);
  return Object.fromEntries(given.filter((entry): entry is [string, string] => entry[1] !== undefined));
}

function readParameter(job: Job, parameter: JobParameter, said: string | undefined): string | undefined {
  const text = said?.trim() || parameter.default;
  if (text === undefined) {
    if (!parameter.required) return undefined;
    throw new UsageError(`${job.name} needs --${parameter.name}`, { hint: `${wordsOf(parameter)}. cordon help ${job.name} says more.` });
  }
  const wrong = whyNot(parameter, text);
  if (wrong !== undefined) throw new UsageError(`--${parameter.name}: ${wrong}`);
  return text.toLowerCase();
}

/** "One of full, selective, unmanaged" */
export function wordsOf({ kind }: JobParameter): string {
  return kind === 'sha1' ? '40 hex digits' : `One of ${Object.keys(kind.choice).join(', ')}`;
}

function whyNot(parameter: JobParameter, text: string): string | undefined {
  const { kind } = parameter;
  if (kind !== 'sha1')
    return Object.hasOwn(kind.choice, text.toLowerCase()) ? undefined : `"${text}" is none of ${Object.keys(kind.choice).join(', ')}`;
  if (SHA1.test(text)) return undefined;
  const looks = /^[0-9a-f]{64}$/i.test(text) ? 'this is a SHA-256; ' : '';
  return `${looks}a SHA-1 has 40 hex digits, not "${text.slice(0, 80)}"`;
}

/** A parameter's value for one row: the flag's, else the list's column; undefined when neither says one that will do. */
export function valueFor(parameter: JobParameter, parameters: Parameters, { input }: JobRow): string | undefined {
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

/** "isolation-type full", for the question, the plan and the report; '' where the job has none. */
export function describeParameters(parameters: Parameters | undefined): string {
  return Object.entries(parameters ?? {})
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');
}

/**
 * What a resume may say for a job's flags: nothing, or just what the run has.
 * @throws UsageError (exit 2) for anything else
 */
export function holdToRun(job: Job, kept: Parameters | undefined, said: SaidForJob): Parameters {
  for (const { name } of job.parameters ?? []) {
    const typed = said[name]?.trim().toLowerCase();
    if (typed === undefined || typed === kept?.[name]) continue;
    throw new UsageError(`--${name} ${typed} differs from the run's: ${kept?.[name] ?? 'it was not given then'}`, {
      hint: 'What a run does is fixed when it starts. Start another run for something else.',
    });
  }
  return kept ?? {};
}
