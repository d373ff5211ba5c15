/** Signals of the process stop a run, from its beginning until its reports are written. */
import { formatDuration } from '../../core/durations.ts';
import { EXIT, type ExitCode } from '../../core/exit.ts';
import type { RunEvent, RunProgress } from '../../core/events.ts';
import type { Listener } from '../../core/ports.ts';
import { GRACE_MS, StopRequest } from '../../run/stop.ts';
import type { Cli } from '../context.ts';
import type { Io } from '../io.ts';
import type { Display } from '../views/display.ts';
import { table } from '../views/table.ts';
import { endLine } from './log-lines.ts';

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
    if (event.kind === 'begun') off = onSignals(controller, cli, whatLooks(event.run.id), event);
    if (event.kind === 'ended') off();
  };
}

/** The same from now on, whatever is at work; `next` says what is to be done after a second signal. Returns what ends it. */
export function onSignals(controller: AbortController, cli: Cli, next: string, begun?: Begun): () => void {
  const { io, display } = cli;
  const off = SIGNALS.map(([signal, code]) =>
    io.onSignal(signal, () => {
      if (controller.signal.aborted) {
        sayWhatIsInDoubt(display, next, code, begun);
        io.exitNow(code);
        return;
      }
      if (display.terminal) display.warn(stopping(signal, begun?.progress()));
      controller.abort(new StopRequest(code, `interrupted by ${signal}`));
    }),
  );
  return () => off.forEach((stop) => stop());
}

type Begun = Extract<RunEvent, { kind: 'begun' }>;

function stopping(signal: string, progress: RunProgress | undefined): string {
  const who = signal === 'SIGINT' ? 'Ctrl-C' : signal;
  const waiting = `waiting up to ${formatDuration(GRACE_MS)} for`;
  const answers = progress?.underWay === 0 ? 'nothing is on its way' : `${waiting} ${answersOf(progress?.underWay)}`;
  return `${who}: sending has stopped, ${answers}; again ends at once.`;
}

function answersOf(count: number | undefined): string {
  if (count === undefined) return 'answers';
  return count === 1 ? '1 answer' : `${count} answers`;
}

/** What is on its way may or may not have had an effect: said with how to find out. */
function sayWhatIsInDoubt(display: Display, next: string, exitCode: ExitCode, begun: Begun | undefined): void {
  const progress = begun?.progress();
  const doubt = progress ? inDoubt(progress) : 'what was on its way is in doubt';
  display.progress('');
  if (display.terminal || !begun || !progress) display.warn(`Ended at once: ${doubt}. ${next}`);
  else
    display.always.info(
      ...endLine({ run: begun.run, exitCode, outcomes: progress.outcomes, note: `ended at once: ${doubt}`, at: progress.now }),
    );
}

function whatLooks(id: string): string {
  const commands = table([
    [`cordon status ${id}`, 'shows what the API has, sends nothing'],
    [`cordon resume ${id}`, 'looks up what is in doubt, then sends the rest'],
  ]);
  return ['What looks, and what goes on:', ...commands].join('\n');
}

function inDoubt({ underWay, parked }: RunProgress): string {
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
