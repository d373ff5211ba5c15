/** `npm start`: the main job on the built-in emulator, with a list that has everything a real one has. */
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { processIo } from './io.ts';
import { EXIT } from '../core/exit.ts';
import { NO_FAULTS } from '../emulator/world/faults.ts';
import { main } from './main.ts';

const LIST = 'fixtures/rehearsal.csv';

/** The list's last column says what the emulator is to make of each machine. */
const rows: Record<string, string>[] = parse(readFileSync(LIST), { columns: true });
const machines = (kind: string): string[] => rows.filter(({ emulated }) => emulated === kind).map(({ machineId = '' }) => machineId);

const say = (line: string): void => void process.stdout.write(`${line}\n`);
say(`EMULATED: npm start rehearses "cordon run restrict ${LIST}" against the built-in emulator, 20 times as fast as the real API.\n`);
const folder = mkdtempSync(join(tmpdir(), 'cordon-rehearsal-'));
const exitCode = await main(
  [
    'run',
    'restrict',
    LIST,
    '--comment',
    'rehearsal',
    '--emulator',
    '--speed',
    '20',
    '--read-lag',
    '2s',
    '--yes',
    '--state',
    join(folder, 'state.db'),
  ],
  processIo(),
  {
    emulator: {
      unknown: machines('unknown'),
      inProgress: machines('in-progress'),
      blockedBy: machines('blocked'),
      latencyMs: [20, 150],
      faults: { ...NO_FAULTS, '503': 0.01, 'reset-after': 0.01 },
      seed: 7,
    },
  },
);
say(
  `\nEMULATED: with real machines this run would have exited with ${exitCode}${exitCode === EXIT.outcomes ? ', because of the rows named above' : ''}. The rehearsal itself exits with 0.`,
);
process.exitCode = exitCode === EXIT.outcomes || exitCode === EXIT.ok ? 0 : exitCode;
