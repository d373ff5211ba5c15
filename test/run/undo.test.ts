import { describe, expect, it } from 'vitest';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { start, type RunRow, type Session } from '../../src/index.ts';
import { cancelActions } from '../../src/run/cancel-actions.ts';
import { cancelIn } from '../../src/run/cancel.ts';
import { followIn } from '../../src/run/follow.ts';
import { resumeIn } from '../../src/run/resume.ts';
import { statusIn } from '../../src/run/status.ts';
import { undoIn } from '../../src/run/undo.ts';
import type { RunningEmulator } from '../../src/emulator/server.ts';
import { aRow, aRun, machineId } from '../support/builders.ts';
import { opened } from '../support/session.ts';

const ids = (count: number, from = 1): string[] => Array.from({ length: count }, (_, i) => machineId(from + i));
const yes = async () => ({ yes: true }) as const;
const restrict = (session: Session, machines: string[]) => start(session, { job: 'restrict', machines, confirm: yes });
const rowsOf = (session: Session, runId: string): Promise<RunRow[]> => Array.fromAsync(session.state.rows(runId));
const typed = (emulator: RunningEmulator, type: string): string[] =>
  emulator
    .actions()
    .filter((action) => action.type === type && action.requestorComment.startsWith('[cordon'))
    .map((action) => action.machineId)
    .sort();

/** An action that somebody else asks for by hand. */
async function post(emulator: RunningEmulator, machine: string, segment: string, comment: string): Promise<string> {
  const answer = await fetch(`${emulator.url}/api/machines/${machine}/${segment}`, {
    method: 'POST',
    headers: { authorization: 'Bearer other', 'content-type': 'application/json' },
    body: JSON.stringify({ Comment: comment }),
  });
  expect(answer.status).toBe(201);
  const { id }: { id: string } = JSON.parse(await answer.text());
  return id;
}
const byHand = (emulator: RunningEmulator, machine: string, segment: string) => post(emulator, machine, segment, 'by hand');
const tick = (): Promise<void> => new Promise((resolve) => void setTimeout(resolve, 5));
const settled = async (emulator: RunningEmulator): Promise<void> => {
  while (emulator.actions().some(({ status }) => status === 'Pending' || status === 'InProgress')) await tick();
};
const QUICK = { speed: 600, actionMs: [1, 3] } as const;

