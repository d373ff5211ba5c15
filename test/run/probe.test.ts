import { afterEach, describe, expect, it } from 'vitest';
import { restrict } from '../../jobs/restrict.ts';
import { unrestrict } from '../../jobs/unrestrict.ts';
import type { EmulatorOptions } from '../../src/emulator/world/options.ts';
import { probe, type Observations } from '../../src/run/doctor/probe.ts';
import { MemoryState } from '../../src/state/memory.ts';
import { asking, realClock } from '../support/asker.ts';
import { machineId } from '../support/builders.ts';
import { record, type Instead, type Recorder } from '../support/recorder.ts';

const LAB = machineId(0x1ab);

describe('the probe of a lab machine', () => {
  let api: Recorder;
  afterEach(() => api[Symbol.asyncDispose]());

  const start = async (options: Partial<EmulatorOptions> = {}, instead?: Instead): Promise<void> => {
    api = await record({ machines: [LAB], actionMs: [20, 40], ...options }, instead);
  };
  const look = async (patienceMs = 2000): Promise<Observations> => {
    using asks = asking(api.url, async () => ({ token: 'opaque', expiresAt: Infinity }));
    const state = new MemoryState();
    return await probe({
      machineId: LAB,
      job: restrict,
      inverse: unrestrict,
      host: api.url,
      emulated: true,
      version: '0.1.0',
      clock: realClock,
      asker: (segment) => asks.asker(state, segment),
      wait: (ms) => new Promise((resolve) => void setTimeout(resolve, ms)),
      everyMs: 10,
      patienceMs,
    });
  };

  it('restricts, asks twice, waits and releases, and says what it saw without naming anybody', async () => {
    await start({ listLagMs: 60, actionMs: [400, 400] });
    const seen = await look();
    expect(seen).toMatchObject({
      job: 'restrict',
      inverse: 'unrestrict',
      first: { status: 201, comment: 'as sent', machine: 'the one asked for', type: 'RestrictCodeExecution', actionStatus: 'Pending' },
      second: { status: 400, code: 'ActiveRequestAlreadyExists', action: 'none' },
      ended: { status: 'Succeeded' },
      undone: { status: 201, comment: 'as sent', ended: { status: 'Succeeded' } },
      left: 'released again',
    });
    expect(seen.listLagMs).toBeGreaterThan(0);
    expect(api.emulator.actions().map(({ type, status }) => [type, status])).toEqual([
      ['RestrictCodeExecution', 'Succeeded'],
      ['UnrestrictCodeExecution', 'Succeeded'],
    ]);
    expect(JSON.stringify(seen)).not.toContain(LAB);
    expect(JSON.stringify(seen)).not.toContain('emulated.example');
  });

  it('sees the existing action come back where the API answers so', async () => {
    await start({ duplicates: 'return', actionMs: [60, 60] });
    expect((await look()).second).toMatchObject({ code: '', action: 'the same' });
  });

  it('cancels instead of stacking where the action does not end', async () => {
    await start({ offline: [LAB] });
    const seen = await look(50);
    expect(seen).toMatchObject({ ended: null, undone: null, left: expect.stringContaining('cancelled: HTTP 200') });
    expect(api.emulator.actions().map(({ status }) => status)).toEqual(['Cancelled']);
  });

  it('leaves a machine alone that the tenant does not know, or on which something is open or in force', async () => {
    await start({ unknown: [LAB] });
    await expect(look()).rejects.toMatchObject({ exitCode: 7, message: expect.stringContaining('not known') });
    await api[Symbol.asyncDispose]();
    await start({ offline: [LAB] });
    const body = JSON.stringify({ Comment: 'mine' });
    const post = (): Promise<Response> =>
      fetch(`${api.emulator.url}/api/machines/${LAB}/restrictCodeExecution`, {
        method: 'POST',
        body,
        headers: { authorization: 'Bearer x' },
      });
    expect((await post()).status).toBe(201);
    await expect(look()).rejects.toThrow('has such an action open');
    await api[Symbol.asyncDispose]();
    await start({ actionMs: [0, 0] });
    expect((await post()).status).toBe(201);
    await expect(look()).rejects.toThrow('in force on the machine');
    expect(api.requestsOf('POST')).toEqual([]);
  });

  it('does not say that nothing happened where the answer was lost', async () => {
    await start({}, (method) => (method === 'POST' ? { status: 503, body: {} } : undefined));
    expect(await look()).toMatchObject({ second: null, left: 'NOT KNOWN: look at it (HTTP 503)' });
  });
});
