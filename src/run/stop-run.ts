/** `cordon stop RUN`: the process that works on a run sends nothing more; what it began can be resumed. */
import type { State } from '../core/ports.ts';
import type { OutcomeCounts } from '../core/summary.ts';
import type { Run } from '../core/types.ts';
import { after } from '../system/after.ts';
import { openStateOf } from '../wiring/state.ts';
import type { Tools } from '../wiring/tools.ts';
import { runNamed } from './find-run.ts';
import type { OfRun } from './run-session.ts';

export interface Stopped {
  readonly run: Run;
  /** `idle`: nobody worked on it; `stopped`: nobody does any more; `told`: its process still waits for answers. */
  readonly state: 'idle' | 'stopped' | 'told';
  readonly outcomes: OutcomeCounts;
}

const LOOK_EVERY_MS = 200;
/** Answers on their way are given up after 10 s. */
const PATIENCE_MS = 20_000;

/** @throws UsageError when there is no such run */
export async function stopRun({ runId = '', settings }: OfRun, tools: Tools): Promise<Stopped> {
  const state = await openStateOf(runId, settings, tools);
  try {
    const run = await runNamed(state, runId);
    return await stopIn(state, run);
  } finally {
    await state.close();
  }
}

async function stopIn(state: State, run: Run): Promise<Stopped> {
  if (!(await standing(state, run)).active) return { run, state: 'idle', outcomes: (await standing(state, run)).outcomes };
  await state.askToStop(run.id, true);
  for (const until = performance.now() + PATIENCE_MS; performance.now() < until;) {
    await new Promise<void>((resolve) => void after(LOOK_EVERY_MS, resolve));
    const { active, outcomes } = await standing(state, run);
    if (!active) return { run, state: 'stopped', outcomes };
  }
  return { run, state: 'told', outcomes: (await standing(state, run)).outcomes };
}

async function standing(state: State, { id }: Run): Promise<{ active: boolean; outcomes: OutcomeCounts }> {
  return (await state.runs()).find((run) => run.id === id) ?? { active: false, outcomes: {} };
}
