/** What can be typed, as plain words: every completion script is written from this. */
import type { Job } from '../../core/types.ts';
import type { FlagName } from '../../settings/flags.ts';
import { flagOf } from '../../settings/settings.ts';

/** What follows a flag, or stands in a place: nothing, one of some words, a file, a folder, or anything. */
export type Completes =
  | { readonly kind: 'nothing' | 'file' | 'folder' | 'anything' }
  | { readonly kind: 'words'; readonly words: readonly string[] };

export interface FlagWord {
  /** `--max-targets`. */
  readonly text: string;
  readonly help: string;
  readonly value: Completes;
}

export interface CommandWord {
  readonly name: string;
  readonly help: string;
  /** What its first argument is. */
  readonly first: Completes;
  /** What the others are. */
  readonly rest: Completes;
  readonly flags: readonly FlagWord[];
}

export interface Grammar {
  readonly commands: readonly CommandWord[];
  /** Every flag of any command, once. */
  readonly flags: readonly FlagWord[];
}

/** A command as the table of commands has it. */
export interface CommandEntry {
  readonly usage: string;
  readonly summary: string;
  readonly flags: readonly FlagName[];
}

export const SHELLS = ['bash', 'zsh', 'fish', 'powershell'] as const;
export type Shell = (typeof SHELLS)[number];

const NOTHING: Completes = { kind: 'nothing' };
const FILE: Completes = { kind: 'file' };
const HELP: readonly FlagWord[] = [
  { text: '--help', help: 'what matters first', value: NOTHING },
  { text: '--help-all', help: 'every flag', value: NOTHING },
];

/** The whole command line, from the tables that also make the help. */
export function grammarOf(commands: readonly CommandEntry[], jobs: readonly Job[]): Grammar {
  const words = commands.map((command) => commandWord(command, jobs));
  const help: CommandWord = {
    name: 'help',
    help: 'what a command or a job does',
    first: { kind: 'words', words: [...words.map(({ name }) => name), ...jobs.map(({ name }) => name)] },
    rest: NOTHING,
    flags: [],
  };
  const names = new Set(commands.flatMap(({ flags }) => flags));
  return { commands: [...words, help], flags: [...[...names].map(flagWord), ...HELP] };
}

function commandWord({ usage, summary, flags }: CommandEntry, jobs: readonly Job[]): CommandWord {
  const [name = '', ...places] = usage.split(' ');
  const [first = NOTHING, rest = first] = places.map((place) => placeOf(place, jobs));
  const many = places.at(-1)?.includes('...') ?? false;
  return { name, help: summary, first, rest: many ? rest : NOTHING, flags: [...flags.map(flagWord), ...HELP] };
}

/** Runs are not offered: which there are only the state knows, and completion starts no program. */
function placeOf(place: string, jobs: readonly Job[]): Completes {
  if (place.includes('job')) return { kind: 'words', words: jobs.map(({ name }) => name) };
  if (place.includes('lists')) return FILE;
  if (place.includes('shell')) return { kind: 'words', words: SHELLS };
  return { kind: 'anything' };
}

function flagWord(name: FlagName): FlagWord {
  const { usage, help, words } = flagOf(name);
  const [text = '', value] = usage.split(' ');
  return { text, help, value: words ? { kind: 'words', words } : valueOf(value) };
}

function valueOf(placeholder: string | undefined): Completes {
  if (placeholder === undefined || placeholder.startsWith('[')) return NOTHING;
  if (/<(file|path)\b/.test(placeholder)) return FILE;
  return { kind: placeholder.startsWith('<dir') ? 'folder' : 'anything' };
}

/** The flags that a value follows. */
export function takingValue(flags: readonly FlagWord[]): readonly FlagWord[] {
  return flags.filter(({ value }) => value.kind !== 'nothing');
}

/** The words that a value can be; none where it is not one of some. */
export function wordsOf(value: Completes): readonly string[] {
  return value.kind === 'words' ? value.words : [];
}
