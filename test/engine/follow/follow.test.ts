import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Halt } from '../../../src/engine/attempts/halt.ts';
import { Follower, type FollowDeps } from '../../../src/engine/follow/follow.ts';
import type { Opposing } from '../../../src/engine/follow/last-word.ts';
import type { ListRead } from '../../../src/engine/reads/actions.ts';
import { AuthError, StoppedError } from '../../../src/core/errors.ts';
import type { Look } from '../../../src/engine/follow/read.ts';
import type { FollowedAction, MachineAction } from '../../../src/core/types.ts';
import { MemoryState } from '../../../src/state/memory.ts';
import { aRun, anAction, machineId, rows, someFacts } from '../../support/builders.ts';
import { testClock } from '../../support/clock.ts';

const MINUTE = 60_000;
const RUN = aRun().id;

/** A world in which the n-th action ends at an instant, by a clock that only goes when it is told. */
async function world(ends: readonly (readonly [at: number, status: string])[], more: Partial<FollowDeps> = {}) {
  const state = new MemoryState();
  await state.createRun(aRun(), rows(ends.length));
  for (const n of ends.keys()) await state.settle(RUN, n + 1, { outcome: 'created', actionId: `a${n}`, actionStatus: 'Pending' }, 0);
  const looks: number[] = [];
  const asked: number[] = [];
  const halt = new Halt();
  const statusOf = ([at, status]: readonly [number, string]): Partial<MachineAction> =>
    Date.now() < at ? { status: 'Pending' } : { status, lastUpdateDateTimeUtc: new Date(at).toISOString() };
  const look = async (followed: readonly FollowedAction[]): Promise<Look> => {
    looks.push(Date.now());
    asked.push(followed.length);
    return { kind: 'seen', actions: ends.map((end, n) => anAction({ id: `a${n}`, ...statusOf(end) })) };
  };
  const told: string[] = [];
  const warned: string[] = [];
  const quiet = (): void => {};
  const deps: FollowDeps = {
    runId: RUN,
    state,
    reader: { look },
    machines: async (ids) =>
      new Map(Array.from(ids, (id) => [id, someFacts({ id, healthStatus: 'Inactive', lastSeen: '2026-11-01T00:00:00Z' })])),
    clock: testClock(),
    log: { debug: quiet, info: quiet, warn: (_, message) => void warned.push(message), error: quiet },
    halt,
    isSending: async () => false,
    onChange: ({ row }, status) => told.push(`${row} ${status}`),
    ...more,
  };
  return { state, looks, asked, halt, told, warned, deps, follower: new Follower(deps) };
}

