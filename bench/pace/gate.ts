/** cordon's gate, on its own: what every call passes. */
import { QuotaGate } from '../../src/engine/quota/gate.ts';
import { Feed } from '../../src/engine/dispatch/feed.ts';
import { CONCURRENCY } from './engine.ts';
import type { Maker, Strategy } from './peers.ts';
import type { Window } from '../../src/core/types.ts';

/** Calls handed to the gate at a time, as the dispatcher does. */
const HELPING = 200;

export const gate: Maker = (windows) => sending(windows, false);

/** With `--pace even`. */
export const evenGate: Maker = (windows) => sending(windows, true);

function sending(windows: readonly Window[], isEven: boolean): Strategy {
  const clock = { now: () => Date.now(), mono: () => performance.now() };
  const gate = new QuotaGate({ windows, concurrency: CONCURRENCY, clock, isEven });
  return async (calls, call) => {
    const feed = new Feed(HELPING);
    const done: boolean[] = [];
    const running: Promise<void>[] = [];
    for (let row = 0; row < calls; row += 1) {
      await feed.enter();
      const work = gate
        .run(() => call(row))
        .then(
          () => true,
          () => false,
        );
      running.push(work.then((isDone) => void (done[row] = isDone)).finally(() => feed.leave()));
    }
    await Promise.all(running);
    gate.close();
    return done;
  };
}
