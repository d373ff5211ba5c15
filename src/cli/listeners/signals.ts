/** Signals of the process stop a run, from its beginning until its reports are written. */
import { formatDuration } from '../../core/durations.ts';
import { EXIT, type ExitCode } from '../../core/exit.ts';
import type { RunEvent, RunProgress } from '../../core/events.ts';
import type { Listener } from '../../core/ports.ts';
import { GRACE_MS, StopRequest } from '../../run/stop.ts';
import type { Cli } from '../context.ts';
import type { Io } from '../io.ts';
import { table } from '../views/table.ts';
import { endLine } from './log-lines.ts';

const SIGNALS = [
  ['SIGINT', EXIT.sigint],
  ['SIGTERM', EXIT.sigterm],
  // The terminal was closed.
  ['SIGHUP', EXIT.sigterm],
] as const;

/** The first signal stops sending and waits for answers; a second one ends at once. Both leave a resumable state. */
export function stopOnSignals(controller: AbortController, { io, display }: Cli): Listener {
  let off: readonly (() => void)[] = [];
  const on = (begun: Begun): (() => void)[] =>
    SIGNALS.map(([signal, code]) =>
      io.onSignal(signal, () => {
        if (controller.signal.aborted) {
          endAtOnce(begun, code, { io, display });
          return;
        }
        if (display.terminal) display.warn(stopping(signal, begun.progress()));
        controller.abort(new StopRequest(code, `interrupted by ${signal}`));
      }),
    );
  return (event) => {
    if (event.kind === 'begun') off = on(event);
    if (event.kind === 'ended') for (const stop of off) stop();
  };
}

type Begun = Extract<RunEvent, { kind: 'begun' }>;

function stopping(signal: string, { underWay }: RunProgress): string {
  const who = signal === 'SIGINT' ? 'Ctrl-C' : signal;
  const answers = underWay === 0 ? 'nothing is on its way' : `waiting up to ${formatDuration(GRACE_MS)} for ${answersOf(underWay)}`;
  return `${who}: sending has stopped, ${answers}; again ends at once.`;
}

function answersOf(count: number): string {
  return count === 1 ? '1 answer' : `${count} answers`;
}

/** What is on its way may or may not have had an effect: said with how to find out. */
function endAtOnce({ run, progress }: Begun, exitCode: ExitCode, { io, display }: Pick<Cli, 'io' | 'display'>): void {
  const { underWay, parked, outcomes, now } = progress();
  const doubt = inDoubt(underWay, parked);
  display.progress('');
  if (display.terminal) display.warn([`Ended at once: ${doubt}. What looks, and what goes on:`, ...whatLooks(run.id)].join('\n'));
  else display.always.info(...endLine({ run, exitCode, outcomes, note: `ended at once: ${doubt}`, at: now }));
  io.exitNow(exitCode);
}

function whatLooks(id: string): string[] {
  return table([
    [`cordon status ${id}`, 'shows what the API has, sends nothing'],
    [`cordon resume ${id}`, 'looks up what is in doubt, then sends the rest'],
  ]);
}

function inDoubt(underWay: number, parked: number): string {
  const parts = [underWay > 0 ? `${underWay} on their way` : '', parked > 0 ? `${parked} being looked up` : ''];
  const those = parts.filter((part) => part !== '').join(' and ');
  return those === '' ? 'nothing was on its way' : `${those}: whether they had an effect is in doubt`;
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
