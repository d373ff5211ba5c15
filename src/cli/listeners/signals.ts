/** Signals of the process stop a run, from its beginning until its reports are written. */
import { formatDuration } from '../../core/durations.ts';
import { EXIT } from '../../core/exit.ts';
import type { Listener } from '../../core/ports.ts';
import { GRACE_MS, StopRequest } from '../../run/stop.ts';
import type { Cli } from '../context.ts';
import type { Io } from '../io.ts';

const SIGNALS = [
  ['SIGINT', EXIT.sigint],
  ['SIGTERM', EXIT.sigterm],
  // The terminal was closed.
  ['SIGHUP', EXIT.sigterm],
] as const;

/** The first signal stops sending and waits for answers; a second one ends at once. Both leave a resumable state. */
export function stopOnSignals(controller: AbortController, cli: Cli): Listener {
  let off = (): void => undefined;
  return (event) => {
    if (event.kind === 'begun') off = onSignals(controller, cli, `See:  cordon resume ${event.run.id}`);
    if (event.kind === 'ended') off();
  };
}

/** The same from now on, whatever is at work; `next` says what is to be done after a second signal. Returns what ends it. */
export function onSignals(controller: AbortController, { io, display }: Cli, next: string): () => void {
  const off = SIGNALS.map(([signal, code]) =>
    io.onSignal(signal, () => {
      if (controller.signal.aborted) {
        display.say(`Ended at once: what was on its way is in doubt. ${next}`);
        return io.exitNow(code);
      }
      display.say(`${signal}: sending has stopped; waiting up to ${formatDuration(GRACE_MS)} for answers. Again to end at once.`);
      controller.abort(new StopRequest(code, `interrupted by ${signal}`));
    }),
  );
  return () => off.forEach((stop) => stop());
}

/** Resolves at the first signal that is to end a server. */
export function nextSignal(io: Io): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      for (const stop of off) stop();
      resolve();
    };
    const off = (['SIGINT', 'SIGTERM'] as const).map((signal) => io.onSignal(signal, end));
  });
}
