/** Sending that stands still for something other than this program's own use of the quota. */
import type { Gate } from '../core/ports.ts';

export interface Watched {
  /** An outage is being waited out. */
  readonly lane: { readonly outage: { readonly active: boolean } };
  readonly gate: Pick<Gate, 'status'>;
  /** How long nothing must have gone out before somebody is told, ms. */
  readonly patienceMs?: number;
  readonly onStall: (why: string) => void;
}

const LOOK_EVERY_MS = 5000;
const PATIENCE_MS = 60_000;

/** Tells once for each time that it stands still: an outage, or a wait that a 429 asked for. Returns what ends the watch. */
export function watchForStall({ lane, gate, patienceMs = PATIENCE_MS, onStall }: Watched): () => void {
  let since: number | undefined;
  let told = false;
  const look = (): void => {
    const why = stalledBy(lane, gate);
    if (why === undefined) {
      since = undefined;
      told = false;
      return;
    }
    since ??= performance.now();
    if (told || performance.now() - since < patienceMs) return;
    told = true;
    onStall(why);
  };
  const timer = setInterval(look, LOOK_EVERY_MS);
  return () => clearInterval(timer);
}

function stalledBy(lane: Watched['lane'], gate: Watched['gate']): string | undefined {
  if (lane.outage.active) return 'no usable answers: probing one at a time';
  const { windows, waitMs } = gate.status();
  const hasRoom = windows.every(({ used, limit }) => used < limit);
  return waitMs > 0 && hasRoom ? 'throttled: another run or somebody else uses the quota' : undefined;
}
