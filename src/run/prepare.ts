/** From a list to a plan and what stands against it: the same for a preview and a run. Nothing here sends a POST. */
import { eta, quotaLeft, type Eta, type QuotaLeft } from '../core/eta.ts';
import { guard, type GuardInput, type Refusal } from '../core/guards.ts';
import { machineIdOf } from '../core/ids.ts';
import { knowledgeOf, type Knowledge } from '../core/knowledge.ts';
import { plan, type Plan } from '../core/plan.ts';
import type { State } from '../core/ports.ts';
import { resolveTexts, type Resolution } from '../core/resolve.ts';
import type { ActionType, Job } from '../core/types.ts';
import { readFacts, type Facts, type Wanted } from '../engine/reads/facts.ts';
import { Halt } from '../engine/attempts/halt.ts';
import { GuardError, UserError } from '../core/errors.ts';
import { FLAGS } from '../settings/flags.ts';
import type { Settings } from '../settings/settings.ts';
import { findJob } from '../../jobs/index.ts';
import type { TargetList } from './list.ts';
import type { Reach } from '../wiring/session.ts';
import { clock, openLane, quotaKey, type Identity, type Tools } from '../wiring/connection.ts';

/** With what facts are read; without it a plan is made of what the list says. */
interface Reads {
  readonly reach: Reach;
  readonly tools: Tools;
}

export interface Prepared {
  readonly plan: Plan;
  readonly refusals: readonly Refusal[];
  /** Present where facts were read. */
  readonly facts: { readonly onboarded: number | undefined } | undefined;
}

/**
 * Reads what is to be read, and decides. `where`: whose calls `--cap` counts, in which state.
 * @throws GuardError when exclusions need facts that cannot be read
 * @throws AuthError, UserError when other facts cannot be read; nothing was sent then
 */
export async function prepare(
  job: Job,
  list: TargetList,
  settings: Settings,
  reads: Reads | undefined,
  where: Pick<Reach, 'state' | 'identity'> | undefined = reads?.reach,
): Promise<Prepared> {
  const { rows, exclusions } = list;
  const { again, callIneligible, maxTargets: limit, confirm } = settings;
  const learnt = reads && (await learn(job, list, settings, reads));
  const made = plan({
    job,
    rows,
    exclusions,
    knowledge: learnt?.knowledge,
    resolved: learnt?.resolved,
    again,
    callIneligible,
    now: clock.now(),
  });
  const refusals = guard({
    plan: made,
    limit,
    limitIsDefault: limit === FLAGS.maxTargets.default,
    confirm,
    onboarded: learnt?.onboarded,
    known: learnt?.known,
    emptyFiles: exclusions.emptyFiles,
    allowUnmatchedExclusions: settings.allowUnmatchedExclusions,
    cap: where && (await capOf(job, settings, where)),
  });
  return { plan: made, refusals, facts: learnt && { onboarded: learnt.onboarded } };
}

/** `--cap` with what the state counts in its time; undefined where nobody set one. */
export async function capOf(
  job: Job,
  { cap }: Settings,
  { state, identity }: Pick<Reach, 'state' | 'identity'>,
): Promise<GuardInput['cap']> {
  if (cap === undefined) return undefined;
  return { ...cap, ...(await state.callsOfJob({ job: job.name, tenant: identity.tenant, since: clock.now() - cap.ms })) };
}

interface Learnt {
  readonly knowledge: Knowledge;
  readonly resolved: ReadonlyMap<string, Resolution> | undefined;
  readonly onboarded: number | undefined;
  readonly known: { readonly asked: number; readonly unknown: number };
}

async function learn(job: Job, list: TargetList, settings: Settings, reads: Reads): Promise<Learnt> {
  const { resolve, maxTargets } = settings;
  const ids = new Set(list.rows.map(({ text }) => machineIdOf(text) ?? '').filter((id) => id !== ''));
  const inverse = findJob(job.inverse ?? '')?.actionType;
  const types = inverse ? [job.actionType, inverse] : [job.actionType];
  const { exclusions } = list;
  // What only the tenant's whole list can tell: names, shares, and whether an exclusion matches any machine at all.
  const whole = resolve || 'percent' in maxTargets || exclusions.needFacts;
  const wanted = { ids: ids.union(exclusions.ids), whole };
  const { machines, actions, onboarded } = await factsFor(list, () => read(types, wanted, settings, reads));
  const resolved = resolve
    ? resolveTexts(
        list.rows.values().map(({ text }) => text),
        machines.values(),
      )
    : undefined;
  const nameless = [...(resolved?.values() ?? [])].filter((resolution) => 'unknown' in resolution).length;
  return {
    knowledge: knowledgeOf({ machines, actions, type: job.actionType, inverse }),
    resolved,
    onboarded,
    known: { asked: ids.size + (resolved?.size ?? 0), unknown: ids.difference(machines).size + nameless },
  };
}

/** Exclusions that cannot be judged stop everything, whatever kept the facts from being read. */
async function factsFor({ exclusions }: TargetList, readAll: () => Promise<Facts>): Promise<Facts> {
  try {
    return await readAll();
  } catch (error) {
    if (!exclusions.needFacts || !(error instanceof UserError)) throw error;
    throw new GuardError(`the exclusions by name, tag, group or os cannot be judged: ${error.message}`, {
      hint: 'Nothing was sent. Exclusions by machine id need no reads.',
      cause: error,
    });
  }
}

async function read(types: readonly ActionType[], wanted: Wanted, settings: Settings, { reach, tools }: Reads): Promise<Facts> {
  const { connection, state, identity } = reach;
  const halt = new Halt();
  const shared = { identity, connection, state, settings, halt, display: tools.display };
  const machines = await openLane({ ...shared, segment: 'machines' });
  const actions = settings.sharedQuota ? machines : await openLane({ ...shared, segment: 'machineactions' });
  const facts = await readFacts({ api: connection.api, machines: machines.lane, actions: actions.lane, halt, types }, wanted);
  tools.display.log.info({ machines: facts.machines.size, actions: facts.actions.length }, 'machine facts read');
  return facts;
}

/** Whether a run has to read facts though nobody asked for them. */
export function needsFacts({ exclusions }: TargetList, { facts, resolve, maxTargets }: Settings): boolean {
  return facts || resolve || 'percent' in maxTargets || exclusions.needFacts;
}

export interface Timing {
  readonly eta: Eta;
  /** Empty where it is not known. */
  readonly quota: readonly QuotaLeft[];
}

/** Whose quota, on which host, and the state that remembers its use; none where nobody can say whose quota it is. */
export interface Where {
  readonly state: State | undefined;
  readonly identity: Identity;
  readonly host: string;
}

/** When the calls would go out, from what the state knows of the quota's use. */
export async function timingOf(
  calls: number,
  job: Job,
  settings: Settings,
  { state, identity, host }: Where,
  now: number,
): Promise<Timing> {
  const windows = settings.rate;
  const key = quotaKey(identity, host, settings.sharedQuota ? 'shared' : job.segment);
  const { countsFrom: inUse, pausedUntil } = (await state?.quotaUse(key, windows, () => now)) ?? { countsFrom: [], pausedUntil: null };
  return { eta: eta({ calls, windows, inUse, pausedUntil, now }), quota: state ? quotaLeft(windows, inUse, now) : [] };
}
