import { describe, expect, it } from 'vitest';
import { start } from '../../src/index.ts';
import { statusIn } from '../../src/run/status.ts';
import { machineId } from '../support/builders.ts';
import { opened } from '../support/session.ts';

const ids = [1, 2].map(machineId);
const confirm = async () => ({ yes: true }) as const;
const QUICK = { speed: 60, actionMs: [1, 2] as const, machines: ids };

describe('what is in force on the machines of a run', () => {
  it('is compared with hunting where the run isolates', async () => {
    const { session, emulator } = await opened({ ...QUICK, offline: [machineId(2)] });
    const { run } = await start(session, { job: 'isolate', machines: ids, confirm });
    while (emulator.actions().every(({ status }) => status !== 'Succeeded')) await new Promise((resolve) => void setTimeout(resolve, 5));
    const { held, counts, notes } = await statusIn(session, run);
    expect(held.map(({ state }) => state)).toEqual(['in-force', 'pending']);
    expect(counts.states).toMatchObject({ 'in-force': 1, pending: 1 });
    expect(notes).toEqual([]);
  });

  it('stands alone where hunting gives no answer, and says so', async () => {
    const { session } = await opened({ ...QUICK, huntingBytes: 1 });
    const { run } = await start(session, { job: 'isolate', machines: ids, confirm });
    const { held, notes } = await statusIn(session, run);
    expect(held).toHaveLength(2);
    expect(notes).toEqual([expect.stringContaining('hunting (DeviceInfo.MitigationStatus) was not compared')]);
  });
});
