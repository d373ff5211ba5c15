/** How far a run is: a bar for people, a log line at least once a minute for machines. */
import { formatDuration } from '../../core/durations.ts';
import { clockTime, schedule } from '../../core/eta.ts';
import type { Gate } from '../../core/ports.ts';
import { describeCounts, ordered } from '../../core/summary.ts';
import type { Window } from '../../core/types.ts';
import type { Display } from './display.ts';

export interface ProgressDeps {
  /** Calls that this process has to settle. */
  readonly calls: number;
  /** Of the engine: what is not settled yet, and what of it was sent and waits for a look-up. */
  readonly tally: { readonly parked: number; readonly unsent: number };
  readonly gate: Pick<Gate, 'status' | 'inUse'>;
  readonly windows: readonly Window[];
  readonly display: Display;
  readonly emulated: boolean;
}

export interface Progress {
  settled(outcome: string): void;
  stop(): void;
}

const BAR_EVERY_MS = 200;
const LOG_EVERY_MS = 30_000;
/** Drawn five times a second: a longer list is scheduled as far as this. */
const MOST_TO_SCHEDULE = 20_000;

export function startProgress(deps: ProgressDeps): Progress {
  const { display, calls, gate, tally, emulated } = deps;
  const counts: Record<string, number> = {};
  const begun = Date.now();
  let done = 0;
  const snapshot = (): Snapshot => {
    const { windows, waitMs } = gate.status();
    const now = Date.now();
    return {
      done,
      calls,
      counts,
      parked: tally.parked,
      windows,
      waitMs,
      elapsedMs: now - begun,
      etaAt: etaOf(deps, now),
      now,
      emulated,
    };
  };
  const draw = (): void => display.progress(renderBar(snapshot()));
  const tell = (): void => {
    const { windows, waitMs, parked, now, etaAt } = snapshot();
    const quota = windows.map(({ limit, ms, used }) => ({ window: formatDuration(ms), used, limit }));
    const fields = {
      done,
      calls,
      outcomes: ordered(counts),
      parked,
      quota,
      nextCallAt: new Date(now + waitMs).toISOString(),
      lastCallAt: new Date(etaAt).toISOString(),
    };
    display.log.info(fields, `${emulated ? 'EMULATED: ' : ''}${done} of ${calls} calls settled`);
  };
  const timer = display.terminal ? setInterval(draw, BAR_EVERY_MS) : setInterval(tell, LOG_EVERY_MS);
  return {
    settled: (outcome) => {
      counts[outcome] = (counts[outcome] ?? 0) + 1;
      done += 1;
    },
    stop: () => {
      clearInterval(timer);
      display.progress('');
      if (!display.terminal) tell();
    },
  };
}

/** When the last call goes out that was not sent yet, if nothing goes wrong and nobody else uses the quota; retries are not known beforehand. */
function etaOf({ windows, gate, tally }: ProgressDeps, now: number): number {
  const { waitMs } = gate.status();
  return (
    schedule({ calls: Math.min(tally.unsent, MOST_TO_SCHEDULE), windows, inUse: gate.inUse(), now, pausedUntil: now + waitMs }).at(-1) ??
    now
  );
}

export interface Snapshot {
  readonly done: number;
  readonly calls: number;
  readonly counts: Readonly<Record<string, number>>;
  readonly parked: number;
  readonly windows: readonly { readonly limit: number; readonly ms: number; readonly used: number }[];
  readonly waitMs: number;
  readonly elapsedMs: number;
  readonly etaAt: number;
  readonly now: number;
  readonly emulated: boolean;
}

const BAR_WIDTH = 24;

/** One line: bar, counts, rate, quota, what it waits for, ETA. */
export function renderBar(snapshot: Snapshot): string {
  const { done, calls, counts, parked, windows, waitMs, elapsedMs, etaAt, now, emulated } = snapshot;
  const filled = calls === 0 ? BAR_WIDTH : Math.floor((done / calls) * BAR_WIDTH);
  const rate = elapsedMs > 0 ? (done / elapsedMs) * 60_000 : 0;
  const parts = [
    `${emulated ? 'EMULATED ' : ''}${'█'.repeat(filled)}${'░'.repeat(BAR_WIDTH - filled)} ${done}/${calls}`,
    describeCounts(ordered(counts)),
    `${Math.round(rate)}/min`,
    windows.map(({ used, limit, ms }) => `${used}/${limit} per ${formatDuration(ms)}`).join(' '),
    parked > 0 ? `${parked} being looked up` : '',
    waitMs > 1000 ? `next in ${formatDuration(waitMs)}` : '',
    done + parked < calls ? `ETA ${clockTime(etaAt, now)}` : '',
  ];
  return parts.filter((part) => part !== '' && part !== 'no rows').join('  ');
}
