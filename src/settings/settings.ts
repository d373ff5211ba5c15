/** Flags, what is stored with a run, the environment and the defaults meet here, once, and become readonly settings. */
import { messageOf, UsageError } from '../core/errors.ts';
import type { Flag } from './kinds.ts';
import { FLAGS, type FlagName } from './flags.ts';

export type Settings = { readonly [Name in FlagName]: (typeof FLAGS)[Name] extends Flag<infer T> ? T : never };

/** What was said for each flag, as text. */
export type Said = Readonly<Partial<Record<FlagName, readonly string[]>>>;

export interface Sources {
  /** Typed on the command line. */
  readonly flags: Said;
  /** Kept with the run that is resumed. */
  readonly stored?: Said;
  readonly env: NodeJS.ProcessEnv;
}

/** The environment twin of a flag: `CORDON_MAX_TARGETS`. */
export function envName(name: FlagName): string {
  return `CORDON_${name.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
}

/**
 * Flag > stored with the run > environment > default.
 * @throws UsageError when a value cannot be read; the message says where it came from
 */
export function settingsFrom(sources: Sources): Settings {
  const values: Record<string, unknown> = {};
  for (const name of flagNames()) values[name] = valueOf(name, sources);
  if (!isComplete(values)) throw new Error('a flag was left out of the settings');
  return values;
}

/** Every name is filled with what its own flag reads. */
function isComplete(values: object): values is Settings {
  return flagNames().every((name) => name in values);
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

function valueOf(name: FlagName, { flags, stored, env }: Sources): unknown {
  const flag = flagOf(name);
  const fromFlag = flags[name] ?? stored?.[name];
  if (fromFlag) return flag.read(split(flag, fromFlag));
  const said = fromEnv(name, env);
  if (!said) return flag.default;
  try {
    return flag.read(split(flag, said));
  } catch (error) {
    throw new UsageError(`${envName(name)} in the environment: ${messageOf(error)}`, { cause: error });
  }
}

/** An empty variable counts as not set: that is how containers leave things out. */
function fromEnv(name: FlagName, env: NodeJS.ProcessEnv): readonly string[] | undefined {
  const value = flagOf(name).typedOnly ? undefined : env[envName(name)];
  return value === undefined || value.trim() === '' ? undefined : [value];
}

/** Lists are split at commas; paths and names of tags may hold those, so lists of such are split at line ends. */
function split({ many, usage }: Flag<unknown>, said: readonly string[]): readonly string[] {
  if (!many) return said;
  const separator = /<(file|entry)>/.test(usage) ? '\n' : ',';
  return said.flatMap((part) => part.split(separator)).map((part) => part.trim());
}
