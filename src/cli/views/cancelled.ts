/** What people read of `cordon cancel` and `cordon stop`. */
import { EXIT } from '../../core/exit.ts';
import { shown } from '../../core/one-line.ts';
import { describeCounts } from '../../core/summary.ts';
import { reportRun } from '../../reports/report.ts';
import type { CancelEnding } from '../../run/cancel.ts';
import type { Cancelled } from '../../run/cancel-actions.ts';
import type { Stopped } from '../../run/stop-run.ts';
import { table } from './table.ts';

const WORDS: Readonly<Record<Cancelled['kind'], string>> = {
  cancelled: 'cancelled',
  ended: 'ended first',
  open: 'still open: could not be cancelled',
  unknown: 'not known',
  'not-sent': 'not asked: stopped first',
};

export function cancelText(ending: CancelEnding): string {
  const { origin, open, done, exitCode, refusals } = ending;
  const lines = done
    ? [`Run ${done.run.id} cancels open actions of ${origin.id}:`, ...countLines(done.actions), ...othersOf(done.actions)]
    : [openText(open.length, origin.id), ...refusals.map(({ why }) => `  ${shown(why)}`)];
  const why = done?.halted ? `: ${shown(done.halted.why)}` : '';
  return `${[...lines, `Exit code ${exitCode}${why}.`, `Next:  cordon status ${origin.id}`].join('\n')}\n`;
}

function openText(open: number, id: string): string {
  return open === 0
    ? `Run ${id} has no open action of its own: nothing to cancel.`
    : `${open} open actions of run ${id} would be cancelled; nothing was sent.`;
}

function countLines(actions: readonly Cancelled[]): string[] {
  const counts = Map.groupBy(actions, ({ kind }) => kind);
  return [...counts].map(([kind, some]) => `  ${String(some.length).padStart(7)}  ${WORDS[kind]}`);
}

/** Those that are not cancelled are named. */
function othersOf(actions: readonly Cancelled[]): string[] {
  const others = actions.filter(({ kind }) => kind !== 'cancelled');
  return table(
    others.map(({ action, kind, status, message }) => [action.machineId, WORDS[kind], shown([status, message].filter(Boolean).join('; '))]),
  );
}

export function cancelJson({ origin, open, done, refusals, exitCode }: CancelEnding): object {
  const actions = done?.actions.map(({ action, kind, status, message }) => ({
    machineId: action.machineId,
    actionId: action.actionId,
    result: kind,
    status,
    message,
  }));
  return {
    origin: origin.id,
    run: done ? reportRun(done.run) : null,
    open: open.length,
    actions: actions ?? [],
    guards: refusals,
    exitCode,
  };
}

export function stoppedText({ run, state, outcomes }: Stopped): string {
  const words = {
    idle: 'no process works on it: nothing to stop',
    stopped: `stopped (${describeCounts(outcomes)})`,
    told: 'told to stop; its process still waits for answers',
  };
  const next = run.status === 'done' ? `cordon status ${run.id}` : `cordon resume ${run.id}, or cordon undo ${run.id}`;
  return `Run ${run.id}: ${words[state]}.\nNext:  ${next}\n`;
}

export function stoppedJson({ run, state, outcomes }: Stopped): object {
  return { run: run.id, state, outcomes, exitCode: EXIT.ok };
}