describe('undo', () => {
  it('releases exactly what the run created: not what others restrict, nor what is released already', async () => {
    const { session, emulator, again } = await opened({ ...QUICK, machines: ids(9) });
    await byHand(emulator, machineId(1), 'restrictCodeExecution');
    await settled(emulator);
    // 1 was restricted by somebody before; the run calls it all the same.
    const { run } = await restrict(await again({ again: true }), ids(6));
    await settled(emulator);
    await byHand(emulator, machineId(2), 'unrestrictCodeExecution');
    await byHand(emulator, machineId(3), 'restrictCodeExecution');
    await byHand(emulator, machineId(9), 'restrictCodeExecution');
    await settled(emulator);
    const ending = await undoIn(session, run, yes);
    expect(ending).toMatchObject({ exitCode: 0, run: { job: 'unrestrict', kind: 'undo', originRun: run.id } });
    expect(typed(emulator, 'UnrestrictCodeExecution')).toEqual([4, 5, 6].map(machineId));
    expect((await rowsOf(session, ending.run.id)).map(({ outcome }) => outcome)).toEqual([
      'excluded',
      'already-applied',
      'excluded',
      'created',
      'created',
      'created',
    ]);
    await settled(emulator);
    const restricted = emulator.inForce().filter((machine) => machine.restricted);
    expect(restricted.map((machine) => machine.machineId).sort()).toEqual([1, 3, 9].map(machineId));
    expect((await session.state.runs())[0]).toMatchObject({ kind: 'undo', originRun: run.id });
  });

  it('does nothing a second time, and is not itself undone', async () => {
    const { session, emulator } = await opened({ ...QUICK, machines: ids(3) });
    const { run } = await restrict(session, ids(3));
    await settled(emulator);
    const first = await undoIn(session, run, yes);
    const second = await undoIn(session, run, yes);
    expect(second.summary?.outcomes).toEqual({ 'already-applied': 3 });
    expect(typed(emulator, 'UnrestrictCodeExecution')).toHaveLength(3);
    await expect(undoIn(session, first.run, yes)).rejects.toThrow(`it is the undo of ${run.id}`);
  });

  it('cancels what has not ended instead, by id, and nobody else’s', async () => {
    const offline = [machineId(2), machineId(3)];
    const { session, emulator, again } = await opened({ ...QUICK, machines: ids(3), offline, duplicates: 'stack' });
    await byHand(emulator, machineId(3), 'restrictCodeExecution');
    const { run } = await restrict(await again({ again: true }), ids(3));
    await followIn(await again({ timeout: '1ms' }), run);
    const ending = await undoIn(session, run, yes);
    expect(ending.summary?.outcomes).toEqual({ created: 1, 'already-applied': 2 });
    expect(typed(emulator, 'UnrestrictCodeExecution')).toEqual([machineId(1)]);
    const open = emulator.actions().filter(({ status }) => status === 'Pending');
    expect(open.map(({ requestorComment }) => requestorComment)).toEqual(['by hand']);
    expect((await rowsOf(session, run.id)).map(({ actionStatus }) => actionStatus)).toEqual(['Succeeded', 'Cancelled', 'Cancelled']);
    const kinds = (await session.state.runs()).map(({ kind, originRun }) => [kind, originRun]);
    expect(kinds).toEqual([
      ['undo', run.id],
      ['cancel', run.id],
      [undefined, undefined],
    ]);
  });

  it('goes on with an undo that was interrupted, and calls no machine twice', async () => {
    const { session, emulator, again } = await opened({ ...QUICK, machines: ids(60), latencyMs: [1, 3] });
    const { run } = await restrict(session, ids(60));
    await settled(emulator);
    const stop = new AbortController();
    const dying = await again({ concurrency: 1 }, stop.signal);
    const { state } = dying;
    let settledCalls = 0;
    const counting = {
      ...dying,
      tools: {
        ...dying.tools,
        listener: (event: { kind: string }) => {
          if (event.kind === 'settled' && ++settledCalls === 7) stop.abort();
        },
      },
    };
    const broken = await undoIn(counting, run, yes);
    expect(broken.run.status).toBe('interrupted');
    expect((await state.callCounts(broken.run.id)).open).toBeGreaterThan(0);
    await expect(resumeIn(session, run.id)).rejects.toThrow(`was taken back by run ${broken.run.id}`);
    const ended = await undoIn(session, run, yes);
    expect(ended).toMatchObject({ exitCode: 0, run: { id: broken.run.id } });
    expect(typed(emulator, 'UnrestrictCodeExecution')).toEqual(ids(60));
  });

  it('looks unknown rows up first', async () => {
    const { session, emulator, again } = await opened({ ...QUICK, machines: ids(3) }, { readLag: '50ms' });
    const { identity, host, state } = session;
    const run = aRun({ ...identity, host, createdAt: Date.now(), status: 'interrupted', settings: {} });
    await state.createRun(
      run,
      [1, 2, 3].map((n) => aRow(n)),
    );
    // What a process leaves behind that was killed before the answer for row 2 came, and before it sent row 3.
    for (const n of [1, 2]) {
      const lock = await state.lockRun(run.id);
      const intent = { runId: run.id, row: n, quotaKey: 'q', windows: [{ limit: 9, ms: 9 }], now: Date.now, timeoutMs: 1 };
      expect(await state.beginAttempt(intent)).toMatchObject({ begun: true });
      await lock.release();
      const id = await post(emulator, machineId(n), 'restrictCodeExecution', `[cordon ${run.id}] INC-7`);
      if (n === 1) await state.settle(run.id, n, { outcome: 'created', actionId: id, actionStatus: 'Pending' }, Date.now());
    }
    await settled(emulator);
    const ending = await undoIn(await again(), run, yes);
    expect(ending.exitCode).toBe(0);
    expect(typed(emulator, 'UnrestrictCodeExecution')).toEqual(ids(2));
    expect((await rowsOf(session, run.id)).map(({ outcome }) => outcome)).toEqual(['created', 'created', 'not-sent']);
  });
});

