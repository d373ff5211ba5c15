/** A service on a fake clock that answers as a test says; the lanes and their gates are the real ones. */
import { vi } from 'vitest';
import type { Answer, Window } from '../../src/core/types.ts';
import { Halt } from '../../src/engine/attempts/halt.ts';
import { ServerClock } from '../../src/engine/attempts/server-clock.ts';
import { Lane } from '../../src/engine/attempts/lane.ts';
import { QuotaGate } from '../../src/engine/quota/gate.ts';
import type { Service } from '../../src/engine/reads/service.ts';
import { MemoryState } from '../../src/state/memory.ts';
import { testClock, type TestClock } from './clock.ts';

export interface TestService extends Service {
  /** What was asked, in order: `GET alerts?…`, `POST security/runHuntingQuery {…}`. */
  readonly asked: string[];
  /** Lanes opened: segment and windows. */
  readonly lanes: { readonly segment: string; readonly windows: readonly Window[]; readonly lane: Lane }[];
  readonly halt: Halt;
  readonly clock: TestClock;
}

/** `answer` gets the path with its query, decoded, and the body of a POST. */
export function testService(answer: (path: string, body: object | undefined, n: number) => Answer, outageMs = 60_000): TestService {
  const clock = testClock();
  clock.reset();
  const [state, halt, asked, lanes] = [new MemoryState(), new Halt(), [] as string[], [] as TestService['lanes']];
  const quiet = (): void => {};
  return {
    asked,
    lanes,
    halt,
    clock,
    api: {
      get: async (_, path) => {
        asked.push(`GET ${decodeURIComponent(path)}`);
        return answer(decodeURIComponent(path), undefined, asked.length);
      },
      post: async (_, path, body) => {
        asked.push(`POST ${path} ${JSON.stringify(body)}`);
        return answer(path, body, asked.length);
      },
    },
    lane: async (segment, windows) => {
      const lane = new Lane({
        server: new ServerClock(clock),
        gate: new QuotaGate({ windows, concurrency: 20, clock }),
        quotaKey: segment,
        windows,
        state,
        clock,
        halt,
        outageMs,
        tokens: { current: async () => ({ token: 'x', expiresAt: Infinity }), renew: async () => false },
        log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
        attemptTimeoutMs: 30_000,
        what: segment,
      });
      lanes.push({ segment, windows, lane });
      return lane;
    },
  };
}

/** Advances the fake clock until the work is over. */
export async function untilOver<T>(work: Promise<T>): Promise<T> {
  let isOver = false;
  const over = (): void => void (isOver = true);
  void work.then(over, over);
  while (!isOver) await vi.advanceTimersByTimeAsync(500);
  return work;
}
