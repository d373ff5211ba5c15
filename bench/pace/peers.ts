/** What somebody would take instead, used as its README suggests, to hold 100 calls in 60 s and 1500 in an hour. */
import Bottleneck from 'bottleneck';
import PQueue from 'p-queue';
import pThrottle from 'p-throttle';
import type { Window } from '../../src/core/types.ts';

/** One call: it resolves when the answer is there, and rejects when there is none or it is no success. */
export type Call = (row: number) => Promise<void>;

/** What is reported of each row, in order: true is "done". */
export type Strategy = (calls: number, call: Call) => Promise<readonly boolean[]>;

/** A strategy is made some time before its first call, as programs do. */
export type Maker = (windows: readonly Window[]) => Strategy;

export const PEERS: Readonly<Record<string, Maker>> = {
  'Bottleneck, refresh, chained': bottleneck,
  'p-queue, strict': queue,
  'p-throttle, strict': throttle,
  'loop with a fixed sleep': sleeping,
};

/** "Reservoir intervals" and "Chaining" of the README: the hour's limiter hands its jobs to the minute's. */
function bottleneck(windows: readonly Window[]): Strategy {
  const limiters = windows.map(
    ({ limit, ms }) =>
      new Bottleneck({ reservoir: limit, reservoirRefreshAmount: limit, reservoirRefreshInterval: ms, maxConcurrent: limit }),
  );
  const [minute, hour] = limiters;
  if (minute && hour) hour.chain(minute);
  return async (calls, call) => {
    const done = await each(calls, (row) => (hour ?? minute)?.schedule(() => call(row)));
    for (const limiter of limiters) void limiter.disconnect();
    return done;
  };
}

function queue(windows: readonly Window[]): Strategy {
  const [minute, hour] = windows.map(({ limit, ms }) => new PQueue({ intervalCap: limit, interval: ms, strict: true }));
  return (calls, call) => each(calls, (row) => hour?.add(async () => minute?.add(() => call(row))));
}

function throttle(windows: readonly Window[]): Strategy {
  const [minute, hour] = windows.map(({ limit, ms }) => pThrottle({ limit, interval: ms, strict: true }));
  return (calls, call) => {
    const throttled = hour?.(minute?.(call) ?? call) ?? call;
    return each(calls, throttled);
  };
}

/** What scripts do: 100 a minute is one each 600 ms. The hour is not thought of. */
function sleeping([minute]: readonly Window[]): Strategy {
  const ms = minute ? minute.ms / minute.limit : 0;
  return async (calls, call) => {
    const done: boolean[] = [];
    for (let row = 0; row < calls; row += 1) {
      done.push(await isDone(call(row)));
      if (row < calls - 1) await new Promise((resolve) => void setTimeout(resolve, ms));
    }
    return done;
  };
}

function each(calls: number, start: (row: number) => Promise<unknown> | undefined): Promise<boolean[]> {
  return Promise.all(Array.from({ length: calls }, (_, row) => isDone(start(row))));
}

async function isDone(work: Promise<unknown> | undefined): Promise<boolean> {
  try {
    await work;
    return true;
  } catch {
    return false;
  }
}
