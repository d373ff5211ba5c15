/** The flags that a job declares for itself: read once, kept with the run, and never changed afterwards. Pure. */
import { UsageError } from './errors.ts';
import { rowValues, whyNot, wordsOf } from './parameter-values.ts';
import type { Job, JobParameter, JobRow, Parameters } from './types.ts';

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

/**
 * What tells a row's call from another's, for the list's hash: the machine as the list names it, and what the row itself
 * says of the job's flags. The same machines with other files are another list.
 */
export function hashTextOf(job: Job, parameters: Parameters, row: JobRow & { readonly text: string }): string {
  return [row.text.toLowerCase(), rowValues(job, parameters, row)].filter((part) => part !== '').join(' ');
}

/** Whether two runs ask for the same: an interrupted run is gone on with only then. */
export function sameParameters(a: Parameters = {}, b: Parameters = {}): boolean {
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...names].every((name) => a[name] === b[name]);
}
