import { join } from 'node:path';
import { onTestFinished, describe, expect, it } from 'vitest';
import { Secrets } from '../../src/core/secrets.ts';
import { startEmulator } from '../../src/emulator/server.ts';
import { runsOfSchedule } from '../../src/run/scheduled.ts';
import { settingsFrom } from '../../src/settings/settings.ts';
import { MemoryState } from '../../src/state/memory.ts';
import { machineId } from '../support/builders.ts';
import { scratch } from '../support/cli.ts';

const AT = Date.UTC(2026, 10, 26, 2);
const signal = new AbortController().signal;

async function aWorker() {
  const emulator = await startEmulator({});
  const folder = scratch();
  onTestFinished(async () => {
    await emulator.close();
    folder[Symbol.dispose]();
  });
  const said: object[] = [];
  const ignore = (): void => {};
  const log = { debug: ignore, info: ignore, warn: ignore, error: (fields: object) => void said.push(fields) };
  const own = { CORDON_STATE: join(folder.path, 'state.db') };
  const env = { ...own, CORDON_ACCESS_TOKEN: 'opaque-token', CORDON_API_URL: emulator.url, AZURE_TENANT_ID: 'contoso.com' };
  const state = new MemoryState();
  const tools = { env, log, secrets: new Secrets(), listener: ignore };
  const makeRuns = runsOfSchedule({ state, settings: settingsFrom({ flags: {}, env }), tenants: undefined, tools });
  return { state, said, makeRuns, folder, emulator };
}

describe('what a schedule makes', () => {
  it('is one run for an occasion, however often it is asked for, and another for the next', async () => {
    const { state, makeRuns, folder, emulator } = await aWorker();
    const list = folder.file('list.txt', `${machineId(1)}\n${machineId(2)}`);
    const request = { jobName: 'restrict', lists: [list], flags: { comment: ['nightly'], yes: ['true'] }, jobFlags: {} };
    const made = await makeRuns(request, { id: 'one', at: AT }, signal);
    expect(made).toMatchObject([{ id: expect.stringMatching(/^r-20261126-020000-[a-z0-9]{4}$/), tenant: 'contoso.com', job: 'restrict' }]);
    expect(await makeRuns(request, { id: 'one', at: AT }, signal)).toMatchObject([{ id: made[0]?.id }]);
    await makeRuns(request, { id: 'two', at: AT }, signal);
    expect((await state.runs()).map(({ comment, machines, outcomes }) => [comment, machines, outcomes])).toEqual([
      ['nightly', 2, { 'not-sent': 2 }],
      ['nightly', 2, { 'not-sent': 2 }],
    ]);
    expect(emulator.actions()).toEqual([]);
  });

  it('is nothing where the list has grown beyond its limit: that is said, and not tried again', async () => {
    const { state, said, makeRuns, folder } = await aWorker();
    const list = folder.file('list.txt', `${machineId(1)}\n${machineId(2)}`);
    const flags = { comment: ['nightly'], yes: ['true'], maxTargets: ['1'] };
    expect(await makeRuns({ jobName: 'restrict', lists: [list], flags, jobFlags: {} }, { id: 'one', at: AT }, signal)).toEqual([]);
    expect(said).toMatchObject([{ event: 'schedule.failed', exitCode: 6, why: expect.stringContaining('--max-targets is 1') }]);
    expect(await state.runs()).toEqual([]);
  });
});
