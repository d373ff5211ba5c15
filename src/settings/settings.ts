/** Flags, what is stored with a run, the environment and the defaults meet here, once, and become readonly settings. */
import { messageOf, UsageError } from '../core/errors.ts';
import { reserving } from '../core/rate.ts';
import type { Window } from '../core/types.ts';
import type { SaidForJob } from '../core/parameters.ts';
import { jobs } from '../../jobs/index.ts';
import { checkEnvironment, isServiceLink } from './environment.ts';
import type { Flag } from './kinds.ts';
import { FLAGS, type FlagName } from './flags.ts';

type Values = { readonly [Name in FlagName]: (typeof FLAGS)[Name] extends Flag<infer T> ? T : never };

/** Who said what a setting is. */
export type Origin = 'flag' | 'run' | 'environment' | 'default';

export interface Settings extends Values {
  /** What was said for flags that only some jobs have, by their names. */
  readonly jobFlags: SaidForJob;
  readonly origin: Readonly<Record<FlagName, Origin>>;
  /** All that was said, to be read again beside what a run has stored. */
  readonly sources: Sources;
}

/** What was said for each flag, as text. */
export type Said = Readonly<Partial<Record<FlagName, readonly string[]>>>;

export interface Sources {
  /** Typed on the command line. */
  readonly flags: Said;
  /** Kept with the run that is resumed. */
  readonly stored?: Said;
  readonly env: NodeJS.ProcessEnv;
  /** Typed flags that only some jobs have: `isolation-type`. */
  readonly jobFlags?: SaidForJob;
}

