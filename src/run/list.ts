/** The list and the exclusions of a command, read once. */
import type { Readable } from 'node:stream';
import { exclusionsOf, type Exclusions } from '../core/exclusions.ts';
import { hashOf } from '../core/hash.ts';
import { hashTextOf } from '../core/parameters.ts';
import type { InputRows } from '../core/types.ts';
import { UsageError } from '../core/errors.ts';
import type { Settings } from '../settings/settings.ts';
import { readExclusions, readTargets, type Source } from '../targets/index.ts';
import type { Order } from './job.ts';

export interface TargetList {
  readonly rows: InputRows;
  readonly exclusions: Exclusions;
  /** Over the rows' texts in order: tells whether two runs are about the same list. */
  hash(): string;
  /** What should be known of where it came from. */
  readonly notes: readonly string[];
  /** Some of it was read from the tenant, where it may be another one tomorrow. */
  readonly fromTenant: boolean;
}

/** Rows with the hash of their texts. */
export function hashed(rows: InputRows): Pick<TargetList, 'rows' | 'hash'> {
  return { rows, hash: () => hashOf(inPieces(rows)) };
}

/** The list as a job takes it: where rows say what the job's flags do not, they are part of its hash. */
export function listFor(list: TargetList, { job, parameters }: Pick<Order, 'job' | 'parameters'>): TargetList {
  const isByRow = (job.parameters ?? []).some(({ name, columns }) => columns !== undefined && parameters[name] === undefined);
  return isByRow ? { ...list, hash: () => hashOf(Iterator.from(list.rows).map((row) => hashTextOf(job, parameters, row))) } : list;
}

/**
 * @throws UsageError when no list is named, one cannot be read, or all are empty without --allow-empty
 * @throws GuardError when an exclusion file cannot be read; UsageError when a line of it is no exclusion
 */
export async function readList(paths: readonly string[], settings: Settings, stdin?: Readable): Promise<TargetList> {
  const sources: Source[] = [
    ...paths.map((path): Source => (path === '-' && stdin ? { kind: 'stdin', stream: stdin } : { kind: 'file', path })),
    ...settings.machine.map((id): Source => ({ kind: 'machine', id })),
  ];
  if (sources.length === 0 && settings.from.length === 0)
    throw new UsageError('no list of machines', {
      hint: 'Name a CSV, JSON or text file, "-" for standard input, or use --machine ID or --from SOURCE.',
    });
  const { column, resolve } = settings;
  const rows = await readTargets(sources, { resolve: resolve !== false, ...(column !== undefined && { column }) });
  if (rows.length === 0 && sources.length > 0 && !settings.allowEmpty)
    throw new UsageError(`no machine in ${sources.map((source) => (source.kind === 'file' ? source.path : source.kind)).join(', ')}`, {
      hint: 'An empty list is never "all". If it may be empty, say --allow-empty.',
    });
  return { ...hashed(rows), exclusions: await readExclusionsOf(settings), notes: [], fromTenant: false };
}

/** What `--exclude` and `--exclude-machine` name. @throws GuardError, UsageError as `readList` does */
export async function readExclusionsOf({ exclude, excludeMachine }: Pick<Settings, 'exclude' | 'excludeMachine'>): Promise<Exclusions> {
  const { entries, emptyFiles } = await readExclusions(exclude, excludeMachine);
  return exclusionsOf(entries, emptyFiles);
}

/** The texts in larger pieces, which makes the same hash: a million short ones take their time. */
function* inPieces(rows: InputRows): Iterable<string> {
  const piece: string[] = [];
  for (const { text } of rows) {
    piece.push(text.toLowerCase());
    if (piece.length === PIECE) yield piece.splice(0).join('\n');
  }
  if (piece.length > 0) yield piece.join('\n');
}
const PIECE = 1000;
