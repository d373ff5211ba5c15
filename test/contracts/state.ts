/** What every implementation of the State port promises. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { BeginResult, Intent, State } from '../../src/core/ports.ts';
import type { OpenCall, Run, RunRow } from '../../src/core/types.ts';
import { RunBusyError, StateError } from '../../src/core/errors.ts';
import { NOTHING_OBSERVED } from '../../src/core/observed.ts';
import { aRow, aRun, machineId, rows } from '../support/builders.ts';

export interface StateWorld {
  /** Opens the state as one more process would. */
  open(): State | Promise<State>;
  cleanUp(): void;
}

const WINDOWS = [
  { limit: 3, ms: 10_000 },
  { limit: 5, ms: 100_000 },
] as const;
const MARGINS = [50, 50] as const;
/** So long a free unit of these windows is left to a run of high priority. */
const GRACE = 334;
const RUN = aRun().id;
const T0 = 5_000_000;

export function describeState(name: string, makeWorld: () => StateWorld): void {
  describe(`${name}: the contract of every state`, () => {
    let world: StateWorld;
    let state: State;
    beforeEach(async () => {
      world = makeWorld();
      state = await world.open();
    });
    afterEach(async () => {
      await state.close();
      world.cleanUp();
    });

    const intent = (row: number, at: number, overrides: Partial<Intent> = {}): Intent => ({
      runId: RUN,
      row,
      quotaKey: 'contoso/app/restrict',
      windows: WINDOWS,
      now: () => at,
      timeoutMs: 30_000,
      ...overrides,
    });
    const begin = async (row: number, at: number, overrides: Partial<Intent> = {}): Promise<number> => {
      const result = await state.beginAttempt(intent(row, at, overrides));
      if (!result.begun) throw new Error(`not begun: wait ${result.waitMs} ms because of ${result.because}`);
      return result.attempt;
    };
    const sent = async (row: number, at: number): Promise<void> => {
      const attempt = await begin(row, at);
      await state.endAttempt(attempt, { at, answer: null, verdict: 'again' });
    };
    const allRows = (): Promise<RunRow[]> => Array.fromAsync(state.rows(RUN));
    const open = (): Promise<OpenCall[]> => Array.fromAsync(state.openCalls(RUN));

    describe('runs and rows', () => {
      it('keeps 2,000 characters of a text of a row, however long it was', async () => {
        await state.createRun(aRun(), rows(1));
        await state.settle(RUN, 1, { outcome: 'refused', errorCode: 'Busy', message: 'x'.repeat(5_000_000) }, T0);
        expect((await allRows())[0]).toMatchObject({ errorCode: 'Busy', message: 'x'.repeat(2000) });
      });

      it('gives a run back as it was put in', async () => {
        await state.createRun(aRun({ planHash: 'p1' }), rows(2));
        expect(await state.run(RUN)).toEqual(aRun({ planHash: 'p1' }));
        expect(await state.run('r-other')).toBeUndefined();
        expect((await state.runOfPlan('p1'))?.id).toBe(RUN);
        expect(await state.runOfPlan('p2')).toBeUndefined();
      });

      it('keeps a job’s flags with the run, and the list’s other columns with each row', async () => {
        const run = aRun({ job: 'quarantine', parameters: { 'isolation-type': 'full' } });
        const input = { Site: 'Köln; "1"\n', '': 'x', ['__proto__']: 'y' };
        await state.createRun(run, [aRow(1, { input }), aRow(2), aRow(3, { skip: 'invalid', input })]);
        expect(await state.run(RUN)).toEqual(run);
        expect((await allRows()).map((row) => row.input)).toEqual([input, undefined, input]);
        expect((await open()).map((call) => call.input)).toEqual([input, undefined]);
      });

      it('refuses a second run with the same id', async () => {
        await state.createRun(aRun(), []);
        await expect(state.createRun(aRun(), [])).rejects.toThrow(StateError);
      });

      it('writes nothing of a run whose rows fail half way', async () => {
        const broken = function* () {
          yield aRow(1);
          throw new StateError('no more');
        };
        await expect(state.createRun(aRun(), broken())).rejects.toThrow('no more');
        expect(await state.run(RUN)).toBeUndefined();
      });

      it('keeps the rows in list order, with the plan’s outcomes and reasons', async () => {
        await state.createRun(aRun(), [aRow(1), aRow(2, { skip: 'invalid', message: 'empty' }), aRow(3, { deviceName: 'pc3' })]);
        expect(await allRows()).toMatchObject([
          { row: 1, machineId: machineId(1), outcome: 'not-sent', attempts: 0, firstSentAt: null, settledAt: null },
          { row: 2, outcome: 'invalid', message: 'empty' },
          { row: 3, outcome: 'not-sent', deviceName: 'pc3', file: 'list.csv', line: 4 },
        ]);
        expect(await state.callCounts(RUN)).toEqual({ calls: 2, open: 2 });
      });

      it('knows what ensure runs did and listed, and forgets no run that did something', async () => {
        const ensure = { settings: { ensure: ['true'] }, status: 'done' } as const;
        await state.createRun(aRun({ ...ensure, id: 'r-1', createdAt: 1 }), rows(3));
        for (const row of [1, 2]) await state.settle('r-1', row, { outcome: 'created', actionId: `a${row}` }, T0);
        await state.settle('r-1', 3, { outcome: 'refused' }, T0);
        await state.createRun(aRun({ ...ensure, id: 'r-2', createdAt: 2 }), [aRow(1, { skip: 'already-applied' }), aRow(3)]);
        await state.settle('r-2', 3, { outcome: 'unknown' }, T0);
        await state.createRun(aRun({ ...ensure, id: 'r-3', createdAt: 3 }), [aRow(3, { skip: 'already-applied' })]);
        await state.createRun(aRun({ status: 'done', id: 'r-plain', createdAt: 3 }), rows(2));
        await state.settle('r-plain', 2, { outcome: 'created', actionId: 'b' }, T0);
        const known = await state.ensured({ job: 'restrict', tenant: 'contoso' });
        expect(known.toSorted((a, b) => (a.machineId < b.machineId ? -1 : 1))).toEqual([
          { machineId: machineId(1), actionIds: ['a1'], lastRun: 'r-2' },
          { machineId: machineId(2), actionIds: ['a2'], lastRun: 'r-1' },
          { machineId: machineId(3), actionIds: [], lastRun: 'r-3' },
        ]);
        expect(await state.ensured({ job: 'restrict', tenant: 'fabrikam' })).toEqual([]);
        expect((await state.prune(10)).toSorted()).toEqual(['r-3', 'r-plain']);
      });

      it('opens rows whose actions ended, keeps those actions as earlier ones, and forgets no attempt', async () => {
        await state.createRun(aRun(), [
          aRow(1),
          aRow(2),
          aRow(3),
          aRow(4, { skip: 'already-in-progress', action: { id: 'x', status: 'TimeOut' } }),
        ]);
        await state.lockRun(RUN);
        const server = () => ({ earliest: T0, latest: T0 });
        await state.endAttempt(await begin(1, T0, { server }), {
          at: T0,
          answer: null,
          verdict: 'settled',
          settlement: { outcome: 'created', actionId: 'a1' },
        });
        // Its answer was lost, and a list showed the action.
        await state.endAttempt(await begin(2, T0, { server }), { at: T0, answer: null, verdict: 'ambiguous' });
        await state.settle(RUN, 2, { outcome: 'created', actionId: 'a2' }, T0);
        await state.settle(RUN, 3, { outcome: 'refused' }, T0);
        expect(await state.reissue(RUN, [1, 2, 3, 4])).toBe(2);
        expect(await state.earlierActions(RUN)).toEqual(['a1', 'a2']);
        expect(await state.confirmedActions(RUN)).toEqual([]);
        expect(await open()).toEqual([1, 2].map((row) => ({ row, machineId: machineId(row), doubt: null })));
        expect((await allRows()).slice(0, 2)).toMatchObject(
          [1, 2].map(() => ({ outcome: 'unknown', message: expect.stringContaining('ended'), attempts: 1, actionId: null })),
        );
        const late = { earliest: T0 + 500_000, latest: T0 + 500_000 };
        await begin(2, T0 + 500_000, { server: () => late });
        expect((await open())[1]?.doubt).toMatchObject({ begun: late.earliest });
        await state.settle(RUN, 1, { outcome: 'created', actionId: 'b1' }, T0);
        expect(await state.reissue(RUN, [1])).toBe(1);
        expect((await state.earlierActions(RUN)).toSorted()).toEqual(['a1', 'a2', 'b1']);
      });

      it('gives calls by their places where they have some, up to one of them if need be', async () => {
        const placed = [3, 1, undefined, 2].map((position, i) =>
          aRow(i + 1, position === undefined ? { skip: 'excluded' } : { position, input: { at: String(position) } }),
        );
        await state.createRun(aRun({ released: 1 }), placed);
        expect((await open()).map(({ row }) => row)).toEqual([2, 4, 1]);
        expect((await Array.fromAsync(state.openCalls(RUN, 2))).map(({ row }) => row)).toEqual([2, 4]);
        expect(await state.callCounts(RUN, 2)).toEqual({ calls: 2, open: 2 });
        expect(await state.callCounts(RUN)).toEqual({ calls: 3, open: 3 });
        expect((await allRows()).map(({ row, position }) => [row, position])).toEqual([
          [1, 3],
          [2, 1],
          [3, undefined],
          [4, 2],
        ]);
        await state.settle(RUN, 2, { outcome: 'created', actionId: 'a' }, T0);
        expect((await Array.fromAsync(state.openCalls(RUN, 2))).map(({ row }) => row)).toEqual([4]);
        expect((await state.run(RUN))?.released).toBe(1);
        await state.updateRun(RUN, { released: 3 });
        await state.updateRun(RUN, { note: 'x' });
        expect((await state.run(RUN))?.released).toBe(3);
      });

      it('gives thousands of placed calls, each once, in order', async () => {
        const count = 2500;
        await state.createRun(
          aRun(),
          Array.from({ length: count }, (_, i) => aRow(i + 1, { position: count - i })),
        );
        expect((await open()).map(({ row }) => row)).toEqual(Array.from({ length: count }, (_, i) => count - i));
      });

      it('keeps the action because of which a row is in progress', async () => {
        const action = { id: 'a9', status: 'Pending' };
        await state.createRun(aRun(), [aRow(1, { skip: 'already-in-progress', message: 'open action', action })]);
        expect(await allRows()).toMatchObject([
          { outcome: 'already-in-progress', actionId: 'a9', actionStatus: 'Pending', message: 'open action', attempts: 0 },
        ]);
        expect(await state.callCounts(RUN)).toEqual({ calls: 0, open: 0 });
      });

      it('counts a job’s calls in a tenant over all runs: those sent since, and those still open', async () => {
        const since = T0;
        const run = (id: string, more: Partial<Run>, count: number) => state.createRun(aRun({ id, createdAt: T0, ...more }), rows(count));
        await run(RUN, {}, 4);
        await run('r-done', { status: 'done' }, 1);
        await run('r-old', { createdAt: T0 - 1 }, 1);
        await run('r-other-job', { job: 'unrestrict' }, 1);
        await run('r-other-tenant', { tenant: 'fabrikam' }, 1);
        await state.lockRun(RUN);
        await sent(1, T0 - 10);
        await sent(2, T0);
        await sent(2, T0 + 20_000);
        const unsent = await begin(3, T0 + 20_030);
        await state.endAttempt(unsent, { at: T0 + 20_030, answer: null, verdict: 'not-sent' });
        expect(await state.callsOfJob({ job: 'restrict', tenant: 'contoso', since })).toEqual({ sent: 1, open: 2 });
        await state.settle(RUN, 3, { outcome: 'created' }, T0 + 20_040);
        expect(await state.callsOfJob({ job: 'restrict', tenant: 'contoso', since: T0 - 10 })).toEqual({ sent: 2, open: 2 });
      });

      it('hands out thousands of open calls in order', async () => {
        await state.createRun(aRun(), rows(2500));
        expect((await open()).map(({ row }) => row)).toEqual(Array.from({ length: 2500 }, (_, i) => i + 1));
      });

      it('lists runs newest first with their outcomes', async () => {
        await state.createRun(aRun({ id: 'r-1', createdAt: 1 }), [aRow(1), aRow(2, { skip: 'duplicate' })]);
        await state.createRun(aRun({ id: 'r-2', createdAt: 2 }), []);
        const clockOffsetMs = 7_200_000;
        const observed = { ...NOTHING_OBSERVED, clockOffsetMs };
        await state.updateRun('r-1', { status: 'done', exitCode: 3, finishedAt: 9, note: 'why', observed });
        expect((await state.run('r-1'))?.observed).toEqual(observed);
        expect(await state.runs()).toMatchObject([
          { id: 'r-2', machines: 0, outcomes: {}, active: false, status: 'running' },
          { id: 'r-1', machines: 2, outcomes: { duplicate: 1, 'not-sent': 1 }, status: 'done', exitCode: 3, finishedAt: 9, note: 'why' },
        ]);
      });
    });

    describe('actions after they were accepted', () => {
      const created = (row: number, more: object = {}) =>
        state.settle(RUN, row, { outcome: 'created', actionId: `a${row}`, actionStatus: 'Pending', ...more }, T0 + row);
      const saw = (row: number, status: string, at: number, actionId = `a${row}`) => {
        const endedAt = ['Succeeded', 'Failed', 'TimeOut', 'Cancelled'].includes(status) ? at : null;
        return { row, actionId, status, at, endedAt };
      };

      it('names the actions that rows wait for: created ones, and those that were open before', async () => {
        const action = { id: 'a2', status: 'InProgress' };
        const skip = 'already-in-progress';
        await state.createRun(aRun(), [aRow(1), aRow(2, { skip, action }), aRow(3, { skip: 'invalid' }), aRow(4), aRow(5)]);
        await created(1);
        await state.settle(RUN, 4, { outcome: 'refused' }, T0);
        const own = { row: 1, machineId: machineId(1), actionId: 'a1', status: 'Pending', isOwn: true, settledAt: T0 + 1, lastSeen: null };
        const other = {
          row: 2,
          machineId: machineId(2),
          actionId: 'a2',
          status: 'InProgress',
          isOwn: false,
          settledAt: null,
          lastSeen: null,
        };
        expect(await state.followedActions(RUN, 'all')).toEqual([own, other]);
        expect(await state.statusCounts(RUN)).toEqual({ Pending: 1, InProgress: 1 });
        await state.recordStatuses(RUN, [saw(2, 'Succeeded', 9)]);
        expect(await state.followedActions(RUN, 'open')).toEqual([own]);
      });

      it('keeps statuses with their times, and each change once', async () => {
        await state.createRun(aRun(), rows(3));
        for (const row of [1, 2, 3]) await created(row);
        expect(await state.recordStatuses(RUN, [saw(1, 'InProgress', 10), saw(2, 'Pending', 10), saw(3, 'Odd', 11)])).toEqual([1, 3]);
        expect(await state.recordStatuses(RUN, [saw(1, 'InProgress', 12), saw(3, 'Failed', 13)])).toEqual([3]);
        expect(await allRows()).toMatchObject([
          { actionStatus: 'InProgress' },
          { actionStatus: 'Pending' },
          { actionStatus: 'Failed', actionEndedAt: 13 },
        ]);
        expect(await Array.fromAsync(state.statusChanges(RUN))).toEqual([
          { row: 1, status: 'InProgress', at: 10 },
          { row: 3, status: 'Odd', at: 11 },
          { row: 3, status: 'Failed', at: 13 },
        ]);
      });

      it('takes no end back, and nothing for a row that has another action by now', async () => {
        await state.createRun(aRun(), rows(2));
        await created(1);
        await created(2, { actionStatus: 'Succeeded' });
        await state.recordStatuses(RUN, [saw(1, 'TimeOut', 10), saw(2, 'Pending', 10)]);
        expect(await state.recordStatuses(RUN, [saw(1, 'Pending', 20), saw(1, 'Succeeded', 21), saw(2, 'Failed', 5, 'a9')])).toEqual([]);
        expect(await state.recordStatuses(RUN, [saw(2, 'Succeeded', 30)])).toEqual([]);
        expect(await allRows()).toMatchObject([
          { actionStatus: 'TimeOut', actionEndedAt: 10 },
          { actionStatus: 'Succeeded', actionEndedAt: 30 },
        ]);
      });

      it('forgets how an action ended when its row is called again', async () => {
        await state.createRun(aRun(), rows(1));
        await created(1);
        await state.recordStatuses(RUN, [saw(1, 'TimeOut', 10)]);
        await state.reopen(RUN, { outcomes: ['created'] });
        expect((await allRows())[0]).toMatchObject({ actionStatus: null });
        await created(1, { actionId: 'b1' });
        expect((await allRows())[0]).toMatchObject({ actionId: 'b1', actionStatus: 'Pending' });
        expect((await allRows())[0]?.actionEndedAt).toBeUndefined();
      });

      it('keeps what opposite actions did to those that Succeeded, until a later look finds nothing', async () => {
        await state.createRun(aRun(), rows(3));
        for (const row of [1, 2, 3]) await created(row);
        await state.recordStatuses(RUN, [saw(1, 'Succeeded', 10), saw(2, 'Succeeded', 10)]);
        const opposed = { kind: 'overtaken', words: 'an Isolate action of Zoë\'s "team" Succeeded after this one' } as const;
        const all = [1, 2, 3].map((row) => ({ row, actionId: `a${row}`, opposed }));
        await state.recordOpposed(RUN, [...all.slice(1), { row: 1, actionId: 'a9', opposed }]);
        expect((await allRows()).map((row) => row.opposed)).toEqual([undefined, opposed, undefined]);
        await state.recordOpposed(RUN, [{ row: 1, actionId: 'a1', opposed: { kind: 'revoked', words: 'x'.repeat(9000) } }]);
        expect((await allRows())[0]?.opposed).toEqual({ kind: 'revoked', words: 'x'.repeat(2000) });
        await state.recordOpposed(RUN, [
          { row: 1, actionId: 'a1', opposed: null },
          { row: 2, actionId: 'a2', opposed: null },
        ]);
        expect((await allRows()).map((row) => row.opposed)).toEqual([undefined, undefined, undefined]);
        await state.recordOpposed(RUN, []);
      });

      it('forgets what opposite actions did when a row is settled anew, opened or called again', async () => {
        await state.createRun(aRun(), rows(4));
        for (const row of [1, 2, 3, 4]) await created(row, { actionStatus: 'Succeeded' });
        const opposed = { kind: 'contested', words: 'open' } as const;
        await state.recordOpposed(
          RUN,
          [1, 2, 3, 4].map((row) => ({ row, actionId: `a${row}`, opposed })),
        );
        await created(1);
        await state.reopen(RUN, { rows: [2] });
        await state.reissue(RUN, [3]);
        expect((await allRows()).map((row) => row.opposed)).toEqual([undefined, undefined, undefined, opposed]);
        await state.reopen(RUN, { outcomes: ['created'] });
        await created(4, { actionStatus: 'Succeeded' });
        expect((await allRows())[3]?.opposed).toBeUndefined();
      });

      it('keeps when a machine was last seen', async () => {
        await state.createRun(aRun(), rows(2));
        await state.recordLastSeen(RUN, new Map([[machineId(2), '2026-11-20T08:00:00.5Z']]));
        expect((await allRows()).map(({ lastSeen }) => lastSeen)).toEqual([undefined, '2026-11-20T08:00:00.5Z']);
      });
    });

    it('keeps what a run is, and which run it is about', async () => {
      const undo = aRun({ id: 'r-undo', job: 'unrestrict', kind: 'undo', originRun: RUN });
      await state.createRun(undo, []);
      expect(await state.run('r-undo')).toEqual(undo);
      expect((await state.runs())[0]).toMatchObject({ kind: 'undo', originRun: RUN });
    });

    it('begins no attempt of a run that somebody asked to stop, until that is taken back', async () => {
      await state.createRun(aRun(), rows(2));
      await state.createRun(aRun({ id: 'r-other' }), rows(1));
      await state.lockRun(RUN);
      await state.lockRun('r-other');
      await state.askToStop(RUN, true);
      expect(await state.isStopAsked(RUN)).toBe(true);
      expect(await state.beginAttempt(intent(1, T0))).toMatchObject({ begun: false, because: 'stop' });
      await begin(1, T0, { runId: 'r-other' });
      await begin(1, T0 + 1, { runId: null, row: null });
      await state.askToStop(RUN, false);
      await begin(1, T0 + 2);
    });

    describe('attempts and verdicts', () => {
      beforeEach(async () => {
        await state.createRun(aRun(), rows(3));
        await state.lockRun(RUN);
      });

      it('settles a row in the step that records its answer', async () => {
        const attempt = await begin(1, T0);
        await state.endAttempt(attempt, {
          at: T0 + 200,
          answer: { kind: 'response', status: 201, body: '{}' },
          verdict: 'settled',
          settlement: { outcome: 'created', actionId: 'a1', actionStatus: 'Pending', deviceName: 'pc1', httpStatus: 201 },
        });
        expect((await allRows())[0]).toMatchObject({
          outcome: 'created',
          actionId: 'a1',
          actionStatus: 'Pending',
          deviceName: 'pc1',
          httpStatus: 201,
          attempts: 1,
          firstSentAt: T0,
          settledAt: T0 + 200,
        });
        expect((await open()).map(({ row }) => row)).toEqual([2, 3]);
        expect(await state.callCounts(RUN)).toEqual({ calls: 3, open: 2 });
      });

      it('leaves a row whose attempt has no answer in doubt until the attempt would have timed out', async () => {
        await begin(1, T0);
        const doubt = { begun: null, ended: null, isOver: false, isAccepted: false };
        expect((await open())[0]).toEqual({ row: 1, machineId: machineId(1), doubt });
        expect((await allRows())[0]).toMatchObject({ outcome: 'unknown', attempts: 1, message: expect.stringContaining('resume') });
      });

      it('keeps when an attempt began and would have timed out by the server’s clock', async () => {
        await begin(1, T0, { server: () => ({ earliest: 900_000.5, latest: 901_000.5 }) });
        expect((await open())[0]?.doubt).toEqual({
          begun: expect.closeTo(900_000, -1),
          ended: expect.closeTo(931_001, -1),
          isOver: false,
          isAccepted: false,
        });
      });

      it('keeps when an attempt ended by the server’s clock, and learns from its end when it began', async () => {
        const attempt = await begin(1, T0);
        const server = { begun: 900_000, ended: 905_000 };
        await state.endAttempt(attempt, { at: T0 + 100, server, answer: { kind: 'lost', reason: 'reset' }, verdict: 'ambiguous' });
        expect((await open())[0]?.doubt).toMatchObject({ begun: 900_000, ended: 905_000, isOver: true });
      });

      it('takes the first begin of all attempts and the last end of those in doubt, and none where one is not known', async () => {
        const lost = { answer: { kind: 'lost', reason: 'reset' }, verdict: 'ambiguous' } as const;
        const one = await begin(1, T0);
        await state.endAttempt(one, { at: T0, server: { begun: 100, ended: 200 }, ...lost });
        await state.ruleOut(RUN, 1, T0 + 1);
        const two = await begin(1, T0 + 2);
        await state.endAttempt(two, { at: T0 + 3, server: { begun: 300, ended: 400 }, ...lost });
        expect((await open())[0]?.doubt).toMatchObject({ begun: 100, ended: 400, isOver: true });
        await begin(1, T0 + 20_000);
        expect((await open())[0]?.doubt).toMatchObject({ begun: null, ended: null, isOver: false });
      });

      it('leaves a row with an ambiguous answer in doubt since that answer, until it is ruled out', async () => {
        const attempt = await begin(1, T0);
        await state.endAttempt(attempt, { at: T0 + 100, answer: { kind: 'lost', reason: 'reset' }, verdict: 'ambiguous' });
        expect((await open())[0]?.doubt).toMatchObject({ begun: null, ended: null, isOver: true });
        await state.ruleOut(RUN, 1, T0 + 9000);
        expect((await open())[0]?.doubt).toBeNull();
        expect((await allRows())[0]).toMatchObject({ outcome: 'unknown', attempts: 1, message: expect.stringContaining('without effect') });
      });

      it('keeps a row open that was settled as unknown, and in doubt', async () => {
        const attempt = await begin(1, T0);
        const unknown = { outcome: 'unknown', message: 'accepted without our tag' } as const;
        const answer = { kind: 'response', status: 201, body: '{}' } as const;
        await state.endAttempt(attempt, { at: T0 + 100, answer, verdict: 'accepted', settlement: unknown });
        expect((await open())[0]).toMatchObject({ row: 1, doubt: { isOver: true, isAccepted: true } });
        await state.ruleOut(RUN, 1, T0 + 200);
        expect((await open())[0]).toMatchObject({ row: 1, doubt: { isAccepted: true } });
        expect(await state.callCounts(RUN)).toEqual({ calls: 3, open: 3 });
        expect((await allRows())[0]).toMatchObject(unknown);
      });

      it.each([
        ['look', 'already-in-progress'],
        ['again', 'unknown'],
        ['turned-away', 'not-sent'],
      ] as const)('calls an open row whose attempt came to "%s" %s, alone and in the counts', async (verdict, outcome) => {
        const attempt = await begin(1, T0);
        await state.endAttempt(attempt, { at: T0 + 100, answer: { kind: 'response', status: 400, body: '{}' }, verdict });
        expect((await allRows())[0]).toMatchObject({ outcome, attempts: 1, settledAt: null });
        expect((await state.runs())[0]?.outcomes).toEqual(outcome === 'not-sent' ? { [outcome]: 3 } : { [outcome]: 1, 'not-sent': 2 });
        expect((await open())[0]).toMatchObject({ row: 1, doubt: null });
      });

      it('knows the run’s confirmed actions', async () => {
        await state.settle(RUN, 1, { outcome: 'created', actionId: 'a1' }, T0);
        await state.settle(RUN, 2, { outcome: 'already-in-progress', actionId: 'a2' }, T0);
        await state.settle(RUN, 3, { outcome: 'created', actionId: 'a3' }, T0);
        expect((await state.confirmedActions(RUN)).toSorted()).toEqual(['a1', 'a3']);
      });

      it('does not count what was surely not sent, neither for the row nor for the quota', async () => {
        for (const at of [T0, T0 + 1, T0 + 2, T0 + 3]) {
          const attempt = await begin(1, at);
          await state.endAttempt(attempt, { at, answer: { kind: 'no-connection', reason: 'refused' }, verdict: 'not-sent' });
        }
        expect((await allRows())[0]).toMatchObject({ outcome: 'not-sent', attempts: 0, firstSentAt: null });
        expect((await state.quotaUse('contoso/app/restrict', WINDOWS, () => T0 + 4)).countsFrom).toEqual([]);
      });

      it('settles by a list read, and opens settled rows again by outcome or by number', async () => {
        for (const [row, outcome] of [
          [1, 'failed'],
          [2, 'refused'],
          [3, 'created'],
        ] as const)
          await state.settle(RUN, row, { outcome, message: 'm' }, T0);
        expect(await state.reopen(RUN, { outcomes: ['failed', 'refused'] })).toBe(2);
        expect((await open()).map(({ row }) => row)).toEqual([1, 2]);
        expect(await state.reopen(RUN, { rows: [3] })).toBe(1);
        expect((await allRows())[2]).toMatchObject({ outcome: 'not-sent', message: null, settledAt: null });
      });

      it('takes back what it opens again by number as never asked for, and by outcome as sent', async () => {
        const refused = { outcome: 'refused', httpStatus: 403 } as const;
        for (const row of [1, 2]) {
          const attempt = await begin(row, T0 + row);
          await state.endAttempt(attempt, { at: T0 + row, answer: null, verdict: 'settled', settlement: refused });
        }
        await state.reopen(RUN, { rows: [1] });
        await state.reopen(RUN, { outcomes: ['refused'] });
        expect((await allRows()).map(({ outcome }) => outcome)).toEqual(['not-sent', 'unknown', 'not-sent']);
      });

      it('keeps the plan’s note when a settlement says nothing', async () => {
        await state.createRun(aRun({ id: 'r-2' }), [aRow(1, { message: 'server' })]);
        await state.settle('r-2', 1, { outcome: 'created' }, T0);
        expect((await Array.fromAsync(state.rows('r-2')))[0]?.message).toBe('server');
      });
    });

    describe('the quota’s memory', () => {
      beforeEach(async () => {
        await state.createRun(aRun(), rows(20));
        await state.lockRun(RUN);
      });
      const wait = async (at: number, overrides: Partial<Intent> = {}): Promise<BeginResult> =>
        state.beginAttempt(intent(20, at, overrides));

      it('says how long to wait once a window is full, to the millisecond', async () => {
        for (const row of [1, 2, 3]) await sent(row, T0 + row);
        expect(await wait(T0 + 100)).toEqual({ begun: false, waitMs: 10_000 + MARGINS[0] + 1 - 100, because: 'quota' });
        expect(await wait(T0 + 1 + 10_000 + MARGINS[0] - 1)).toMatchObject({ begun: false, waitMs: 1 });
        expect(await wait(T0 + 1 + 10_000 + MARGINS[0])).toMatchObject({ begun: true });
      });

      it('counts the long window too', async () => {
        for (const row of [1, 2, 3]) await sent(row, T0);
        for (const row of [4, 5]) await sent(row, T0 + 20_000);
        expect(await wait(T0 + 40_000)).toEqual({ begun: false, waitMs: 60_000 + MARGINS[1], because: 'quota' });
      });

      it('counts an attempt without an answer as answered when it would have timed out', async () => {
        for (const row of [1, 2, 3]) await begin(row, T0);
        expect(await wait(T0 + 35_000)).toMatchObject({ begun: false, waitMs: 30_000 + 10_000 + MARGINS[0] - 35_000 });
        expect(await wait(T0 + 30_000 + 10_000 + MARGINS[0])).toMatchObject({ begun: true });
      });

      it('says to wait no longer than until units without an answer could be free, and tells the rest once they have theirs', async () => {
        const attempts = [await begin(1, T0), await begin(2, T0), await begin(3, T0)];
        expect(await wait(T0 + 1)).toEqual({ begun: false, waitMs: 10_000 + MARGINS[0], because: 'quota' });
        for (const attempt of attempts) await state.endAttempt(attempt, { at: T0 + 5, answer: null, verdict: 'again' });
        expect(await wait(T0 + 1 + 10_000 + MARGINS[0])).toEqual({ begun: false, waitMs: 4, because: 'quota' });
        expect(await wait(T0 + 5 + 10_000 + MARGINS[0])).toMatchObject({ begun: true });
      });

      it('says so of the long window too', async () => {
        const windows = [{ limit: 9, ms: 10_000 }, WINDOWS[1]];
        for (const row of [1, 2, 3, 4, 5]) await begin(row, T0, { windows });
        expect(await wait(T0 + 1, { windows })).toEqual({ begun: false, waitMs: 100_000 + MARGINS[1], because: 'quota' });
      });

      it('keeps every quota key to itself', async () => {
        for (const row of [1, 2, 3]) await sent(row, T0);
        expect(await wait(T0, { quotaKey: 'contoso/app/other' })).toMatchObject({ begun: true });
      });

      it('is one quota for two processes', async () => {
        const other = await world.open();
        await other.createRun(aRun({ id: 'r-other' }), rows(3));
        const lock = await other.lockRun('r-other');
        for (const row of [1, 2, 3]) await sent(row, T0);
        expect(await other.beginAttempt(intent(1, T0 + 1, { runId: 'r-other' }))).toMatchObject({ begun: false, because: 'quota' });
        await lock.release();
        await other.close();
      });

      it('leaves the next units to a run of high priority, as long as it is at work and takes them', async () => {
        const other = await world.open();
        await other.createRun(aRun({ id: 'r-high' }), rows(20));
        const lock = await other.lockRun('r-high');
        const high = (at: number): Promise<BeginResult> => other.beginAttempt(intent(1, at, { runId: 'r-high', priority: 'high' }));
        for (const row of [1, 2, 3]) await sent(row, T0);
        const free = T0 + 10_000 + MARGINS[0];
        expect(await high(T0 + 1)).toMatchObject({ begun: false, because: 'quota' });
        expect(await wait(free)).toEqual({ begun: false, waitMs: GRACE, because: 'priority' });
        // Another key is another quota.
        expect(await wait(free, { quotaKey: 'contoso/app/other' })).toMatchObject({ begun: true });
        expect(await high(free)).toMatchObject({ begun: true });
        expect(await wait(free + GRACE - 1)).toEqual({ begun: false, waitMs: 1, because: 'priority' });
        // It asks for nothing more: what it leaves is anybody's.
        expect(await wait(free + GRACE)).toMatchObject({ begun: true });
        expect(await high(free + GRACE)).toMatchObject({ begun: false, because: 'quota' });
        await lock.release();
        // Its process is gone, and its claim with it.
        expect(await wait(free + 100_000)).toMatchObject({ begun: true });
        await other.close();
      });

      it('tells from when each unit in use counts', async () => {
        await sent(1, T0);
        await begin(2, T0 + 5);
        expect(await state.quotaUse('contoso/app/restrict', WINDOWS, () => T0 + 10)).toEqual({
          countsFrom: [T0, T0 + 30_005],
          pausedUntil: null,
        });
      });

      it('honours a pause in every process, and never shortens it', async () => {
        await state.pause('contoso/app/restrict', T0 + 8000);
        await state.pause('contoso/app/restrict', T0 + 2000);
        expect(await wait(T0)).toEqual({ begun: false, waitMs: 8000, because: 'pause' });
        expect((await state.quotaUse('contoso/app/restrict', WINDOWS, () => T0)).pausedUntil).toBe(T0 + 8000);
        expect(await wait(T0 + 8000)).toMatchObject({ begun: true });
      });

      it('re-dates what lies in the future once the clock was set back: at most one window of waiting, and no overspending', async () => {
        for (const row of [1, 2, 3]) await sent(row, T0);
        await state.pause('contoso/app/restrict', T0 + 5000);
        const back = T0 - 3_600_000;
        expect(await wait(back)).toEqual({ begun: false, waitMs: 100_000, because: 'pause' });
        expect(await wait(back + 100_000)).toMatchObject({ begun: true });
      });
      it('does not hand out the units of the future again after the clock was set back', async () => {
        for (const row of [1, 2, 3]) await sent(row, T0);
        const back = T0 - 3_600_000;
        expect(await wait(back)).toEqual({ begun: false, waitMs: 10_000 + MARGINS[0], because: 'quota' });
        expect(await wait(back + 5000)).toEqual({ begun: false, waitMs: 5000 + MARGINS[0], because: 'quota' });
      });
    });

    describe('what the quota counted', () => {
      const attempts = async (): Promise<[number, number, boolean][]> =>
        (await Array.fromAsync(state.attempts(RUN, 100_000))).map(({ begunAt, countsFrom, own }) => [begunAt - T0, countsFrom - T0, own]);
      beforeEach(async () => {
        await state.createRun(aRun(), rows(20));
        await state.createRun(aRun({ id: 'r-other' }), rows(20));
        await state.lockRun(RUN);
        await state.lockRun('r-other');
      });
      const answered = async (row: number, at: number, overrides: Partial<Intent> = {}): Promise<void> =>
        state.endAttempt(await begin(row, at, overrides), { at: at + 200, answer: null, verdict: 'again' });

      it('is told with every retry, in order, and until when an open one counts', async () => {
        await answered(2, T0);
        await answered(1, T0 + 300);
        await begin(2, T0 + 20_000);
        expect(await attempts()).toEqual([
          [0, 200, true],
          [300, 500, true],
          [20_000, 50_000, true],
        ]);
      });

      it('holds other runs on the same quota while this one sent, and what still counted then', async () => {
        await answered(1, T0 - 200_000, { runId: 'r-other' });
        await answered(2, T0 - 50_000, { runId: 'r-other' });
        await answered(1, T0);
        await answered(3, T0 + 300, { runId: 'r-other' });
        await answered(6, T0 + 600);
        await answered(4, T0 + 90_000, { runId: 'r-other' });
        await answered(5, T0 + 300, { runId: 'r-other', quotaKey: 'contoso/app/other' });
        expect(await attempts()).toEqual([
          [-50_000, -49_800, false],
          [0, 200, true],
          [300, 500, false],
          [600, 800, true],
        ]);
      });

      it('leaves out what surely was not sent, and is empty for a run that sent nothing', async () => {
        expect(await attempts()).toEqual([]);
        const attempt = await begin(1, T0);
        await state.endAttempt(attempt, { at: T0, answer: { kind: 'no-connection', reason: 'refused' }, verdict: 'not-sent' });
        expect(await attempts()).toEqual([]);
      });
    });

    describe('the lock of a run', () => {
      beforeEach(async () => state.createRun(aRun(), rows(1)));

      it('lets one process at a time work on a run', async () => {
        const other = await world.open();
        const lock = await state.lockRun(RUN);
        await expect(other.lockRun(RUN)).rejects.toThrow(RunBusyError);
        expect((await other.runs())[0]?.active).toBe(true);
        await lock.release();
        expect((await other.runs())[0]?.active).toBe(false);
        await (await other.lockRun(RUN)).release();
        await other.close();
      });

      it('is needed to begin an attempt for the run', async () => {
        await expect(state.beginAttempt(intent(1, T0))).rejects.toThrow('lock');
      });

      it('is not needed for reads that belong to no run', async () => {
        expect(await state.beginAttempt(intent(1, T0, { runId: null, row: null }))).toMatchObject({ begun: true });
      });
    });

    it('forgets finished runs that are old, and only those', async () => {
      await state.createRun(aRun({ id: 'r-old', createdAt: 1, status: 'done' }), rows(1));
      await state.createRun(aRun({ id: 'r-open', createdAt: 1 }), rows(1));
      await state.createRun(aRun({ id: 'r-new', createdAt: 1000, status: 'done' }), rows(1));
      expect(await state.prune(500)).toEqual(['r-old']);
      expect((await state.runs()).map(({ id }) => id).sort()).toEqual(['r-new', 'r-open']);
    });
  });
}
