/** The command that follows a preview, as it is typed. */
import { flagNames, flagOf, typedName, type Settings } from '../../settings/settings.ts';
import type { FlagName } from '../../settings/flags.ts';
import { quoted } from '../../reports/next.ts';

/** What only a preview, or only this output, is about. */
const NOT_FOR_RUN: ReadonlySet<FlagName> = new Set([
  'all',
  'noApi',
  'out',
  'detailedExitcode',
  'dryRun',
  'yes',
  'confirm',
  'json',
  'report',
  'quiet',
  'logLevel',
  'logFormat',
]);

export interface NextCommand {
  readonly verb: 'run' | 'undo';
  /** Job and lists, or a run, as they were typed. */
  readonly args: readonly string[];
  readonly settings: Pick<Settings, 'sources' | 'comment'>;
  /** So many machines, where nothing has to be asked. */
  readonly confirm: number | undefined;
}

/** `cordon run restrict machines.csv --comment "INC-1234" --confirm 240`; a comment that is missing is left to be filled in. */
export function nextCommand({ verb, args, settings, confirm }: NextCommand): string {
  const { flags, jobFlags = {} } = settings.sources;
  const typed = flagNames()
    .filter((name) => !NOT_FOR_RUN.has(name))
    .flatMap((name) => (flags[name] ?? []).map((value) => flagText(name, value)));
  const own = Object.entries(jobFlags).flatMap(([name, value]) => (value === undefined ? [] : [`--${name} ${quoted(value)}`]));
  const missing = settings.comment === undefined && verb === 'run' ? ['--comment "WHY"'] : [];
  return [
    `cordon ${verb}`,
    ...args.map(quoted),
    ...typed,
    ...own,
    ...missing,
    ...(confirm === undefined ? [] : [`--confirm ${confirm}`]),
  ].join(' ');
}

function flagText(name: FlagName, value: string): string {
  return flagOf(name).usage.includes('<') ? `${typedName(name)} ${quoted(value)}` : typedName(name);
}
