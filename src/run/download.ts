/** The packages of a `collect` run: each is fetched when it is ready, once, whole, with its sum. */
import { messageOf, StoppedError, UsageError, UserError } from '../core/errors.ts';
import { packageName, type FileResult } from '../core/packages.ts';
import type { Run, RunRow } from '../core/types.ts';
import { PackageFolder } from './package-folder.ts';

export interface DownloadPorts {
  rows(): AsyncIterable<RunRow>;
  /** Statuses of collect actions by action id, read anew at each call. */
  statuses(): Promise<ReadonlyMap<string, string>>;
  /** Undefined while the package is not there. @throws UsageError when the API refuses for good */
  link(actionId: string): Promise<string | undefined>;
  fetch(url: string, file: string): Promise<FileResult>;
  /** Waits before looking or trying again. @throws StoppedError when the run is stopped */
  pause(ms: number): Promise<void>;
  /** Told of every package as soon as it is decided. */
  told(each: Package): void;
  /** Kept out of everything that is written: a link is as good as a key. */
  hide(secret: string): void;
  readonly now: () => number;
}

export interface Package {
  readonly row: number;
  readonly machineId: string;
  readonly deviceName: string;
  readonly actionId: string;
  readonly outcome: 'downloaded' | 'already-there' | 'pending' | 'no-package' | 'failed';
  readonly file: string;
  readonly sha256?: string;
  readonly bytes?: number;
  readonly message?: string;
}

export interface Downloaded {
  /** One for each row that has an action, in list order. */
  readonly packages: readonly Package[];
  readonly folder: string;
  /** Why it ended before all was tried, or null. */
  readonly stopped: string | null;
}

export interface DownloadOptions {
  readonly folder: string;
  /** Until then (ms since the epoch) packages that are not ready are waited for; absent: no waiting. */
  readonly until?: number | undefined;
}

const LOOK_EVERY_MS = 60_000;
/** A link may have expired, or a connection broken: so often it is tried for one package. */
const TRIES = 4;
const AGAIN_MS = 500;

/**
 * Fetches what is ready. Going on later is doing the same again: what is there is not fetched twice.
 * @throws UsageError (exit 2) when the run collected nothing
 * @throws AuthError, UserError when the API cannot be read, or the folder cannot be used
 */
export async function downloadPackages(run: Run, { folder, until }: DownloadOptions, ports: DownloadPorts): Promise<Downloaded> {
  if (run.job !== 'collect')
    throw new UsageError(`run ${run.id} is a run of ${run.job}: only collect leaves packages`, { hint: 'cordon runs lists the runs.' });
  const wanted = await Array.fromAsync(wantedRows(ports.rows()));
  const download = new Download(await PackageFolder.open(folder), ports);
  try {
    await download.all(wanted, until ?? 0);
    return { packages: download.result(wanted), folder, stopped: null };
  } catch (error) {
    if (!(error instanceof StoppedError)) throw error;
    return { packages: download.result(wanted), folder, stopped: messageOf(error) };
  }
}

interface Wanted extends Pick<Package, 'row' | 'machineId' | 'deviceName' | 'actionId'> {
  readonly file: string;
}

async function* wantedRows(rows: AsyncIterable<RunRow>): AsyncGenerator<Wanted> {
  for await (const { row, machineId, deviceName, actionId } of rows)
    if (actionId !== null) yield { row, machineId, deviceName, actionId, file: packageName({ machineId, deviceName, actionId }) };
}

/** Statuses that never become a package. */
const ENDED_WITHOUT = new Set(['Failed', 'TimeOut', 'Cancelled']);

class Download {
  readonly #folder: PackageFolder;
  readonly #ports: DownloadPorts;
  readonly #done = new Map<number, Package>();

  constructor(folder: PackageFolder, ports: DownloadPorts) {
    this.#folder = folder;
    this.#ports = ports;
  }

  async all(wanted: readonly Wanted[], until: number): Promise<void> {
    for (const each of wanted) await this.#lookFor(each);
    for (;;) {
      const open = wanted.filter(({ row }) => !this.#done.has(row));
      const statuses = open.length > 0 ? await this.#ports.statuses() : new Map<string, string>();
      for (const each of open) await this.#advance(each, statuses.get(each.actionId));
      const leftMs = until - this.#ports.now();
      if (open.every(({ row }) => this.#done.has(row)) || leftMs <= 0) return;
      await this.#ports.pause(Math.min(LOOK_EVERY_MS, leftMs));
    }
  }

  /** What is not decided is pending: to be looked for again. */
  result(wanted: readonly Wanted[]): Package[] {
    return wanted.map((each) => this.#done.get(each.row) ?? { ...each, outcome: 'pending', message: 'not ready yet' });
  }

  async #lookFor(each: Wanted): Promise<void> {
    const there = await this.#folder.has(each.file);
    if (there === 'whole') this.#end({ ...each, outcome: 'already-there' });
    if (there === 'foreign')
      this.#end({ ...each, outcome: 'failed', message: 'a file of that name is there, and not as it was downloaded: move it away' });
  }

  async #advance(each: Wanted, status: string | undefined): Promise<void> {
    if (status !== undefined && ENDED_WITHOUT.has(status))
      return this.#end({ ...each, outcome: 'no-package', message: `the action ended ${status}` });
    // An action that the list does not show may still have its package: it is asked for. An open one has none yet.
    if (status === undefined || status === 'Succeeded') await this.#get(each);
  }

  async #get(each: Wanted): Promise<void> {
    let [link, why]: [string | undefined, string] = [undefined, ''];
    for (let attempt = 0; attempt < TRIES; attempt += 1) {
      if (attempt > 0) await this.#ports.pause(AGAIN_MS * 2 ** attempt);
      try {
        link ??= await this.#ports.link(each.actionId);
      } catch (error) {
        if (!(error instanceof UsageError)) throw error;
        return this.#end({ ...each, outcome: 'no-package', message: error.message });
      }
      if (link === undefined) return;
      const result = await this.#fetch(each, link);
      if (result.kind === 'file') return this.#keep(each, result);
      if (result.kind === 'too-big') return this.#give(each, result.why);
      if (result.kind === 'expired') link = undefined;
      ({ why } = result);
    }
    await this.#give(each, why);
  }

  async #fetch({ file }: Wanted, link: string): Promise<FileResult> {
    this.#ports.hide(link);
    return this.#ports.fetch(link, this.#folder.partOf(file));
  }

  async #keep(each: Wanted, { bytes, sha256 }: { readonly bytes: number; readonly sha256: string }): Promise<void> {
    try {
      await this.#folder.keep(each.file, sha256);
    } catch (error) {
      throw new UserError(`${each.file} cannot be kept: ${messageOf(error)}`, { exitCode: 1, cause: error });
    }
    this.#end({ ...each, outcome: 'downloaded', sha256, bytes });
  }

  async #give(each: Wanted, message: string): Promise<void> {
    await this.#folder.discard(each.file);
    this.#end({ ...each, outcome: 'failed', message });
  }

  #end(made: Package): void {
    this.#done.set(made.row, made);
    this.#ports.told(made);
  }
}
