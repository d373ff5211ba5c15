/** `cordon runs`: the runs in the state, newest first. */
import { existsSync } from 'node:fs';
import { EXIT, type ExitCode } from '../../core/exit.ts';
import type { RunOverview } from '../../core/ports.ts';
import { shown } from '../../core/one-line.ts';
import { describeCounts } from '../../core/summary.ts';
import { reportRun } from '../../reports/report.ts';
import type { CommandInput } from './index.ts';
import { openStateOf, type Tools } from '../../wiring/connection.ts';
import { statePath } from '../../wiring/state-path.ts';
import { table } from '../views/table.ts';

export async function runs({ settings }: CommandInput, tools: Tools): Promise<ExitCode> {
  const { io } = tools;
  const found = existsSync(statePath(settings.state, settings.emulator, io.env)) ? await read() : [];
  if (settings.json) io.stdout.write(`${JSON.stringify({ runs: found.map(runJson) })}\n`);
  else io.stdout.write(found.length === 0 ? 'There are no runs yet.\n' : `${table([HEADER, ...found.map(cells)], '').join('\n')}\n`);
  return EXIT.ok;

  async function read(): Promise<RunOverview[]> {
    const state = openStateOf(undefined, settings, tools);
    try {
      return await state.runs();
    } finally {
      await state.close();
    }
  }
}

/** `running` means that a process works on it now; a killed run says `running` in the state, and is interrupted. */
export function stateOf({ status, active }: RunOverview): 'running' | 'interrupted' | 'done' {
  if (active) return 'running';
  return status === 'done' ? 'done' : 'interrupted';
}

function runJson(run: RunOverview): object {
  const { active: _, ...rest } = run;
  return { ...reportRun(rest), state: stateOf(run) };
}

const HEADER = ['RUN', 'JOB', 'WHEN', 'OPERATOR', 'MACHINES', 'STATE', 'OUTCOMES'];

function cells(run: RunOverview): string[] {
  const when = new Date(run.createdAt).toISOString().slice(0, 16).replace('T', ' ');
  return [run.id, run.job, `${when}Z`, shown(run.operator), String(run.machines), stateOf(run), describeCounts(run.outcomes)];
}