describe('following', () => {
  beforeEach(() => void vi.useFakeTimers({ now: 0 }));
  afterEach(() => void vi.useRealTimers());

  it('ends when every action has, with few looks', async () => {
    const { follower, looks, told, state } = await world([
      [20_000, 'Succeeded'],
      [90_000, 'Failed'],
      [50 * MINUTE, 'Succeeded'],
    ]);
    const end = follower.follow();
    await vi.advanceTimersByTimeAsync(60 * MINUTE);
    expect(await end).toMatchObject({ why: 'ended', counts: { Succeeded: 2, Failed: 1 } });
    expect(told).toEqual(['1 Succeeded', '2 Failed', '3 Succeeded']);
    expect(looks.length).toBeLessThan(40);
    expect((await Array.fromAsync(state.rows(RUN))).map((row) => row.actionEndedAt)).toEqual([20_000, 90_000, 50 * MINUTE]);
  });

  it('makes fewer than 200 looks in three hours at machines that come back one after the other', async () => {
    const ends = Array.from({ length: 300 }, (_, n): [number, string] => [n * 36_000, 'Succeeded']);
    const { follower, looks } = await world(ends);
    const end = follower.follow();
    await vi.advanceTimersByTimeAsync(190 * MINUTE);
    expect(await end).toMatchObject({ why: 'ended' });
    expect(looks.length).toBeLessThan(200);
  });

  it('ends at its time-out, and tells which machines keep it waiting', async () => {
    const { follower, state } = await world([[1e12, 'Succeeded']], { timeoutMs: 10 * MINUTE });
    const end = follower.follow();
    await vi.advanceTimersByTimeAsync(10 * MINUTE);
    expect(await end).toMatchObject({ why: 'timeout', counts: { Pending: 1 }, inactive: 1 });
    expect((await Array.fromAsync(state.rows(RUN)))[0]?.lastSeen).toBe('2026-11-01T00:00:00Z');
  });

  it('shows a status that nobody has seen before as it is, and waits on', async () => {
    const { follower, told } = await world([[0, 'Quarantined']], { timeoutMs: MINUTE });
    const end = follower.follow();
    await vi.advanceTimersByTimeAsync(MINUTE);
    expect(await end).toMatchObject({ why: 'timeout', counts: { Quarantined: 1 } });
    expect(told).toEqual(['1 Quarantined']);
  });

  it('takes an action that no list shows for one that is listed late', async () => {
    const { follower, told } = await world([[0, 'Succeeded']], {
      timeoutMs: MINUTE,
      reader: { look: async () => ({ kind: 'seen', actions: [] }) },
    });
    const end = follower.follow();
    await vi.advanceTimersByTimeAsync(MINUTE);
    expect(await end).toMatchObject({ why: 'timeout', counts: { Pending: 1 } });
    expect(told).toEqual([]);
  });

  it('looks once a minute while the run sends, and at once when it has', async () => {
    let sending = true;
    const sent = new AbortController();
    const { follower, looks, asked } = await world(
      [
        [0, 'Succeeded'],
        [1e12, 'Succeeded'],
      ],
      {
        isSending: async () => sending,
        sent: sent.signal,
        timeoutMs: MINUTE,
      },
    );
    const end = follower.follow();
    await vi.advanceTimersByTimeAsync(150_000);
    expect(looks).toEqual([0, MINUTE, 2 * MINUTE]);
    sending = false;
    sent.abort();
    await vi.advanceTimersByTimeAsync(MINUTE);
    expect(await end).toMatchObject({ why: 'timeout' });
    expect(looks.slice(3, 5)).toEqual([150_000, 157_500]);
    expect(asked).toEqual([2, ...looks.slice(1).map(() => 1)]);
  });

  it('looks at nothing while the run sends on the same quota', async () => {
    let sending = true;
    const { follower, looks } = await world([[0, 'Succeeded']], { isSending: async () => sending, frugal: true });
    const end = follower.follow();
    await vi.advanceTimersByTimeAsync(5 * MINUTE);
    expect(looks).toEqual([]);
    sending = false;
    await vi.advanceTimersByTimeAsync(MINUTE);
    expect(await end).toMatchObject({ why: 'ended' });
  });

  it('goes on after a look without an answer', async () => {
    let tries = 0;
    const seen: Look = { kind: 'seen', actions: [anAction({ id: 'a0', status: 'Succeeded' })] };
    const look = async (): Promise<Look> => (tries++ === 0 ? { kind: 'failed', why: 'HTTP 503' } : seen);
    const { follower } = await world([[0, 'Succeeded']], { reader: { look } });
    const end = follower.follow();
    await vi.advanceTimersByTimeAsync(MINUTE);
    expect(await end).toMatchObject({ why: 'ended' });
  });

  it('stops when it is told to, and keeps what it saw', async () => {
    const { follower, halt } = await world([
      [0, 'Succeeded'],
      [1e12, 'Succeeded'],
    ]);
    const end = follower.follow();
    await vi.advanceTimersByTimeAsync(1000);
    halt.stop(130, 'Ctrl-C');
    await vi.advanceTimersByTimeAsync(0);
    expect(await end).toMatchObject({ why: 'stopped', counts: { Succeeded: 1, Pending: 1 } });
  });
});

