/** `cordon stop RUN`, as the run's own process notices it: also while it waits for its quota. */
import { EXIT } from '../core/exit.ts';
import type { Listener, State } from '../core/ports.ts';
import type { Halt } from '../engine/attempts/halt.ts';
import { STOPPED } from '../engine/attempts/lane.ts';
import { GRACE_MS } from './stop.ts';

const LOOK_EVERY_MS = 1000;

export interface Marked {
  readonly runId: string;
  readonly state: Pick<State, 'isStopAsked'>;
  readonly halt: Halt;
  /** Where nobody else tells why it stops. */
  readonly listener?: Listener;
}

/** Looks every second; answers on their way are given up after the grace. Returns what ends the watch. */
export function watchForStopMark({ runId, state, halt, listener }: Marked): () => void {
  let grace: NodeJS.Timeout | undefined;
  const look = async (): Promise<void> => {
    if (grace || !(await state.isStopAsked(runId))) return;
    if (!halt.stopped) listener?.({ kind: 'stopping', exitCode: EXIT.outage, why: STOPPED });
    halt.stop(EXIT.outage, STOPPED);
    grace ??= setTimeout(() => halt.abandonAnswers(), GRACE_MS);
  };
  // A state that cannot be read stops the sending by itself.
  const timer = setInterval(() => void look().catch(() => undefined), LOOK_EVERY_MS);
  return () => {
    clearInterval(timer);
    clearTimeout(grace);
  };
}
