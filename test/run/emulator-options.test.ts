import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import type { EmulatorOptions } from '../../src/emulator/world/options.ts';
import { settingsFrom, type Said } from '../../src/settings/settings.ts';
import { emulatorOptions } from '../../src/run/emulator-options.ts';
import { machineId } from '../support/builders.ts';
import { scratch } from '../support/cli.ts';

function options(flags: Said, lists: readonly string[] = []): Promise<Partial<EmulatorOptions>> {
  return emulatorOptions(lists, settingsFrom({ flags, env: {} }), { stdin: Readable.from(['']) });
}

describe('the options of cordon emulate', () => {
  it('are those of the emulator where nothing is said', async () => {
    expect(await options({})).toMatchObject({
      machines: 'any',
      maxUrl: Infinity,
      clockOffsetMs: 0,
      lists: 'whole',
      unauthorized: undefined,
    });
  });

  it('take lists or shares of machines, and files', async () => {
    using folder = scratch();
    const list = folder.file('list.txt', `${machineId(1)}\n`);
    expect(await options({ offline: ['10%'], failing: [list], absentFiles: ['0.5'], disallowed: [list] }, [list])).toMatchObject({
      machines: [machineId(1)],
      offlineShare: 0.1,
      failing: [machineId(1)],
      failingShare: 0,
      absentFileShare: 0.5,
      disallowed: [machineId(1)],
    });
  });

  it('read a tenant from JSON files: exactly the machines of the fleet exist then', async () => {
    using folder = scratch();
    const fleet = folder.file('fleet.json', JSON.stringify({ value: [{ id: machineId(1), machineTags: ['tier0'] }] }));
    const alerts = folder.file('alerts.json', JSON.stringify({ incidents: [{ incidentId: 7, machineIds: [machineId(1)] }] }));
    const hunting = folder.file('hunting.json', JSON.stringify({ results: [{ DeviceId: machineId(1) }] }));
    const read = await options({ fleet: [fleet], alerts: [alerts], hunting: [hunting] });
    expect(read).toMatchObject({
      machines: [],
      fleet: [{ id: machineId(1), machineTags: ['tier0'] }],
      alerts: [],
      incidents: [{ incidentId: 7, machineIds: [machineId(1)] }],
      hunting: expect.any(Function),
    });
  });

  it.each([
    ['fleet', '[{"name": 1}]'],
    ['fleet', 'no json'],
    ['alerts', '{"incidents": [{"incidentId": "7"}]}'],
    ['alerts', '{"alert": []}'],
    ['hunting', '{"rows": 1}'],
  ] as const)('refuse the %s %s', async (name, text) => {
    using folder = scratch();
    await expect(options({ [name]: [folder.file('given.json', text)] })).rejects.toThrow('given.json');
  });

  it.each([
    ['2h', 7_200_000],
    ['-90m', -5_400_000],
    ['+1s', 1000],
  ])('read the offset of the clock %s', async (text, ms) => {
    expect(await options({ clockOffset: [text] })).toMatchObject({ clockOffsetMs: ms });
  });
});
