/** What a diagnosis found, for a person: what is well, what is not, and what to do about it. */
import type { Diagnosis } from '../../run/diagnosis.ts';
import type { Check } from '../../run/doctor.ts';
import type { Observations } from '../../run/doctor/probe.ts';
import { plural } from '../../page/text.ts';
import { shown } from '../../core/one-line.ts';
import { wrapped } from './labelled.ts';

/** Where the observations of a probe were written, and they themselves. */
export interface Probed {
  readonly file: string;
  readonly seen: Observations;
}

const LEVEL = 6;
const NAME = 13;

export function diagnosisText({ host, checks, exitCode }: Diagnosis, columns: number): string {
  const count = (level: Check['level']): number => checks.filter((check) => check.level === level).length;
  const verdict = count('fail') > 0 ? 'a run would be stopped' : 'a run can start';
  return [
    `cordon doctor, ${host}`,
    ...folded(checks).flatMap((check) => lines(check, columns)),
    `${plural(count('fail'), 'failure')}, ${plural(count('warn'), 'warning')}: ${verdict}. Exit code ${exitCode}.`,
    '',
  ].join('\n');
}

/** "permission restrict" and "permission scan" are one line where the same is to be said of both. */
function folded(checks: readonly Check[]): Check[] {
  const groups = Map.groupBy(checks, ({ name, level, what, next = '' }) => {
    const { kind, job } = partsOf(name);
    return job === '' ? name : [kind, level, what, next].join('\n');
  });
  return [...groups.values()].flatMap(([first, ...others]) => {
    if (!first) return [];
    const names = [first, ...others].map(({ name }) => partsOf(name).job).filter((name) => name !== '');
    return [names.length === 0 ? first : { ...first, name: partsOf(first.name).kind, what: `${names.join(', ')}: ${first.what}` }];
  });
}

/** "permission restrict" is about a job; "read limits" is not. */
function partsOf(name: string): { readonly kind: string; readonly job: string } {
  const [kind = '', job = ''] = name.split(' ');
  return kind === 'permission' || kind === 'quota' ? { kind, job } : { kind: name, job: '' };
}

function lines({ level, name, what, next = '' }: Check, columns: number): string[] {
  const indent = ' '.repeat(LEVEL + NAME + 2);
  const width = Math.max(20, columns - indent.length);
  const texts = [...wrapped(shown(what), width), ...(next === '' ? [] : adviceLines(next, width))];
  return texts.map((text, at) => `${at === 0 ? `  ${level.padEnd(LEVEL)}${name.padEnd(NAME)}` : indent}${text}`);
}

/** What next; lists keep their lines. */
function adviceLines(next: string, width: number): string[] {
  const [first = '', ...others] = next.split('\n');
  return [...wrapped(`-> ${shown(first)}`, width), ...others.map((line) => `   ${line}`)];
}

export function diagnosisJson({ host, checks, exitCode }: Diagnosis, probed: Probed | undefined): object {
  return { host, checks, exitCode, ...(probed && { probe: { file: probed.file, seen: probed.seen } }) };
}

/** What is about to be done to the one machine. */
export function probeQuestion(machine: string, isEmulated: boolean, columns: number): string {
  const text = [
    `${isEmulated ? 'EMULATED: ' : ''}About to probe machine ${machine}: app execution is restricted there, once more, then released.`,
    'Programs that are not signed by Microsoft do not start there for some minutes. Name a lab machine only.',
  ];
  return [...text.flatMap((line) => wrapped(line, columns)), 'Type probe to go on, n to stop: '].join('\n');
}

export function probedText({ file, seen }: Probed): string {
  return `The machine was left: ${shown(seen.left)}.\nWhat the API did is in ${file}. It names no machine, person or tenant: it can be shared.\n`;
}