/** The environment twin of a flag: `CORDON_MAX_TARGETS`. */
export function envName(name: FlagName): string {
  return `CORDON_${name.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
}

/** The flag as it is typed: `--max-targets`. */
export function typedName(name: FlagName): string {
  return `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/**
 * Flag > stored with the run > environment > default.
 * @throws UsageError when a value cannot be read, or a variable is one that nobody knows; the message says which
 */
export function settingsFrom(sources: Sources): Settings {
  checkEnvironment(sources.env, {
    known: [
      ...flagNames()
        .filter((name) => !flagOf(name).typedOnly)
        .map(envName),
      ...jobFlagNames().map(jobEnvName),
    ],
    typedOnly: new Map(
      flagNames()
        .filter((name) => flagOf(name).typedOnly)
        .map((name) => [envName(name), typedName(name)]),
    ),
  });
  const values: Record<string, unknown> = { sources, jobFlags: jobFlagsFrom(sources) };
  const origin: Partial<Record<FlagName, Origin>> = {};
  for (const name of flagNames()) [values[name], origin[name]] = valueOf(name, sources);
  const settings = { ...values, origin };
  if (!isComplete(settings)) throw new Error('a flag was left out of the settings');
  return withReserve(withoutContradiction(settings), settings.rate);
}

/** What was typed outweighs a variable; said in one place, both are a contradiction. @throws UsageError */
function withoutContradiction(settings: Settings): Settings {
  const { facts, noFacts, origin } = settings;
  if (!facts || !noFacts) return settings;
  if (origin.facts === origin.noFacts) throw new UsageError('--facts and --no-facts contradict each other: say one of them');
  return { ...settings, facts: origin.facts === 'flag', noFacts: origin.noFacts === 'flag' };
}

/** With this quota, less what is left to others. @throws UsageError where `--reserve` does not fit it */
export function withReserve(settings: Settings, rate: readonly Window[], speed = 1): Settings {
  if (settings.reserve === undefined) return { ...settings, rate };
  const left = reserving(rate, settings.reserve, speed);
  if (typeof left === 'string') throw new UsageError(`--reserve: ${left}`);
  return { ...settings, rate: left };
}

/** The environment twin of a job's own flag: `CORDON_ISOLATION_TYPE`. */
function jobEnvName(name: string): string {
  return `CORDON_${name.replaceAll('-', '_').toUpperCase()}`;
}

/** Names of the flags that only some jobs have, each once. */
function jobFlagNames(): string[] {
  return [...new Set(jobs.flatMap(({ parameters = [] }) => parameters.map(({ name }) => name)))];
}

function jobFlagsFrom({ jobFlags = {}, env }: Sources): SaidForJob {
  return Object.fromEntries(jobFlagNames().map((name) => [name, jobFlags[name] ?? (env[jobEnvName(name)]?.trim() || undefined)]));
}

/** The same words beside what a run has stored. @throws UsageError as `settingsFrom` does */
export function withStored({ sources }: Settings, stored: Said): Settings {
  return settingsFrom({ ...sources, stored });
}

/** Every name is filled with what its own flag reads. */
function isComplete(values: object): values is Settings {
  return flagNames().every((name) => name in values);
}

/** The same words with some flags said otherwise, typed and in the environment; undefined: as if nobody had said anything. */
export function saying({ flags, env, ...sources }: Sources, changed: Readonly<Partial<Record<FlagName, string | undefined>>>): Sources {
  const names = flagNames().filter((name) => name in changed);
  const gone = new Set<string>([...names, ...names.map(envName)]);
  const others = <T>(said: Readonly<Record<string, T>>): Record<string, T> =>
    Object.fromEntries(Object.entries(said).filter(([name]) => !gone.has(name)));
  const said = names.flatMap((name) => (changed[name] === undefined ? [] : [[name, [changed[name]]]]));
  return { ...sources, flags: { ...others(flags), ...Object.fromEntries(said) }, env: others(env) };
}

/** What a resume will need again, as text; never a secret, because no flag's value is one. */
export function keptOf({ flags, env }: Sources): Said {
  const kept: Partial<Record<FlagName, readonly string[]>> = {};
  for (const name of flagNames()) {
    const said = flagOf(name).kept ? (flags[name] ?? fromEnv(name, env)) : undefined;
    if (said) kept[name] = said;
  }
  return kept;
}

export function flagNames(): FlagName[] {
  return Object.keys(FLAGS).filter(isFlagName);
}

function isFlagName(name: string): name is FlagName {
  return name in FLAGS;
}

export function flagOf(name: FlagName): Flag<unknown> {
  return FLAGS[name];
}

function valueOf(name: FlagName, { flags, stored, env }: Sources): [unknown, Origin] {
  const flag = flagOf(name);
  const typed = flags[name];
  if (typed) return [flag.read(split(flag, typed)), 'flag'];
  const kept = stored?.[name];
  if (kept) return [flag.read(split(flag, kept)), 'run'];
  const said = fromEnv(name, env);
  if (!said) return [flag.default, 'default'];
  try {
    return [flag.read(split(flag, said)), 'environment'];
  } catch (error) {
    throw new UsageError(`${envName(name)} in the environment: ${messageOf(error)}`, { cause: error });
  }
}

/** An empty variable counts as not set: that is how containers leave things out. */
export function fromEnv(name: FlagName, env: NodeJS.ProcessEnv): readonly string[] | undefined {
  const value = flagOf(name).typedOnly ? undefined : env[envName(name)];
  if (value === undefined || value.trim() === '' || isServiceLink(envName(name), value)) return undefined;
  return name === 'from' ? value.split(NEXT_SOURCE) : [value];
}

/** A variable cannot be repeated: in it a comma before the next source parts two. Any other belongs to a name, or to a run's outcomes. */
const NEXT_SOURCE = /\n|,(?=\s*(?:tag|group|query|alert|incident|run):)/i;

/** Lists are split at commas; paths, sources and names of tags may hold those, so lists of such are split at line ends. */
function split({ many, usage }: Flag<unknown>, said: readonly string[]): readonly string[] {
  if (!many) return said;
  const separator = /<(file|entry|source)>/.test(usage) ? '\n' : ',';
  return said.flatMap((part) => part.split(separator)).map((part) => part.trim());
}
