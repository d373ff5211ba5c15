/** What stops a run from outside: signals, and times that were set. */
import { formatDuration } from '../core/durations.ts';
import { EXIT } from '../core/exit.ts';
import type { Halt } from '../engine/attempts/halt.ts';
import { after } from '../system/after.ts';
import type { Settings } from '../settings/settings.ts';
import type { Tools } from '../wiring/connection.ts';

/** Answers on their way are waited for this long after a signal. */
const GRACE_MS = 10_000;

const SIGNALS = [
  ['SIGINT', EXIT.sigint],
  ['SIGTERM', EXIT.sigterm],
  // The terminal was closed.
  ['SIGHUP', EXIT.sigterm],
] as const;

/** The first signal stops sending and waits for answers; a second one ends at once. Both leave a resumable state. */
export function listenForSignals(halt: Halt, { io, display }: Tools): () => void {
  let grace: NodeJS.Timeout | undefined;
  const off = SIGNALS.map(([signal, code]) =>
    io.onSignal(signal, () => {
      if (grace) return io.exitNow(code);
      halt.stop(code, `interrupted by ${signal}`);
      display.say(`${signal}: sending has stopped; waiting up to ${formatDuration(GRACE_MS)} for answers. Again to end at once.`);
      grace = setTimeout(() => halt.abandonAnswers(), GRACE_MS);
    }),
  );
  return () => {
    clearTimeout(grace);
    for (const stop of off) stop();
  };
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
