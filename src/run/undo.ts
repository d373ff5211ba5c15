/** `cordon undo RUN`: the inverse job on exactly what that run created, as a run of its own that says so. */
import { findJob } from '../../jobs/index.ts';
import { UsageError } from '../core/errors.ts';
import { byMachine } from '../core/in-force.ts';
import type { Decided } from '../core/plan.ts';
import { chooseUndo, type UndoRules } from '../core/undo.ts';
import type { InputRow, Job, MachineAction, PlannedRow, Run, RunRow } from '../core/types.ts';
import { Halt } from '../engine/attempts/halt.ts';
import { lookUp } from '../engine/dispatch/look-up.ts';
import { stopped } from '../engine/reads/required.ts';
import type { Settings } from '../settings/settings.ts';
import { openLane } from '../wiring/lanes.ts';
import type { Session } from '../wiring/session.ts';
import { clock, type Tools } from '../wiring/tools.ts';
import { beginRun } from './begin.ts';
import { cancelActions, type Cancelled } from './cancel-actions.ts';
import type { Confirm } from './confirm.ts';
import type { Ending } from './ending.ts';
import { orderOf } from './job.ts';
import { hashed, readExclusionsOf, type TargetList } from './list.ts';
import { previewIn, type PreviewEnding } from './preview.ts';
import { commentOf } from './request.ts';
import { goOn } from './resume.ts';
import { withRoles } from './role-exclusions.ts';
import { inSessionOf, type OfRun } from './run-session.ts';
import { confirmedPlan } from './start.ts';
import { stopOnAbort } from './stop.ts';

export interface UndoRequest extends OfRun {
  readonly confirm: Confirm;
}

/**
 * Takes a run back. An undo that was interrupted is gone on with.
 * @throws UsageError for a run that cannot be taken back; RunBusyError while a process works on it
 * @throws GuardError when a guard refuses or nobody confirms: nothing was sent then
 */
export function undo({ confirm, ...request }: UndoRequest, tools: Tools): Promise<Ending> {
  return inSessionOf(request, tools, (session, run) => undoIn(session, run, confirm));
}

/** What an undo would do; sends no POST. @throws as `undo` does */
export function previewUndo(request: OfRun & { readonly canAsk: boolean }, tools: Tools): Promise<PreviewEnding> {
  return inSessionOf(request, tools, async (given, run) => {
    const { inverse, rules } = inverseOf(run);
    const session = { ...given, settings: withComment(given.settings, run) };
    const { list, decide } = await undoList(run, rules, session);
    return previewIn(session, { jobName: inverse.name, list, canAsk: request.canAsk, decide });
  });
}

/** The same in a session that is open already. */
export async function undoIn(given: Session, run: Run, confirm: Confirm): Promise<Ending> {
  const { inverse, rules } = inverseOf(run);
  const session = { ...given, settings: withComment(given.settings, run) };
  const { state, settings } = session;
  const lock = await state.lockRun(run.id);
  try {
    const begun = (await state.runs()).find(({ kind, originRun, status }) => kind === 'undo' && originRun === run.id && status !== 'done');
    if (begun) return await goOn(begun, session);
    await lookUpUnknown(run, session);
    const { list: given, decide } = await undoList(run, rules, session);
    const order = orderOf(inverse.name, settings);
    const list = await withRoles(given, settings.excludeRole, session);
    const comment = commentOf(settings) ?? '';
    const plan = await confirmedPlan({ ...order, comment, list, confirm, decide }, session);
    const rows = await afterCancelling(run, [...plan.rows], comment, session);
    return await beginRun({ ...order, comment, rows, list, planHash: null, about: { kind: 'undo', originRun: run.id } }, session);
  } finally {
    await lock.release();
  }
}

/** @throws UsageError with the reason why a run cannot be taken back */
function inverseOf(run: Run): { inverse: Job; rules: UndoRules } {
  const refuse = (why: string, hint: string): never => {
    throw new UsageError(`run ${run.id} cannot be taken back: ${why}`, { hint });
  };
  if (run.kind === 'undo')
    return refuse(
      `it is the undo of ${run.originRun ?? 'another run'}, and whom to reach again is to be decided anew`,
      `cordon run JOB --from run:${run.id} --comment TEXT calls its machines again.`,
    );
  if (run.kind === 'cancel') return refuse('cancelled actions do not come back', 'A new run of the job calls the machines again.');
  const job = findJob(run.job);
  const inverse = findJob(job?.inverse ?? '');
  if (!job || !inverse) return refuse(`no job takes ${run.job} back`, job?.undo ?? 'cordon help shows the jobs.');
  return { inverse, rules: { type: job.actionType, inverse: inverse.actionType } };
}

/** The API wants a comment: the run's own, where nobody says another. */
function withComment(settings: Settings, { id, comment }: Run): Settings {
  return settings.origin.comment !== 'default' ? settings : { ...settings, comment: `undoes ${id}: ${comment}`.slice(0, 900) };
}

