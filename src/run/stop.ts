/** What stops a run from outside: whoever called for it, and times that were set. */
import { formatDuration } from '../core/durations.ts';
import { EXIT, type ExitCode } from '../core/exit.ts';
import type { Listener } from '../core/ports.ts';
import { Halt } from '../engine/attempts/halt.ts';
import { after } from '../system/after.ts';
import type { Settings } from '../settings/settings.ts';

/** Answers on their way are waited for this long after somebody stopped the run. */
export const GRACE_MS = 10_000;

/** The reason of an abort, where the exit code is to tell who stopped the run. */
export class StopRequest extends Error {
  override name = 'StopRequest';
  readonly exitCode: ExitCode;
  constructor(exitCode: ExitCode, why: string) {
    super(why);
    this.exitCode = exitCode;
  }
}

/** `listener`: where nobody else tells why it stops. The first abort stops sending; answers are given up after the grace. Returns what ends the watch. */
export function stopOnAbort(signal: AbortSignal | undefined, halt: Halt, listener?: Listener): () => void {
  let grace: NodeJS.Timeout | undefined;
  const stop = (): void => {
    const reason: unknown = signal?.reason;
    const [exitCode, why] = reason instanceof StopRequest ? [reason.exitCode, reason.message] : [EXIT.sigint, 'stopped by the caller'];
    halt.stop(exitCode, why);
    listener?.({ kind: 'stopping', exitCode, why });
    grace = setTimeout(() => halt.abandonAnswers(), GRACE_MS);
  };
  if (signal?.aborted) stop();
  else signal?.addEventListener('abort', stop, { once: true });
  return () => {
    signal?.removeEventListener('abort', stop);
    clearTimeout(grace);
  };
}

export interface HaltOfReads {
  readonly halt: Halt;
  /** Ends the reads at once: nobody waits for the answer to a read that is of no use any more. */
  end(code: ExitCode, why: string): void;
  /** Listens to the signal no more. */
  release(): void;
}

/** What reads before a run, or beside one, are ended by: the abort of whoever called for them, for the reason `why`. */
export function haltOfReads(signal: AbortSignal | undefined, why: string): HaltOfReads {
  const halt = new Halt();
  const end: HaltOfReads['end'] = (code, because) => {
    halt.stop(code, because);
    halt.abandonAnswers();
  };
  const stop = (): void => end(EXIT.sigint, why);
  if (signal?.aborted) stop();
  else signal?.addEventListener('abort', stop, { once: true });
  return { halt, end, release: () => signal?.removeEventListener('abort', stop) };
}

/** `--until` and `--max-duration`: the end of a maintenance window. The rest stays open for a resume. */
export function stopAtTimes({ until, maxDuration }: Settings, halt: Halt, now: number): () => void {
  const ends = [
    ...(maxDuration === undefined ? [] : [{ inMs: maxDuration, why: `--max-duration ${formatDuration(maxDuration)} is over` }]),
    ...(until === undefined ? [] : [{ inMs: untilTimeOfDay(until, now), why: `it is ${until} (--until)` }]),
  ];
  const timers = ends.map(({ inMs, why }) => after(inMs, () => halt.stop(EXIT.outage, why)));
  return () => timers.forEach((callOff) => callOff());
}

/** Milliseconds from `now` until the next HH:MM, local time. */
export function untilTimeOfDay(text: string, now: number): number {
  const [hours = 0, minutes = 0] = text.split(':').map(Number);
  const at = new Date(now);
  at.setHours(hours, minutes, 0, 0);
  if (at.getTime() <= now) at.setDate(at.getDate() + 1);
  return at.getTime() - now;
}