describe('cancel', () => {
  it('cancels the run’s own open actions, and says which ended first', async () => {
    const offline = [machineId(2)];
    const { session, emulator } = await opened({ ...QUICK, machines: ids(3), offline, inProgress: [machineId(3)] });
    const { run } = await restrict(session, ids(3));
    const told = await cancelIn(session, run, undefined);
    expect(told).toMatchObject({ done: undefined, exitCode: 0 });
    expect(emulator.actions().filter(({ status }) => status === 'Cancelled')).toEqual([]);
    const ending = await cancelIn(session, run, yes);
    expect(ending.exitCode).toBe(0);
    const results = ending.done?.actions.map(({ action, kind }) => [action.machineId, kind]);
    expect(results).toContainEqual([machineId(2), 'cancelled']);
    const cancelled = emulator.actions().filter(({ status }) => status === 'Cancelled');
    expect(cancelled.map((action) => [action.machineId, action.cancellationComment])).toEqual([
      [machineId(2), `[cordon ${ending.done?.run.id}] INC-7`],
    ]);
    expect(emulator.actions().find(({ machineId: id }) => id === machineId(3))?.status).not.toBe('Cancelled');
    expect((await rowsOf(session, run.id))[1]).toMatchObject({ actionStatus: 'Cancelled' });
  });

  it('says which ended first', async () => {
    const { session, emulator } = await opened({ ...QUICK, machines: ids(2), failing: [machineId(2)] });
    const { run } = await restrict(session, ids(2));
    const open = await session.state.followedActions(run.id, 'open');
    await settled(emulator);
    const { actions, run: record } = await cancelActions(run, open, 'INC-7', session);
    expect(actions.map(({ kind, status }) => [kind, status])).toEqual([
      ['ended', 'Succeeded'],
      ['ended', 'Failed'],
    ]);
    expect(record).toMatchObject({ kind: 'cancel', originRun: run.id, status: 'done', exitCode: 0 });
    expect((await rowsOf(session, run.id)).map(({ actionStatus }) => actionStatus)).toEqual(['Succeeded', 'Failed']);
    await expect(resumeIn(session, record.id)).rejects.toThrow(`cancels actions of ${run.id}`);
  });
});

describe('follow', { timeout: 30_000 }, () => {
  it('tells how each action ended, with statuses and their times in state and reports', async () => {
    const inProgress = [machineId(2)];
    const { session, emulator, folder, events, again } = await opened({ ...QUICK, machines: ids(4), failing: [machineId(4)], inProgress });
    const { run } = await restrict(session, ids(4));
    while (emulator.actions().filter(({ status }) => status === 'Succeeded' || status === 'Failed').length < 3) await tick();
    const ending = await followIn(await again({ timeout: '1ms' }), run);
    expect(ending).toMatchObject({
      exitCode: 3,
      standings: { confirmed: 2, pending: 1, failed: 1 },
      pending: [{ machineId: machineId(2) }],
    });
    const rows = await rowsOf(session, run.id);
    expect(rows.map(({ outcome, actionStatus }) => [outcome, actionStatus])).toEqual([
      ['created', 'Succeeded'],
      ['already-in-progress', expect.stringMatching(/^(Pending|InProgress)$/)],
      ['created', 'Succeeded'],
      ['created', 'Failed'],
    ]);
    for (const row of rows.filter(({ outcome }) => outcome === 'created')) {
      const action = emulator.actions().find(({ id }) => id === row.actionId);
      expect(row.actionEndedAt).toBe(Date.parse(action?.lastUpdateDateTimeUtc ?? ''));
    }
    expect(await readFile(join(folder, run.id, 'report.csv'), 'utf8')).toContain('Succeeded');
    expect(events.filter(({ kind }) => kind === 'status-changed')).toHaveLength(3);
  });

  it('ends with 4 at its time-out, and knows when the machines were last seen that keep it waiting', async () => {
    const { session, again } = await opened({ ...QUICK, machines: ids(3), offline: [machineId(2)] });
    const { run } = await restrict(session, ids(3));
    const ending = await followIn(await again({ timeout: '10ms' }), run);
    expect(ending).toMatchObject({ exitCode: 4, standings: { pending: 1 }, pending: [{ machineId: machineId(2) }] });
    expect(ending.pending[0]?.lastSeen).toMatch(/^\d{4}-/);
    const status = await statusIn(session, run);
    expect(status.counts.states).toMatchObject({ 'in-force': 2, pending: 1 });
    expect(status.held[1]).toMatchObject({ state: 'pending', lastSeen: expect.stringMatching(/^\d{4}-/) });
  });

  it('is part of a run with --wait', async () => {
    const { session, emulator, again } = await opened({ ...QUICK, machines: ids(5), failing: [machineId(5)], listLagMs: 30 });
    const ending = await restrict(await again({ wait: true }), ids(5));
    expect(ending.exitCode).toBe(3);
    expect(ending.summary?.statuses).toEqual({ Succeeded: 4, Failed: 1 });
    expect((await session.state.run(ending.run.id))?.exitCode).toBe(3);
    const statuses = Object.fromEntries(emulator.actions().map(({ id, status }) => [id, status]));
    for (const { actionId, actionStatus } of await rowsOf(session, ending.run.id)) expect(actionStatus).toBe(statuses[actionId ?? '']);
  });
});