describe('at its end', () => {
  beforeEach(() => void vi.useFakeTimers({ now: 0 }));
  afterEach(() => void vi.useRealTimers());

  const iso = (ms: number): string => new Date(ms).toISOString();
  const ours = (n: number, endedAt: number, status = 'Succeeded'): MachineAction =>
    anAction({ id: `a${n}`, machineId: machineId(n + 1), status, creationDateTimeUtc: iso(0), lastUpdateDateTimeUtc: iso(endedAt) });
  const theirs = (n: number, from: number, to: number, status = 'Succeeded'): MachineAction => ({
    ...ours(n, to, status),
    id: `r${n}`,
    type: 'UnrestrictCodeExecution',
    creationDateTimeUtc: iso(from),
  });
  const list = (...actions: MachineAction[]): ListRead => ({ kind: 'list', actions, isWhole: true, why: '' });
  const partOf = (...actions: MachineAction[]): ListRead => ({ kind: 'list', actions, isWhole: false, why: 'an action came twice' });
  const opposing = (read: () => Promise<ListRead>): Opposing => ({
    type: 'RestrictCodeExecution',
    opposite: 'UnrestrictCodeExecution',
    meaning: 'the restriction is lifted',
    read,
  });
  const opposedRows = async (state: MemoryState) => (await Array.fromAsync(state.rows(RUN))).map(({ opposed }) => opposed?.kind);
  const four = [1000, 2000, 3000, 4000].map((at): [number, string] => [at, 'Succeeded']);
  const rivals = [theirs(0, 500, 5000), theirs(1, 500, 500, 'Pending'), theirs(2, 3500, 4000), theirs(3, 500, 600)];
  const all = [...four.map(([at], n) => ours(n, at)), ...rivals];
  const over = async <T>(end: Promise<T>): Promise<T> => {
    await vi.advanceTimersByTimeAsync(10 * MINUTE);
    return end;
  };

  it('says of which actions others had, or may have, the last word, by one read', async () => {
    const read = vi.fn<() => Promise<ListRead>>(async () => list(...all));
    const { follower, state } = await world(four, { opposing: opposing(read) });
    expect(await over(follower.follow())).toMatchObject({
      why: 'ended',
      opposed: { overtaken: 1, contested: 1, revoked: 1 },
      unread: null,
    });
    expect(read).toHaveBeenCalledOnce();
    expect(await opposedRows(state)).toEqual(['overtaken', 'contested', 'revoked', undefined]);
    expect((await Array.fromAsync(state.rows(RUN)))[0]?.opposed?.words).toContain('the restriction is lifted');
  });

  it('says so at a time-out too, and takes it back when a later look finds nothing', async () => {
    const more = { opposing: opposing(async () => list(...all.slice(0, 2), ...rivals)), timeoutMs: MINUTE };
    const { follower, state, ...first } = await world([...four.slice(0, 1), [1e12, 'Succeeded']], more);
    expect(await over(follower.follow())).toMatchObject({ why: 'timeout', opposed: { overtaken: 1 }, unread: null });
    expect(first.looks.length).toBeGreaterThan(1);
    const later = new Follower({ ...first.deps, opposing: opposing(async () => list(ours(0, 1000))) });
    expect(await over(later.follow())).toMatchObject({ why: 'timeout', opposed: {}, unread: null });
    expect(await opposedRows(state)).toEqual([undefined, undefined]);
  });

  it.each<[string, () => Promise<ListRead>, string]>([
    ['fails', async () => ({ kind: 'failed', why: 'HTTP 503', record: 'read' }), 'HTTP 503'],
    ['may not be done', async () => ({ kind: 'forbidden', why: 'HTTP 403', record: 'read' }), 'HTTP 403'],
    ['gets no token', () => Promise.reject(new AuthError('no token')), 'no token'],
    ['is ended by an outage of its own', () => Promise.reject(new StoppedError('no answer')), 'no answer'],
    ['is not whole', async () => partOf(ours(0, 1000)), 'an action came twice'],
    ['does not show what is known to be there', async () => list(), "the list does not show 1 of the run's actions as Succeeded"],
  ])('a read that %s ends nothing with an error, is no "nothing", and is said', async (_, read, unread) => {
    const { follower, state, deps, warned } = await world(four.slice(0, 1), { opposing: opposing(async () => list(...all)) });
    expect(await over(follower.follow())).toMatchObject({ opposed: { overtaken: 1 }, unread: null });
    const again = new Follower({ ...deps, opposing: opposing(read) });
    expect(await over(again.follow())).toMatchObject({ why: 'ended', opposed: { overtaken: 1 }, unread });
    expect(await opposedRows(state)).toEqual(['overtaken']);
    expect(warned).toEqual(['whether opposite actions had the last word could not be read']);
  });

  it('writes down what a part of the list shows', async () => {
    const { follower, state } = await world(four, { opposing: opposing(async () => partOf(...all)) });
    expect(await over(follower.follow())).toMatchObject({ opposed: { overtaken: 1 }, unread: 'an action came twice' });
    expect(await opposedRows(state)).toEqual(['overtaken', 'contested', 'revoked', undefined]);
  });

  it('reads nothing where no action Succeeded', async () => {
    const read = vi.fn<() => Promise<ListRead>>(async () => list());
    const { follower } = await world([[0, 'Failed']], { opposing: opposing(read) });
    expect(await over(follower.follow())).toMatchObject({ why: 'ended', opposed: {}, unread: null });
    expect(read).not.toHaveBeenCalled();
  });

  it('is stopped like any other look', async () => {
    const reading = Promise.withResolvers<ListRead>();
    const { follower, halt } = await world([[0, 'Succeeded']], { opposing: opposing(() => reading.promise) });
    const end = follower.follow();
    await vi.advanceTimersByTimeAsync(MINUTE);
    halt.stop(130, 'Ctrl-C');
    reading.reject(new StoppedError('stopped'));
    expect(await end).toMatchObject({ why: 'stopped', counts: { Succeeded: 1 }, unread: null });
  });
});