async function lookUpUnknown(run: Run, session: Session): Promise<void> {
  const { state, api, server, settings, tools } = session;
  const job = findJob(run.job);
  if (!job) return;
  const halt = new Halt();
  const stopListening = stopOnAbort(tools.signal, halt, tools.listener);
  const { lane } = await openLane(session, { segment: 'machineactions' }, halt);
  const { attemptTimeout: attemptTimeoutMs, outage: outageMs, readLag: readLagMs, sharedQuota, rate: windows } = settings;
  const ports = { state, api, lane, server, clock, log: tools.log, halt };
  try {
    await state.askToStop(run.id, false);
    await lookUp({ ...ports, run, job, windows, sharedQuota, attemptTimeoutMs, outageMs, readLagMs });
  } catch (error) {
    throw stopped(error, halt);
  } finally {
    stopListening();
    lane.close();
  }
}

interface UndoList {
  readonly list: TargetList;
  readonly decide: (actions: readonly MachineAction[]) => ReadonlyMap<number, Decided>;
}

/** The machines for which the run created an action, and what is to be done with each. */
async function undoList(run: Run, rules: UndoRules, { state, settings }: Session): Promise<UndoList> {
  const rows = await Array.fromAsync(state.rows(run.id));
  const created = rows.filter((row): row is Created => row.outcome === 'created' && row.actionId !== null);
  const unknown = rows.filter(({ outcome }) => outcome === 'unknown').length;
  const released = await releasedBefore(run, state);
  const list = created.map(({ machineId, deviceName, row }, index): InputRow => {
    return { row: index + 1, text: machineId, deviceName, file: run.id, line: row };
  });
  const notes = [`what run ${run.id} created (${run.job}, ${created.length} machines)`, ...unknownNote(unknown)];
  const decide = (actions: readonly MachineAction[]): ReadonlyMap<number, Decided> => {
    const onMachine = byMachine(actions);
    return new Map(
      created.flatMap((row, index) => {
        const decided = decidedOf(row, onMachine.get(row.machineId) ?? [], rules, released);
        return decided ? [[index + 1, decided] as const] : [];
      }),
    );
  };
  return { list: { ...hashed(list), exclusions: await readExclusionsOf(settings), notes, fromTenant: false }, decide };
}

type Created = RunRow & { readonly actionId: string };

function unknownNote(unknown: number): string[] {
  if (unknown === 0) return [];
  return [`${unknown} more rows are unknown: whether the run reached them cannot be told, so they are left as they are`];
}

const TO_CANCEL = 'its own action has not ended: cancelled instead, or taken back if it ends first';

function decidedOf(
  row: Created,
  actions: readonly MachineAction[],
  rules: UndoRules,
  released: ReadonlyMap<string, string>,
): Decided | undefined {
  const by = released.get(row.machineId);
  if (by !== undefined) return { skip: 'already-applied', message: `taken back already by run ${by}` };
  const choice = chooseUndo(row, actions, rules);
  if (choice.kind === 'release') return undefined;
  if (choice.kind === 'cancel') return { message: TO_CANCEL };
  const { skip, why, action } = choice;
  return { skip, message: why, ...(action && { action }) };
}

/** Machines that earlier undos of the run were accepted for, and that nobody saw fail since: lists may not show those yet. */
async function releasedBefore(run: Run, state: Session['state']): Promise<Map<string, string>> {
  const released = new Map<string, string>();
  for (const { id, kind, originRun } of await state.runs()) {
    if (kind !== 'undo' || originRun !== run.id) continue;
    for await (const { outcome, actionStatus, machineId } of state.rows(id))
      if (outcome === 'created' && !ENDED_IN_VAIN.has(actionStatus ?? '')) released.set(machineId, id);
  }
  return released;
}

const ENDED_IN_VAIN: ReadonlySet<string> = new Set(['Failed', 'TimeOut', 'Cancelled']);

/** The rows as they are to be called once what was open is cancelled. */
async function afterCancelling(run: Run, rows: readonly PlannedRow[], comment: string, session: Session): Promise<PlannedRow[]> {
  const wanted = new Set(rows.filter(isToCancel).map(({ machineId }) => machineId));
  if (wanted.size === 0) return [...rows];
  const open = (await session.state.followedActions(run.id, 'all')).filter(({ isOwn, machineId }) => isOwn && wanted.has(machineId));
  const { actions } = await cancelActions(run, open, comment, session);
  const became = new Map(actions.map((cancelled) => [cancelled.action.machineId, cancelled]));
  return rows.map((row) => (isToCancel(row) ? { ...row, ...becameOf(became.get(row.machineId)) } : row));
}

function isToCancel({ skip, message }: PlannedRow): boolean {
  return skip === undefined && (message?.startsWith(TO_CANCEL) ?? false);
}

function becameOf(cancelled: Cancelled | undefined): Decided {
  if (cancelled?.kind === 'cancelled') return { skip: 'already-applied', message: CANCELLED };
  if (cancelled?.kind === 'ended' && cancelled.status === 'Succeeded')
    return { message: 'its own action ended before it could be cancelled' };
  if (cancelled?.kind === 'ended')
    return { skip: 'already-applied', message: `nothing to take back: its own action ended ${cancelled.status ?? ''}` };
  const why = cancelled?.message ?? 'the undo was stopped first';
  return { skip: 'ineligible', message: `its own action has not ended and could not be cancelled (${why}): undo the run again` };
}

const CANCELLED = 'its own action had not ended and was cancelled instead; a machine may have been faster: cordon status tells';
