import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { EXIT } from '../../../src/core/exit.ts';
import { AuthError, StateError } from '../../../src/core/errors.ts';
import { MemoryState, MemoryStore } from '../../../src/state/memory.ts';
import { aRun, anAction, rows } from '../../support/builders.ts';
import { apiError, machine, response, scripted, type Scripted } from '../../support/scripted.ts';

const IN_PROGRESS = apiError(400, 'ActiveRequestAlreadyExists', 'Action is already in progress');
const posts = ({ log }: Scripted, row?: number): string[] =>
  log.filter((line) => line.endsWith(row === undefined ? '' : `POST ${row}`) && line.includes('POST'));
const codes = ({ halt }: Scripted): number[] => halt.reasons.map(({ code }) => code);
const later = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);

describe('the dispatcher', () => {
  beforeEach(() => void vi.useFakeTimers({ now: Date.UTC(2026, 10, 23, 10, 15) }));
  afterEach(() => void vi.useRealTimers());

  it('creates one action for each machine, with one POST each and no read', async () => {
    const world = await scripted({ calls: 30 });
    expect((await world.finish()).map(({ outcome }) => outcome)).toEqual(Array(30).fill('created'));
    expect(world.log).toHaveLength(30);
    expect(codes(world)).toEqual([]);
  });

  it.each([
    [
      false,
      [
        { segment: 'restrictCodeExecution', isForActions: true },
        { segment: 'machineactions', isForActions: false },
      ],
    ],
    [true, [{ segment: 'restrictCodeExecution', isForActions: true }]],
  ])('says which lane is for calls, and may be spread, with a shared quota: %s', async (sharedQuota, lanes) => {
    const world = await scripted({ sharedQuota });
    await world.finish();
    expect(world.lanes).toEqual(lanes);
  });

  it('records what came back with the row', async () => {
    const [row] = await (await scripted()).finish();
    expect(row).toMatchObject({
      outcome: 'created',
      actionId: 'a1',
      actionStatus: 'Pending',
      httpStatus: 201,
      deviceName: 'pc1',
      attempts: 1,
    });
  });

  it('keeps what the API refuses, with its code, and goes on with the others', async () => {
    const world = await scripted({
      calls: 3,
      script: { 2: [apiError(400, 'OsPlatformNotSupported', 'OS Platform macOS isn’t supported')] },
    });
    expect(await world.finish()).toMatchObject([
      { outcome: 'created' },
      { outcome: 'refused', httpStatus: 400, errorCode: 'OsPlatformNotSupported', message: 'OS Platform macOS isn’t supported' },
      { outcome: 'created' },
    ]);
  });

  it('warns once when the API does not keep the comment as it was sent', async () => {
    const cut = response(201, anAction({ requestorComment: '[cordon r-20261123-101530-k3f9] IN' }));
    const world = await scripted({ script: { 1: [cut] } });
    expect((await world.finish())[0]?.outcome).toBe('created');
    expect(world.warnings).toEqual(['the API did not keep the comment as it was sent']);
  });

  describe('when an answer is lost', () => {
    it('settles as created as soon as a list shows our tag, without a second POST', async () => {
      const world = await scripted({ script: { 1: ['lost-after'] }, lagMs: 3000 });
      expect((await world.finish())[0]).toMatchObject({ outcome: 'created', actionId: 'a1', attempts: 1 });
      expect(posts(world)).toHaveLength(1);
      expect(world.events).toMatchObject([{ kind: 'parked', row: 1, why: 'ECONNRESET' }]);
    });

    it('sends again only after a list read that began a read lag after the loss', async () => {
      const world = await scripted({ script: { 1: ['lost-before', 'created'] } });
      expect((await world.finish())[0]).toMatchObject({ outcome: 'created', attempts: 2 });
      const [, second] = posts(world).map((line) => Number(line.split(' ')[0]));
      expect(second).toBeGreaterThanOrEqual(120);
    });

    it('never makes a second action although the list lags nearly as long as allowed', async () => {
      const world = await scripted({ calls: 20, script: { 3: ['lost-after'], 7: ['lost-after'] }, lagMs: 119_000 });
      await world.finish();
      expect(world.actions).toHaveLength(20);
    });

    it('would make a second action if it did not wait for the read lag', async () => {
      const world = await scripted({ script: { 1: ['lost-after'] }, lagMs: 60_000, readLagMs: 0 });
      await world.finish();
      expect(world.actions.length).toBeGreaterThan(1);
    });

    it('lets the others go on meanwhile', async () => {
      const world = await scripted({ calls: 50, script: { 1: ['lost-before', 'created'] } });
      await world.finish();
      const last = Math.max(
        ...posts(world)
          .filter((line) => !line.endsWith(' 1'))
          .map((line) => Number(line.split(' ')[0])),
      );
      expect(last).toBeLessThan(10);
    });

    it('serves many lost answers with one read', async () => {
      const lost = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [i * 2 + 1, ['lost-after'] as const]));
      const world = await scripted({ calls: 100, script: lost });
      expect((await world.finish()).every(({ outcome }) => outcome === 'created')).toBe(true);
      expect(world.log.filter((line) => line.includes('GET')).length).toBeLessThanOrEqual(8);
    });

    it('is failed, with the last reason, when the retries are used up', async () => {
      const world = await scripted({ script: { 1: [response(503, 'busy')] }, retries: 2 });
      expect((await world.finish())[0]).toMatchObject({
        outcome: 'failed',
        attempts: 3,
        httpStatus: 503,
        message: expect.stringContaining('HTTP 503'),
      });
    });

    it.each([
      ['a 2xx without an action', response(201, '')],
      ['a 2xx whose action has no comment', response(201, anAction({ requestorComment: null }))],
      ['an HTML page', response(502, '<html>')],
      ['a 4xx that is no API error', response(400, '<html>')],
      ['a redirect', response(302, '')],
    ])('takes %s for a lost answer', async (_, odd) => {
      const world = await scripted({ script: { 1: [odd, 'created'] } });
      expect((await world.finish())[0]).toMatchObject({ outcome: 'created', attempts: 2 });
      expect(Number(posts(world)[1]?.split(' ')[0])).toBeGreaterThanOrEqual(120);
    });

    it('ends unknown, and is never sent again, when the lists may not be read', async () => {
      const world = await scripted({
        script: { 1: ['lost-before'] },
        listAnswer: () => apiError(403, 'Forbidden', 'Missing application roles.'),
      });
      expect((await world.finish())[0]).toMatchObject({ outcome: 'unknown', attempts: 1 });
    });

    it('never takes a 404 on the list for an empty list', async () => {
      const world = await scripted({ script: { 1: ['lost-before'] }, listAnswer: () => apiError(404, 'NotFound') });
      expect((await world.finish())[0]).toMatchObject({ outcome: 'unknown', attempts: 1 });
    });

    it('ends unknown when an action without a comment could be ours', async () => {
      const nameless = anAction({ requestorComment: null, creationDateTimeUtc: '2026-11-23T10:15:01Z' });
      const world = await scripted({ script: { 1: ['lost-before'] }, existing: [nameless] });
      expect((await world.finish())[0]).toMatchObject({ outcome: 'unknown', attempts: 1 });
    });

    it('ends its reads although the server ignores $skip, and sends nothing again: what lies behind was not seen', async () => {
      const world = await scripted({ calls: 24, script: { 1: ['lost-after'], 2: ['lost-before'] }, ignoresSkip: true });
      const settled = await world.finish();
      expect(settled[0]).toMatchObject({ outcome: 'created', attempts: 1 });
      expect(settled[1]).toMatchObject({ outcome: 'unknown', attempts: 1, message: expect.stringContaining('repeated') });
      expect(world.actions).toHaveLength(23);
    });

    it('reads without a filter where the server refuses it', async () => {
      const refused = (read: number): ReturnType<typeof response> | undefined =>
        read === 0 ? apiError(400, 'ODataError', 'no such filter') : undefined;
      const world = await scripted({ script: { 1: ['lost-after'] }, listAnswer: refused });
      expect((await world.finish())[0]).toMatchObject({ outcome: 'created', attempts: 1 });
    });

    it('reads on where a page is shorter than asked for', async () => {
      const world = await scripted({ calls: 3, script: { 3: ['lost-after'] } });
      const pages = (read: number): ReturnType<typeof response> | undefined =>
        read === 0 ? response(200, { value: [anAction({ id: 'x', machineId: machine(77) })] }) : undefined;
      const paged = await scripted({ calls: 3, script: { 3: ['lost-after'] }, listAnswer: pages });
      expect((await paged.finish())[2]).toMatchObject({ outcome: 'created', attempts: 1 });
      expect((await world.finish())[2]).toMatchObject({ outcome: 'created', attempts: 1 });
    });
  });

  describe('when an action is already in progress', () => {
    const theirs = anAction({
      id: 'theirs',
      requestorComment: 'isolated by hand',
      requestor: 'ana@contoso.com',
      creationDateTimeUtc: '2026-11-21T08:00:00Z',
    });

    it.each([
      ['by 400', IN_PROGRESS],
      ['by another code with the same words', apiError(400, 'BadRequest', 'Action is already in progress')],
    ])('told %s, it is a skip that names the open action', async (_, told) => {
      const world = await scripted({ script: { 1: [told] }, existing: [theirs] });
      expect((await world.finish())[0]).toMatchObject({
        outcome: 'already-in-progress',
        actionId: 'theirs',
        attempts: 1,
        message: expect.stringContaining('ana@contoso.com'),
      });
    });

    it('told by the existing action itself, it is a skip', async () => {
      const world = await scripted({ script: { 1: ['existing'] }, existing: [theirs] });
      expect((await world.finish())[0]).toMatchObject({ outcome: 'already-in-progress', actionId: 'theirs', httpStatus: 200 });
      expect(world.log).toHaveLength(1);
    });

    it('is blocked when the open action is of another type', async () => {
      const scan = anAction({ id: 'scan', type: 'RunAntiVirusScan', requestorComment: 'nightly' });
      const world = await scripted({ script: { 1: [IN_PROGRESS] }, existing: [scan] });
      expect((await world.finish())[0]).toMatchObject({
        outcome: 'blocked',
        actionId: 'scan',
        message: expect.stringContaining('RunAntiVirusScan'),
      });
    });

    it('is created when the open action turns out to be ours', async () => {
      const ours = anAction({ id: 'ours', creationDateTimeUtc: '2026-11-23T10:15:00Z' });
      const world = await scripted({ script: { 1: [IN_PROGRESS] }, existing: [ours] });
      expect((await world.finish())[0]).toMatchObject({ outcome: 'created', actionId: 'ours' });
    });

    it('is created when ours has even finished before it was seen', async () => {
      const ours = anAction({ id: 'ours', status: 'Succeeded', creationDateTimeUtc: '2026-11-23T10:15:00Z' });
      const world = await scripted({ script: { 1: [IN_PROGRESS] }, existing: [ours] });
      expect((await world.finish())[0]).toMatchObject({ outcome: 'created', actionId: 'ours', actionStatus: 'Succeeded' });
    });

    it('is a skip that says so when no open action is seen within the read lag', async () => {
      const world = await scripted({ script: { 1: [IN_PROGRESS] } });
      expect((await world.finish())[0]).toMatchObject({
        outcome: 'already-in-progress',
        actionId: null,
        message: expect.stringContaining('no open action was seen'),
      });
    });

    it('is a skip even when the lists may not be read', async () => {
      const world = await scripted({ script: { 1: [IN_PROGRESS] }, listAnswer: () => apiError(403, 'Forbidden', 'no') });
      expect((await world.finish())[0]).toMatchObject({ outcome: 'already-in-progress', attempts: 1 });
    });
  });

  it('asks once more at the end of the queue when a machine is not found, and then believes it', async () => {
    const missing = apiError(404, 'ResourceNotFound', 'Machine was not found');
    const world = await scripted({ calls: 40, script: { 2: [missing], 5: [missing, 'created'] } });
    const settled = await world.finish();
    expect(settled[1]).toMatchObject({ outcome: 'refused', errorCode: 'ResourceNotFound', attempts: 2 });
    expect(settled[4]).toMatchObject({ outcome: 'created', attempts: 2 });
    expect(
      world.log
        .slice(-2)
        .map((line) => line.split(' ')[2])
        .toSorted((a, b) => Number(a) - Number(b)),
    ).toEqual(['2', '5']);
  });

  describe('what uses up no retries', () => {
    it('a connection that never stood', async () => {
      const world = await scripted({ script: { 1: [...Array(4).fill('refused-connection'), 'created'] }, retries: 0 });
      expect((await world.finish())[0]).toMatchObject({ outcome: 'created', attempts: 1 });
    });

    it('a 429, which everybody waits out, in this process and the next', async () => {
      const throttle = response(429, { error: { code: '429', message: 'quota' } }, { retryAfter: '40' });
      const world = await scripted({ calls: 60, first: [throttle, throttle, throttle], retries: 0 });
      expect((await world.finish()).every(({ outcome }) => outcome === 'created')).toBe(true);
      const times = posts(world).map((line) => Number(line.split(' ')[0]));
      expect(times.filter((at) => at > 1 && at < 40)).toEqual([]);
      expect(world.events).toEqual([{ kind: 'paused', api: 'restrictCodeExecution', waitMs: 40_000, message: '429: quota' }]);
      expect(world.warnings).toEqual([]);
      const paced = times.filter((at) => at >= 40);
      for (const [i, at] of paced.entries()) expect(at - (paced[i - 1] ?? 0)).toBeGreaterThanOrEqual(0.5);
    });

    it('a 401, once the token is renewed', async () => {
      const world = await scripted({ calls: 3, first: [apiError(401, 'Unauthorized')], retries: 0 });
      expect((await world.finish()).every(({ outcome }) => outcome === 'created')).toBe(true);
    });
  });

  describe('when it must stop', () => {
    it('stops with 8 when no newer token can be had, and the rows stay open', async () => {
      const world = await scripted({ calls: 30, first: [apiError(401, 'Unauthorized')], tokens: { renew: async () => false } });
      await world.finish();
      expect(codes(world)).toEqual([EXIT.credentials]);
      expect((await world.rows())[0]?.outcome).toBe('not-sent');
    });

    it('stops with 8 when the credential is refused', async () => {
      const tokens = { current: () => Promise.reject(new AuthError('AADSTS7000215')) };
      const world = await scripted({ calls: 3, tokens });
      expect((await world.finish()).map(({ outcome, attempts }) => [outcome, attempts])).toEqual(
        Array.from({ length: 3 }, () => ['not-sent', 0]),
      );
      expect(codes(world)).toEqual([EXIT.credentials]);
    });

    it('stops with 8 at a 403 that names missing roles, and takes no row for refused', async () => {
      const world = await scripted({
        calls: 100,
        first: [apiError(403, 'Forbidden', 'Missing application roles. API required roles: Machine.RestrictExecution')],
      });
      const settled = await world.finish();
      expect(codes(world)).toEqual([EXIT.credentials]);
      expect(settled[0]?.outcome).toBe('not-sent');
      expect(settled.some(({ outcome }) => outcome === 'refused')).toBe(false);
    });

    it('stops with 8 when the first five are all forbidden, and opens them again', async () => {
      const forbidden = apiError(403, 'Forbidden', 'no');
      const world = await scripted({ calls: 100, first: Array.from({ length: 100 }, () => forbidden) });
      const settled = await world.finish();
      expect(codes(world)).toEqual([EXIT.credentials]);
      expect(new Set(settled.map(({ outcome }) => outcome))).toEqual(new Set(['not-sent']));
    });

    it('takes a single 403 for that machine’s own', async () => {
      const world = await scripted({ calls: 10, script: { 2: [apiError(403, 'DisallowedOperation', 'not here')] } });
      expect((await world.finish())[1]).toMatchObject({ outcome: 'refused', httpStatus: 403 });
      expect(codes(world)).toEqual([]);
    });

    it('stops with 9 when the errors exceed the budget, which machines that cannot take the action do not count against', async () => {
      const bad = apiError(400, 'InvalidRequestBody');
      const unsupported = apiError(400, 'OsPlatformNotSupported');
      const script = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [i + 1, [i < 20 ? unsupported : bad]]));
      const world = await scripted({ calls: 300, script, budget: { count: 7 } });
      const settled = await world.finish();
      expect(codes(world)).toEqual([EXIT.budget]);
      expect(settled.filter(({ errorCode }) => errorCode === 'InvalidRequestBody').length).toBeLessThan(8 + 20);
      expect(settled.at(-1)?.outcome).toBe('not-sent');
    });

    it('probes one at a time in an outage, settles nothing as failed, and stops with 5 when it lasts', async () => {
      const world = await scripted({
        calls: 300,
        script: Object.fromEntries(Array.from({ length: 300 }, (_, i) => [i + 1, ['refused-connection' as const]])),
      });
      const settled = await world.finish();
      expect(codes(world)).toEqual([EXIT.outage]);
      expect(new Set(settled.map(({ outcome }) => outcome))).toEqual(new Set(['not-sent']));
      expect(posts(world).length).toBeLessThan(50);
    });

    it('goes on sending although the lists cannot be read for long, and stops with 5 when only what they could tell is left', async () => {
      const dead = { kind: 'lost', reason: 'ETIMEDOUT' } as const;
      const world = await scripted({ calls: 1200, script: { 3: ['lost-before'] }, listAnswer: () => dead });
      const settled = await world.finish();
      expect(codes(world)).toEqual([EXIT.outage]);
      expect(settled.filter(({ outcome }) => outcome === 'created')).toHaveLength(1199);
      expect(settled[2]).toMatchObject({ outcome: 'unknown', attempts: 1 });
    });

    it('waits no longer than the longest window, whatever a 429 asks for', async () => {
      const throttle = response(429, 'quota', { retryAfter: '999999' });
      const world = await scripted({
        first: [throttle],
        windows: [
          { limit: 10, ms: 1000 },
          { limit: 100, ms: 60_000 },
        ],
      });
      expect((await world.finish())[0]).toMatchObject({ outcome: 'created', attempts: 2 });
      expect(Number(posts(world)[1]?.split(' ')[0])).toBeLessThan(62);
    });

    it('goes on after an outage that was short enough', async () => {
      const world = await scripted({ calls: 60, first: Array(25).fill('refused-connection') });
      expect((await world.finish()).every(({ outcome }) => outcome === 'created')).toBe(true);
      expect(world.events.map(({ kind }) => kind)).toEqual(['outage', 'recovered']);
      expect(codes(world)).toEqual([]);
    });

    it('does not take for an outage that nothing is left to send while the last answers, all lost, are looked up', async () => {
      const lost = Object.fromEntries([6, 7, 8, 9, 10, 11].map((row) => [row, ['lost-before', 'created'] as const]));
      const latency = Object.fromEntries([6, 7, 8, 9, 10, 11].map((row) => [row, 20_000]));
      const world = await scripted({ calls: 11, script: lost, latency, outageMs: 60_000 });
      expect((await world.finish()).every(({ outcome }) => outcome === 'created')).toBe(true);
      expect(codes(world)).toEqual([]);
    });

    it('stops with 5 at the first try that fails when they have been looked up', async () => {
      const lost = Object.fromEntries([6, 7, 8, 9, 10, 11].map((row) => [row, ['lost-before'] as const]));
      const latency = Object.fromEntries([6, 7, 8, 9, 10, 11].map((row) => [row, 20_000]));
      const world = await scripted({ calls: 11, script: lost, latency, outageMs: 60_000 });
      await world.finish();
      expect(codes(world)).toEqual([EXIT.outage]);
      expect(posts(world)).toHaveLength(12);
    });

    it('settles nothing as failed while the API is out, however few retries there are', async () => {
      const world = await scripted({
        calls: 20,
        first: Array.from({ length: 40 }, () => response(503, 'busy')),
        retries: 0,
        readLagMs: 1000,
      });
      expect((await world.finish()).filter(({ outcome }) => outcome === 'failed')).toEqual([]);
    });

    it('stops with 5 when others throttle it for longer than the longest window', async () => {
      const throttle = response(429, 'quota', { retryAfter: '600' });
      const world = await scripted({ calls: 2, script: { 1: [throttle], 2: [throttle] } });
      await world.finish();
      expect(codes(world)).toEqual([EXIT.outage]);
    });

    it('stops with 1 as soon as the state cannot be written: nothing more is sent', async () => {
      const store = new MemoryStore();
      class FullDisk extends MemoryState {
        begun = 0;
        override async beginAttempt(intent: Parameters<MemoryState['beginAttempt']>[0]): ReturnType<MemoryState['beginAttempt']> {
          this.begun += 1;
          if (this.begun > 3) throw new StateError('disk full');
          return super.beginAttempt(intent);
        }
      }
      const world = await scripted({ calls: 200, state: new FullDisk(store) });
      await world.finish();
      expect(codes(world)).toEqual([EXIT.internal]);
      expect(posts(world)).toHaveLength(3);
    });

    it('does not wait for reads that their own quota holds back when it is interrupted', async () => {
      const throttle = response(429, 'quota', { retryAfter: '3000' });
      const world = await scripted({ script: { 1: ['lost-before'] }, listAnswer: () => throttle });
      const finishing = world.finish();
      await later(5000);
      world.halt.stop(EXIT.sigint, 'SIGINT');
      const from = Date.now();
      expect((await finishing)[0]).toMatchObject({ outcome: 'unknown', attempts: 1 });
      expect(Date.now() - from).toBeLessThan(5000);
    });

    it('waits for answers under way when it is interrupted, and leaves the rest open', async () => {
      const world = await scripted({ calls: 500 });
      const finishing = world.finish();
      await later(100);
      world.halt.stop(EXIT.sigterm, 'SIGTERM');
      const settled = await finishing;
      const created = settled.filter(({ outcome }) => outcome === 'created').length;
      expect(created).toBe(posts(world).length);
      expect(created).toBe(world.actions.length);
      expect(settled.filter(({ outcome }) => outcome === 'not-sent').length).toBe(500 - created);
    });
  });

  describe('when it goes on after a crash', () => {
    /** The state as a process leaves it that dies at some point of row 1's life. */
    const crashedAfter = async (
      point: 'plan' | 'intent' | 'lost answer' | 'ruled out' | 'second intent' | 'not found' | 'look' | 'verdict',
    ): Promise<MemoryState> => {
      const state = new MemoryState();
      const run = aRun({ createdAt: Date.now() - 1000 });
      await state.createRun(run, rows(2));
      const lock = await state.lockRun(run.id);
      const at = Date.now() - 500;
      if (point !== 'plan') {
        const begun = await state.beginAttempt({
          runId: run.id,
          row: 1,
          quotaKey: 'restrict',
          windows: [{ limit: 100, ms: 60_000 }],
          now: () => at,
          timeoutMs: 30_000,
        });
        const attempt = begun.begun ? begun.attempt : 0;
        const lost = { kind: 'lost', reason: 'reset' } as const;
        if (point === 'lost answer' || point === 'ruled out') await state.endAttempt(attempt, { at, answer: lost, verdict: 'ambiguous' });
        if (point === 'second intent') await state.endAttempt(attempt, { at: at - 200_000, answer: lost, verdict: 'ambiguous' });
        if (point === 'ruled out' || point === 'second intent') await state.ruleOut(run.id, 1);
        if (point === 'second intent')
          await state.beginAttempt({
            runId: run.id,
            row: 1,
            quotaKey: 'restrict',
            windows: [{ limit: 100, ms: 60_000 }],
            now: () => at,
            timeoutMs: 30_000,
          });
        if (point === 'not found') await state.endAttempt(attempt, { at, answer: apiError(404, 'ResourceNotFound'), verdict: 'again' });
        if (point === 'look') await state.endAttempt(attempt, { at, answer: IN_PROGRESS, verdict: 'look' });
        if (point === 'verdict')
          await state.endAttempt(attempt, { at, answer: lost, verdict: 'settled', settlement: { outcome: 'created', actionId: 'a0' } });
      }
      await lock.release();
      return state;
    };
    const run = (): ReturnType<typeof aRun> => aRun({ createdAt: Date.now() - 1000 });
    const ours = anAction({ id: 'ours', creationDateTimeUtc: '2026-11-23T10:14:59Z' });

    it.each([['plan'], ['ruled out'], ['not found']] as const)('sends at once what died after the %s', async (point) => {
      const world = await scripted({ state: await crashedAfter(point), run: run() });
      expect((await world.finish())[0]).toMatchObject({ outcome: 'created' });
      expect(Number(posts(world, 1)[0]?.split(' ')[0])).toBeLessThan(1);
    });

    it.each([['intent'], ['lost answer'], ['second intent']] as const)(
      'looks for our action after a death after the %s, and finds it',
      async (point) => {
        const world = await scripted({ state: await crashedAfter(point), run: run(), existing: [ours] });
        expect((await world.finish())[0]).toMatchObject({ outcome: 'created', actionId: 'ours' });
        expect(posts(world, 1)).toEqual([]);
      },
    );

    it.each([
      ['intent', 149],
      ['second intent', 149],
      ['lost answer', 119],
    ] as const)('sends after a death after the %s only when its absence is conclusive', async (point, seconds) => {
      const world = await scripted({ state: await crashedAfter(point), run: run() });
      expect((await world.finish())[0]).toMatchObject({ outcome: 'created' });
      expect(Number(posts(world, 1)[0]?.split(' ')[0])).toBeGreaterThanOrEqual(seconds);
    });

    it('asks again after a death before it was looked up whose action is in progress', async () => {
      const world = await scripted({ state: await crashedAfter('look'), run: run(), script: { 1: [IN_PROGRESS] }, existing: [ours] });
      expect((await world.finish())[0]).toMatchObject({ outcome: 'created', actionId: 'ours' });
    });

    it('leaves alone what was settled', async () => {
      const world = await scripted({ state: await crashedAfter('verdict'), run: run() });
      expect((await world.finish())[0]).toMatchObject({ outcome: 'created', actionId: 'a0', attempts: 1 });
      expect(posts(world, 1)).toEqual([]);
    });

    it('does not wait an hour when the clock was set back meanwhile', async () => {
      const state = await crashedAfter('lost answer');
      vi.setSystemTime(Date.now() - 3_600_000);
      const world = await scripted({ state, run: run() });
      expect((await world.finish())[0]).toMatchObject({ outcome: 'created' });
      expect(Number(posts(world, 1)[0]?.split(' ')[0])).toBeLessThan(200);
    });
  });
});
