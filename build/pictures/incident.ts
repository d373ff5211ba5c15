/** The command line as it is, with an emulator that holds the machines of an incident: what the pictures show is a real run. */
import { readFileSync } from 'node:fs';
import { parse } from 'csv-parse/sync';
import { main } from '../../src/cli/main.ts';
import { processIo } from '../../src/cli/io.ts';
import { NO_FAULTS } from '../../src/emulator/world/faults.ts';

const [fleetFile = '', speed = '1', ...argv] = process.argv.slice(2);
const rows: Record<string, string>[] = parse(readFileSync(fleetFile), { columns: true });
const ofKind = (kind: string): string[] => rows.filter((row) => row['kind'] === kind).map(({ id = '' }) => id);
const fleet = rows.map(({ id, name, system }) => ({
  id,
  computerDnsName: name,
  osPlatform: system,
  ...(system === 'Linux' && { osBuild: null, version: null }),
}));

process.exitCode = await main(argv, processIo(), {
  emulator: {
    fleet,
    unknown: ofKind('gone'),
    inProgress: ofKind('open'),
    blockedBy: ofKind('scanning'),
    offline: ofKind('offline'),
    failing: ofKind('failing'),
    speed: Number(speed),
    actionMs: [2000, 9000],
    latencyMs: [20, 120],
    faults: { ...NO_FAULTS, '503': 0.004, 'reset-after': 0.003 },
    seed: 7,
  },
});
