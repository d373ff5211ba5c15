/** Asks an API over a real socket through real lanes: what a diagnosis is given. */
import { API_WINDOWS } from '../../src/core/rate.ts';
import type { Bearer, Clock, Log, State } from '../../src/core/ports.ts';
import { createApi } from '../../src/defender/client.ts';
import { askThrough, type Ask } from '../../src/engine/attempts/ask.ts';
import { Halt } from '../../src/engine/attempts/halt.ts';
import { ServerClock } from '../../src/engine/attempts/server-clock.ts';
import { Lane } from '../../src/engine/attempts/lane.ts';
import { QuotaGate } from '../../src/engine/quota/gate.ts';
import { createTransport } from '../../src/http/transport.ts';

const SILENT: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

export const realClock: Clock = { now: () => Date.now(), mono: () => performance.now() };

export interface Asking extends Disposable {
  readonly asker: (state: State, segment: string) => Promise<Ask>;
}

export function asking(url: string, signIn: () => Promise<Bearer>): Asking {
  const transport = createTransport({});
  const api = createApi({ origin: url, transport, timeoutMs: 5000, userAgent: 'cordon/test' });
  const lanes: Lane[] = [];
  return {
    asker: async (state, segment) => {
      const lane = new Lane({
        server: new ServerClock(realClock),
        gate: new QuotaGate({ windows: API_WINDOWS, concurrency: 4, clock: realClock, inUse: [] }),
        quotaKey: segment,
        windows: API_WINDOWS,
        state,
        tokens: { current: signIn, renew: async () => false },
        clock: realClock,
        log: SILENT,
        halt: new Halt(),
        attemptTimeoutMs: 5000,
        outageMs: 5000,
        what: segment,
      });
      lanes.push(lane);
      return askThrough(lane, api, realClock);
    },
    [Symbol.dispose]: () => {
      for (const lane of lanes) lane.close();
      transport.close();
    },
  };
}
