/** Exactly once and truthful in the world as it is: each of these went wrong once. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { EXIT } from '../../../src/core/exit.ts';
import type { Answer } from '../../../src/core/types.ts';
import { MemoryState } from '../../../src/state/memory.ts';
import { aRun, anAction, rows } from '../../support/builders.ts';
import { apiError, machine, response, scripted, type Scripted } from '../../support/scripted.ts';

const HOUR = 3_600_000;
const TAG = '[cordon r-20261123-101530-k3f9]';
const codes = ({ halt }: Scripted): number[] => halt.reasons.map(({ code }) => code);
const posts = ({ log }: Scripted): string[] => log.filter((line) => line.includes('POST'));
const outcomes = async (world: Scripted): Promise<string[]> => (await world.finish()).map(({ outcome }) => outcome);

describe('in the world as it is', () => {
  beforeEach(() => void vi.useFakeTimers({ now: Date.UTC(2026, 10, 23, 10, 15) }));
  afterEach(() => void vi.useRealTimers());

  describe('clocks', () => {
    it.each([-2 * HOUR, 2 * HOUR, 300 * HOUR, -300 * HOUR])(
      'calls nobody twice when the server is %d ms ahead of us',
      async (serverAheadMs) => {
        const script = Object.fromEntries([2, 5, 8, 11].map((row) => [row, ['lost-after'] as const]));
        const world = await scripted({ calls: 12, script, serverAheadMs });
        expect(await outcomes(world)).toEqual(Array(12).fill('created'));
        expect(world.actions).toHaveLength(12);
        expect(world.observations.observed().clockOffsetMs).toBeCloseTo(serverAheadMs, -4);
      },
    );

    it.each([
      ['ahead before the kill only', 2 * HOUR, 0],
      ['ahead at the resume only', 0, 2 * HOUR],
      ['ahead all the time', 2 * HOUR, 2 * HOUR],
      ['a year ahead before the kill', 8766 * HOUR, 0],
    ])('finds what a killed process had in flight, its clock %s', async (_, before, after) => {
      const run = aRun({ createdAt: Date.now() + before });
      const state = new MemoryState();
      await state.createRun(run, rows(4));
      const lock = await state.lockRun(run.id);
      const intent = { runId: run.id, quotaKey: 'restrict', windows: [{ limit: 100, ms: 60_000 }], timeoutMs: 30_000 };
      // Nothing was heard of the server yet: the hardest case.
      for (const row of [1, 2, 3, 4]) await state.beginAttempt({ ...intent, row, now: () => Date.now() + before });
      await lock.release();
      const existing = [1, 2, 3, 4].map((row) =>
        anAction({ id: `before${row}`, machineId: machine(row), creationDateTimeUtc: new Date().toISOString() }),
      );
      vi.setSystemTime(Date.now() + 60_000 + after);
      const world = await scripted({ run, state, existing, calls: 4, serverAheadMs: -after });
      expect(await outcomes(world)).toEqual(Array(4).fill('created'));
      expect(posts(world)).toEqual([]);
    });

    it('asks the list for an hour before the attempt by the server’s clock, a day further back where it tells none', async () => {
      const askedBy = async (serverAheadMs: number | null): Promise<number> => {
        const start = Date.now();
        const world = await scripted({ calls: 2, script: { 1: ['lost-after'] }, serverAheadMs });
        await world.finish();
        const since = /creationDateTimeUtc ge ([^\s&]+)/.exec(decodeURIComponent(world.asked[0] ?? ''))?.[1] ?? '';
        return (Date.parse(since) - start) / HOUR;
      };
      expect(await askedBy(-2 * HOUR)).toBeCloseTo(-3, 2);
      expect(await askedBy(null)).toBeCloseTo(-25, 2);
    });
  });

  describe('absence', () => {
    it('is not believed of a Date that is hours ahead of the actions when every answer was lost', async () => {
      const script = { 1: ['lost-after', 'created'], 2: ['lost-after', 'created'] } as const;
      const world = await scripted({ calls: 2, script, lagMs: 20_000, dateAheadMs: 3 * HOUR });
      expect(await outcomes(world)).toEqual(['created', 'created']);
      expect(world.actions).toHaveLength(2);
    });

    it('is proved by one read, a read lag after the loss, when it shows an action that was made after it', async () => {
      const world = await scripted({ calls: 2, script: { 1: ['lost-before', 'created'] }, latency: { 1: 10 } });
      expect(await outcomes(world)).toEqual(['created', 'created']);
      const again = Number(posts(world).at(-1)?.split(' ')[0]);
      expect(again).toBeGreaterThanOrEqual(120);
      expect(again).toBeLessThan(180);
    });

    it('takes twice the read lag when nothing is left to send and the witness is older', async () => {
      const world = await scripted({ calls: 2, script: { 2: ['lost-before', 'created'] }, latency: { 2: 5000 } });
      expect(await outcomes(world)).toEqual(['created', 'created']);
      expect(Number(posts(world).at(-1)?.split(' ')[0])).toBeGreaterThanOrEqual(240);
    });

    it('takes three times the read lag when nothing was ever confirmed, and never comes where the server tells no time', async () => {
      const world = await scripted({ script: { 1: ['lost-before', 'created'] } });
      expect((await world.finish())[0]).toMatchObject({ outcome: 'created', attempts: 2 });
      expect(Number(posts(world).at(-1)?.split(' ')[0])).toBeGreaterThanOrEqual(360);
      const timeless = await scripted({ script: { 1: ['lost-before', 'created'] }, serverAheadMs: null });
      expect((await timeless.finish())[0]).toMatchObject({ outcome: 'unknown', attempts: 1 });
    });

    it('is not taken from a list that hides the run’s confirmed actions', async () => {
      const hides = (): Answer => response(200, { value: [] });
      const world = await scripted({ calls: 5, script: { 1: ['lost-after'] }, listAnswer: hides });
      expect((await world.finish())[0]).toMatchObject({
        outcome: 'unknown',
        attempts: 1,
        message: expect.stringContaining('hides'),
      });
      expect(world.actions).toHaveLength(5);
    });

    it('is not taken from a list that hides some of them', async () => {
      const world = await scripted({ calls: 9, script: { 1: ['lost-after'] }, latency: { 1: 10 }, newestOnly: 5 });
      expect((await world.finish())[0]).toMatchObject({ outcome: 'unknown', attempts: 1, message: expect.stringContaining('hides') });
      expect(world.actions).toHaveLength(9);
    });

    it('is not taken from a list that always brings something new: the walk ends', async () => {
      let n = 0;
      const endless = (): Answer => response(200, { value: [anAction({ id: `x${(n += 1)}`, machineId: machine(77) })] });
      const world = await scripted({ calls: 3, script: { 1: ['lost-before'] }, listAnswer: endless, outageMs: 60_000 });
      expect((await world.finish())[0]).toMatchObject({ outcome: 'unknown', attempts: 1, message: expect.stringContaining('no end') });
    });

    it('is not taken from pages that overlap while others come in', async () => {
      const page = (...ids: string[]): Answer => response(200, { value: ids.map((id) => anAction({ id, machineId: machine(77) })) });
      const pages = [page('a3', 'a2'), page('a4', 'a3'), page()];
      const world = await scripted({ calls: 2, script: { 1: ['lost-after'] }, listAnswer: (read) => pages[read % 3] });
      expect((await world.finish())[0]).toMatchObject({ outcome: 'unknown', attempts: 1, message: expect.stringContaining('came twice') });
    });

    it.each([
      ['by nobody named', { requestor: null, requestorComment: 'x' }],
      ['in our name, without a tag', { requestor: 'Cordon App', requestorComment: 'x' }],
      ['in our name, with our tag further on', { requestor: 'cordon app', requestorComment: `see ${TAG}` }],
      ['whose comment cannot be read', { requestor: 'ana', requestorComment: null }],
    ])('is not taken where an action is there %s: it may be ours', async (_, about) => {
      const there = anAction({ id: 'there', creationDateTimeUtc: '2026-11-23T10:15:05Z', ...about });
      const world = await scripted({ calls: 3, script: { 1: ['lost-before'] }, existing: [there] });
      expect((await world.finish())[0]).toMatchObject({ outcome: 'unknown', attempts: 1 });
    });

    it.each([
      ['by somebody else', { requestor: 'ana', requestorComment: `see ${TAG}` }],
      ['by another run', { requestor: 'cordon app', requestorComment: '[cordon r-20261122-090000-aaaa] INC-6' }],
      ['long before', { requestor: null, requestorComment: 'x', creationDateTimeUtc: '2026-11-23T10:10:00Z' }],
      ['of another type', { requestor: null, requestorComment: null, type: 'RunAntiVirusScan' }],
    ])('is taken where the action that is there is plainly another: %s', async (_, about) => {
      const there = anAction({ id: 'there', creationDateTimeUtc: '2026-11-23T10:15:05Z', ...about });
      const world = await scripted({ calls: 3, script: { 1: ['lost-before', 'created'] }, existing: [there] });
      expect((await world.finish())[0]).toMatchObject({ outcome: 'created', attempts: 2 });
    });

    it('is not taken while an action of this run belongs to none of its machines: records may have been merged', async () => {
      const merged = anAction({ id: 'merged', machineId: machine(99), creationDateTimeUtc: '2026-11-23T10:15:00.05Z' });
      const world = await scripted({ calls: 3, script: { 1: ['lost-before'] }, existing: [merged] });
      expect((await world.finish())[0]).toMatchObject({ outcome: 'unknown', attempts: 1, message: expect.stringContaining('merged') });
    });

    it('costs other calls nothing: no slot, no unit of their quota', async () => {
      const windows = [{ limit: 10, ms: 60_000 }];
      const lost = Object.fromEntries(Array.from({ length: 10 }, (_, i) => [i + 1, ['lost-after'] as const]));
      const timesOf = async (world: Scripted): Promise<number[]> => {
        await world.finish();
        return posts(world).map((line) => Math.round(Number(line.split(' ')[0])));
      };
      const plain = await timesOf(await scripted({ calls: 40, windows }));
      expect(await timesOf(await scripted({ calls: 40, windows, script: lost }))).toEqual(plain);
    });
  });

  describe('tags', () => {
    it('knows its own when the API changes their punctuation, and says so once', async () => {
      const world = await scripted({ calls: 3, script: { 2: ['lost-after'] }, keep: (comment) => comment.replaceAll(/[[\]]/g, '') });
      expect(await outcomes(world)).toEqual(['created', 'created', 'created']);
      expect(world.warnings.filter((warning) => warning.includes('comment'))).toHaveLength(1);
      expect(world.observations.observed().echo).toEqual({ kept: 0, changed: 2, dropped: 0 });
    });

    it('never calls its own actions somebody else’s when the API drops the tag: unknown, and after three it stops with 9', async () => {
      const world = await scripted({ calls: 60, keep: (comment) => comment.replace(/^\[.*?\] /, '') });
      const settled = await world.finish();
      expect(codes(world)).toEqual([EXIT.budget]);
      expect(new Set(settled.map(({ outcome }) => outcome))).toEqual(new Set(['unknown', 'not-sent']));
      expect(posts(world).length).toBeLessThanOrEqual(23);
      expect(settled[0]?.message).toContain('accepted without our tag');
    });

    it('never sends again what was accepted without our tag, in the next process either', async () => {
      const keep = (comment: string): string => comment.replace(/^\[.*?\] /, '');
      const state = new MemoryState();
      const run = aRun({ createdAt: Date.now() });
      await (await scripted({ state, run, calls: 2, keep })).finish();
      const again = await scripted({ state, run, calls: 2, keep });
      expect(await outcomes(again)).toEqual(['unknown', 'unknown']);
      expect(posts(again)).toEqual([]);
    });

    it.each([
      ['another machine', { machineId: machine(99) }],
      ['another type', { type: 'Isolate' }],
    ])('takes a 2xx with our tag that names %s for created, with one POST', async (_, about) => {
      const odd = response(201, anAction({ id: 'odd', ...about }));
      const world = await scripted({ script: { 1: [odd] } });
      expect((await world.finish())[0]).toMatchObject({
        outcome: 'created',
        actionId: 'odd',
        attempts: 1,
        message: expect.stringContaining('names'),
      });
    });

    it('takes an action whose comment quotes our tag for nobody’s of ours', async () => {
      const quoting = anAction({
        id: 'q',
        requestor: 'ana',
        requestorComment: `as in ${TAG} INC-7`,
        creationDateTimeUtc: '2026-11-23T10:15:00Z',
      });
      const world = await scripted({ script: { 1: [apiError(400, 'ActiveRequestAlreadyExists')] }, existing: [quoting] });
      expect((await world.finish())[0]).toMatchObject({ outcome: 'already-in-progress', actionId: 'q' });
    });
  });

  describe('permissions', () => {
    it('ends soon when no token is accepted, however many different ones it is given', async () => {
      const denied = apiError(401, 'Unauthorized', 'Account mode is inactive');
      const world = await scripted({ calls: 300, first: Array(1000).fill(denied) });
      expect(await outcomes(world)).toEqual(Array(300).fill('not-sent'));
      expect(codes(world)).toEqual([EXIT.credentials]);
      expect(posts(world).length).toBeLessThanOrEqual(45);
    });

    it('lets one machine’s 403 stop nothing, whatever words it uses', async () => {
      const odd = apiError(403, 'Forbidden', 'The device is not in the scope of your role');
      const world = await scripted({ calls: 30, script: { 1: [odd] } });
      expect((await outcomes(world)).slice(0, 2)).toEqual(['refused', 'created']);
      expect(codes(world)).toEqual([]);
    });

    it('lets five machines without automation level stop nothing', async () => {
      const disallowed = apiError(403, 'DisallowedOperation', 'This device has no automation level assigned to it');
      const world = await scripted({ calls: 100, script: Object.fromEntries([1, 2, 3, 4, 5].map((row) => [row, [disallowed]])) });
      expect((await outcomes(world)).filter((outcome) => outcome === 'created')).toHaveLength(95);
      expect(codes(world)).toEqual([]);
    });

    it('takes a missing permission for one machine’s once the run had a success, in this process or an earlier one', async () => {
      const missing = apiError(403, 'Forbidden', 'Missing application roles. API required roles: X');
      const state = new MemoryState();
      const run = aRun({ createdAt: Date.now() });
      await state.createRun(run, rows(10));
      await state.settle(run.id, 1, { outcome: 'created', actionId: 'a0' }, Date.now());
      const world = await scripted({ state, run, calls: 10, script: { 2: [missing] } });
      expect((await outcomes(world)).slice(0, 3)).toEqual(['created', 'refused', 'created']);
      expect(codes(world)).toEqual([]);
    });

    it('goes on sending when the lists answer 401: only lost calls stay unknown', async () => {
      const denied = apiError(401, 'Unauthorized', 'No Tvm license');
      const world = await scripted({ calls: 50, script: { 1: ['lost-before'] }, listAnswer: () => denied });
      expect((await outcomes(world)).filter((outcome) => outcome === 'created')).toHaveLength(49);
      expect((await world.rows())[0]).toMatchObject({ outcome: 'unknown', attempts: 1 });
      expect(codes(world)).toEqual([]);
    });
  });

  it.each([
    ['414 of a gateway', response(414, '<html>URI Too Long')],
    ['404 of a front end', response(404, '')],
    ['400 with an empty code', apiError(400, '', 'The query specified in the URI is not valid.')],
    ['413', response(413, '')],
    ['431', response(431, '')],
  ])('reads without a filter where one is answered %s', async (_, refused) => {
    const world = await scripted({ script: { 1: ['lost-after'] }, listAnswer: (read) => (read === 0 ? refused : undefined) });
    expect((await world.finish())[0]).toMatchObject({ outcome: 'created', attempts: 1 });
    expect(world.asked[1]).not.toContain('$filter');
  });

  it('asks for smaller pages after an answer to a read was lost', async () => {
    const lost = { kind: 'lost', reason: 'no whole answer within 120000 ms' } as const;
    const world = await scripted({ script: { 1: ['lost-after'] }, listAnswer: (read) => (read < 2 ? lost : undefined) });
    expect((await world.finish())[0]).toMatchObject({ outcome: 'created', attempts: 1 });
    expect(world.asked.slice(0, 3).map((path) => /\$top=(\d+)/.exec(path)?.[1])).toEqual(['10000', '5000', '2500']);
  });

  it.each([
    ['never resolves, after 15 s', 'getaddrinfo ENOTFOUND api.nowhere.example', 15, 25],
    ['refuses, after --outage', 'connect ECONNREFUSED 192.0.2.1:443', 300, 330],
  ])('stops with 5 when the host %s', async (_, reason, least, most) => {
    const start = Date.now();
    const world = await scripted({ calls: 3, first: Array.from({ length: 1000 }, () => ({ kind: 'no-connection', reason }) as const) });
    expect(await outcomes(world)).toEqual(Array(3).fill('not-sent'));
    expect(codes(world)).toEqual([EXIT.outage]);
    const took = (Date.now() - start) / 1000;
    expect(took).toBeGreaterThanOrEqual(least);
    expect(took).toBeLessThan(most);
  });

  it('calls a row that was told "already in progress" so when it is interrupted before it was looked up', async () => {
    const world = await scripted({
      script: { 1: [apiError(400, 'ActiveRequestAlreadyExists')] },
      listAnswer: () => response(429, 'quota', { retryAfter: '3000' }),
    });
    const finishing = world.finish();
    await vi.advanceTimersByTimeAsync(3000);
    world.halt.stop(EXIT.sigint, 'SIGINT');
    expect((await finishing)[0]).toMatchObject({ outcome: 'already-in-progress', attempts: 1, message: expect.stringContaining('resume') });
  });

  it('counts those that wait for a look-up apart from those not sent', async () => {
    const windows = [{ limit: 10, ms: 600_000 }];
    const lost = Object.fromEntries([1, 2, 3].map((row) => [row, ['lost-before'] as const]));
    const world = await scripted({ calls: 15, windows, script: lost });
    const finishing = world.finish();
    await vi.advanceTimersByTimeAsync(5000);
    expect([world.tally.left, world.tally.parked, world.tally.unsent, world.tally.isAllSent]).toEqual([8, 3, 5, false]);
    world.halt.stop(EXIT.sigint, 'SIGINT');
    await finishing;
  });

  describe('what it observes', () => {
    it('is how duplicates are answered, the first 429 word by word, and merged records', async () => {
      const throttled = response(429, { error: { code: '429', message: 'one' } }, { retryAfter: '2' });
      const world = await scripted({
        calls: 4,
        first: [throttled, response(429, 'two', { retryAfter: '2' })],
        existing: [
          anAction({
            id: 'old',
            machineId: machine(3),
            requestor: 'ana',
            requestorComment: 'x',
            creationDateTimeUtc: '2026-11-23T08:00:00Z',
          }),
        ],
        script: {
          2: [apiError(400, 'ActiveRequestAlreadyExists')],
          3: ['existing'],
          4: [response(201, anAction({ id: 'm', machineId: machine(99) }))],
        },
      });
      await world.finish();
      expect(world.observations.observed()).toMatchObject({
        clockOffsetMs: expect.closeTo(0, -4),
        duplicates: { '400 ActiveRequestAlreadyExists': 1, '200 existing action': 1 },
        merged: 1,
        first429: { status: 429, retryAfter: '2', body: JSON.stringify({ error: { code: '429', message: 'one' } }) },
      });
      expect((await world.state.run(aRun().id))?.observed).toEqual(world.observations.observed());
    });

    it('is how late the lists are: more than half of the read lag raises it, and says so', async () => {
      const world = await scripted({ calls: 3, script: { 1: ['lost-before', 'created'] }, lagMs: 100_000 });
      expect(await outcomes(world)).toEqual(['created', 'created', 'created']);
      const { readLag } = world.observations.observed();
      expect(readLag.stillMissingMs).toBeGreaterThan(60_000);
      expect(readLag.inForceMs).toBeGreaterThanOrEqual(2 * readLag.stillMissingMs);
      expect(world.warnings).toContainEqual(expect.stringContaining('--read-lag is raised'));
      expect(world.actions).toHaveLength(3);
    });
  });
});
