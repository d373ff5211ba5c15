/** Help that says first what matters first: jobs, flags in groups, exit codes. */
import { Option } from 'commander';
import { EXIT, type ExitCode } from '../../core/exit.ts';
import { jobHelp } from '../../core/job-words.ts';
import type { Job } from '../../core/types.ts';
import type { FlagName } from '../../settings/flags.ts';
import { defaultText, groupsOf } from '../../settings/groups.ts';
import { envName, flagOf } from '../../settings/settings.ts';

/** `cordon COMMAND --help-all`. */
export const HELP_ALL = '--help-all';

/** A command with fewer flags than this has nothing to hide. */
const FEW = 16;

export type Options = ReadonlyMap<FlagName, Option>;

/** The options of a command, grouped; what most people never need is hidden unless `everything` is asked for. */
export function optionsOf(flags: readonly FlagName[], everything: boolean): Options {
  const all = everything || flags.length < FEW;
  const options = new Map<FlagName, Option>();
  for (const { title, first, flags: names } of groupsOf(flags))
    for (const name of names)
      options.set(
        name,
        optionOf(name, everything)
          .helpGroup(`${title}:`)
          .hideHelp(!all && !first),
      );
  return options;
}

function optionOf(name: FlagName, everything: boolean): Option {
  const { usage, help, typedOnly } = flagOf(name);
  const byDefault = defaultText(name);
  const notes = [byDefault === undefined ? '' : ` (default: ${byDefault})`, everything && !typedOnly ? ` [${envName(name)}]` : ''];
  const option = new Option(usage, `${help}${notes.join('')}`);
  return option.required ? option.argParser<string[]>((value, before) => [...(before ?? []), value]) : option;
}

/** What stands below the options. */
export function afterOptions(options: Options, examples: readonly string[]): string {
  const hidden = [...options.values()].filter((option) => option.hidden);
  const more = hidden.length === 0 ? [] : [`${hidden.length} more: ${HELP_ALL}`, ''];
  return `\n${[...more, 'Examples:', ...examples.map((example) => `  ${example}`)].join('\n')}`;
}

/** The jobs, one a line. */
export function jobsText(jobs: readonly Job[]): string {
  return `\n${['Jobs:', ...jobs.map(({ name, title }) => `  ${name.padEnd(NAME_WIDTH)}${title}`), '  (cordon help JOB says more)'].join('\n')}`;
}

const NAME_WIDTH = 12;

/** `cordon help JOB`: what it does, what it needs, how it is taken back. */
export function jobText(job: Job): string {
  const { name } = job;
  const example = ['', 'Examples:', `  cordon preview ${name} machines.csv`, `  cordon run ${name} machines.csv --comment "INC-1234"`];
  return [...jobHelp(job), ...example, '', `cordon run ${name} --help shows the other flags.`, ''].join('\n');
}

const EXIT_WORDS: Readonly<Record<ExitCode, string>> = {
  [EXIT.ok]: 'every call was accepted, or such an action was open already',
  [EXIT.internal]: 'internal error, or the state or the output cannot be written',
  [EXIT.usage]: 'bad usage or input; nothing was sent',
  [EXIT.outcomes]: 'done, but some row needs a look (--fail-on)',
  [EXIT.open]: 'done, and some actions or packages are not ready yet: follow or download later',
  [EXIT.outage]: 'stopped by an outage, by others’ use of the quota, or in time; resumable',
  [EXIT.guard]: 'a guard refused; nothing was sent',
  [EXIT.plan]: 'plan altered, out of date or carried out; run too old; nothing was sent',
  [EXIT.credentials]: 'credentials or permission; resumable if calls were made',
  [EXIT.budget]: 'too many errors; resumable',
  [EXIT.busy]: 'another process works on this run',
  [EXIT.workToDo]: 'preview --detailed-exitcode: there is work to do',
  [EXIT.sigint]: 'interrupted by Ctrl-C; resumable',
  [EXIT.sigterm]: 'interrupted by SIGTERM; resumable',
};

/** The exit codes, one a line. */
export function exitCodesText(): string {
  const lines = Object.entries(EXIT_WORDS).map(([code, words]) => `  ${code.padStart(3)}  ${words}`);
  return `\n${['Exit codes:', ...lines].join('\n')}`;
}
