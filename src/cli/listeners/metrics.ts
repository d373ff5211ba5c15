/** `--metrics-file`: the run as numbers, when it begins, every minute, and when it has ended. */
import { readFile } from 'node:fs/promises';
import { messageOf } from '../../core/errors.ts';
import { EXIT } from '../../core/exit.ts';
import type { RunEvent, RunProgress } from '../../core/events.ts';
import type { Listener, Log } from '../../core/ports.ts';
import type { Run } from '../../core/types.ts';
import { lastSuccessIn, writeMetrics, type MetricsInput } from '../../reports/metrics.ts';
import { VERSION } from '../../wiring/version.ts';

const EVERY_MS = 60_000;

export interface Metrics {
  readonly listener: Listener;
  /** Resolves when the last numbers are written. */
  close(): Promise<void>;
}

/** What cannot be written is a warning, once, and never keeps a run from its work. */
export function createMetrics(file: string | undefined, log: Log, now: () => number): Metrics {
  if (file === undefined) return { listener: () => undefined, close: async () => undefined };
  const writer = new Writer(file, log, now);
  return { listener: (event) => writer.listen(event), close: () => writer.close() };
}

class Writer {
  readonly #file: string;
  readonly #log: Log;
  readonly #now: () => number;
  readonly #statuses = new Map<string, string>();
  #progress: (() => RunProgress) | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** One write after the other: the last is the newest. */
  #written: Promise<void> = Promise.resolve();
  #hasFailed = false;
  #lastSuccessAt: number | null = null;

  constructor(file: string, log: Log, now: () => number) {
    this.#file = file;
    this.#log = log;
    this.#now = now;
  }

  listen(event: RunEvent): void {
    if (event.kind === 'begun') this.#begin(event);
    if (event.kind === 'status-changed') this.#statuses.set(event.actionId, event.status);
    if (event.kind === 'ended') this.#end(event);
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#written;
  }

  #begin({ run, progress }: Extract<RunEvent, { kind: 'begun' }>): void {
    this.#progress = progress;
    this.#written = this.#remember(run.job);
    this.#write(run, progress());
    this.#timer = setInterval(() => this.#write(run, progress()), EVERY_MS);
  }

  #end({ run, exitCode, outcomes }: Extract<RunEvent, { kind: 'ended' }>): void {
    clearInterval(this.#timer);
    const progress = this.#progress?.();
    if (!progress) return;
    this.#write(
      { ...run, exitCode, status: run.status === 'running' ? 'interrupted' : run.status },
      { ...progress, outcomes: outcomes ?? progress.outcomes },
    );
  }

  /** The file itself remembers when a run last ended well: it is what survives from run to run. */
  async #remember(job: string): Promise<void> {
    const before = await readFile(this.#file, 'utf8').catch(() => '');
    this.#lastSuccessAt = lastSuccessIn(before, job);
  }

  #write(run: Run, { outcomes, windows }: RunProgress): void {
    const at = this.#now();
    const statuses: Record<string, number> = {};
    for (const status of this.#statuses.values()) statuses[status] = (statuses[status] ?? 0) + 1;
    const quota = windows.map(({ used, ...window }) => ({ api: run.job, window, used }));
    const input = (): MetricsInput => ({
      run,
      outcomes,
      statuses,
      quota,
      now: at,
      version: VERSION,
      lastSuccessAt: this.#successAt(run, at),
    });
    this.#written = this.#written.then(() => writeMetrics(this.#file, input())).catch((error: unknown) => this.#failed(error));
  }

  /** A rehearsal must not silence the alarm that no run came to a good end. */
  #successAt({ exitCode, status, emulated }: Run, at: number): number | null {
    return status !== 'running' && exitCode === EXIT.ok && !emulated ? at : this.#lastSuccessAt;
  }

  #failed(error: unknown): void {
    if (!this.#hasFailed) this.#log.warn({ event: 'metrics.failed', reason: messageOf(error) }, 'the metrics could not be written');
    this.#hasFailed = true;
  }
}
