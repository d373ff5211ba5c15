/** From a list to a plan and what stands against it: the same for a preview and a run. Nothing here sends a POST. */
import { eta, quotaLeft, type Eta, type QuotaLeft } from '../core/eta.ts';
import { guard, type GuardInput, type Refusal } from '../core/guards.ts';
import { machineIdOf } from '../core/ids.ts';
import { knowledgeOf, type Knowledge } from '../core/knowledge.ts';
import { plan, type Decided, type Plan } from '../core/plan.ts';
import { resolveTexts, type Resolution } from '../core/resolve.ts';
import type { ActionType, Job, MachineAction, Parameters } from '../core/types.ts';
import { readFacts, type Facts, type WantedMachines } from '../engine/reads/facts.ts';
import { GuardError, UsageError, UserError } from '../core/errors.ts';
import { formatDuration } from '../core/durations.ts';
import { EXIT } from '../core/exit.ts';
import { after } from '../system/after.ts';
import type { Settings } from '../settings/settings.ts';
import { findJob } from '../../jobs/index.ts';
import type { TargetList } from './list.ts';
import { withHuntedRestrictions } from './hunting.ts';
import { haltOfReads } from './stop.ts';
import type { Session } from '../wiring/session.ts';
import { quotaKey } from '../wiring/identity.ts';
import { begunLately, openLane } from '../wiring/lanes.ts';
import { clock } from '../wiring/tools.ts';

export interface Prepared {
  readonly plan: Plan;
  /** What reads told of machines and actions, the whole tenant's; undefined where nothing was read. */
  readonly knowledge: Knowledge | undefined;
  readonly refusals: readonly Refusal[];
  /** Present where facts were read. */
  readonly facts: { readonly onboarded: number | undefined } | undefined;
  /** What should be known of how this was decided. */
  readonly warnings: readonly string[];
}

/** What is decided about rows, by their numbers, from the tenant's actions. */
export type Decide = (actions: readonly MachineAction[]) => ReadonlyMap<number, Decided>;

export interface Preparation {
  readonly job: Job;
  readonly parameters: Parameters;
  readonly list: TargetList;
  readonly settings: Settings;
  /** Decides about rows by the actions of the job's and its inverse's type; then those have to be read. */
  readonly decide?: Decide | undefined;
  /** Where facts are read; without it a plan is made of what the list says. */
  readonly session: Session | undefined;
}

/**
 * Reads what is to be read, and decides: the same for a preview and a run.
 * @throws GuardError when something needs facts that cannot be read
 */
export async function prepare({ job, parameters, list, settings, session, decide }: Preparation): Promise<Prepared> {
  const { rows, exclusions } = list;
  if (settings.order !== 'list' && (settings.noFacts || settings.noApi))
    throw new UsageError(`--order ${settings.order} looks at the machines, which ${settings.noApi ? '--no-api' : '--no-facts'} rules out`);
  const { again, callIneligible, order, maxTargets: limit, confirm, allowUnmatchedExclusions } = settings;
  const { learnt, warnings } = await factsOf(job, list, session, decide !== undefined);
  const made = plan({
    job,
    parameters,
    rows,
    exclusions,
    knowledge: learnt?.knowledge,
    resolved: learnt?.resolved,
    decided: learnt && decide?.(learnt.actions),
    again,
    callIneligible,
    order,
    now: clock.now(),
  });
  const refusals = guard({
    plan: made,
    limit,
    limitIsDefault: settings.origin.maxTargets === 'default',
    confirm,
    onboarded: learnt?.onboarded,
    known: learnt?.known,
    emptyFiles: exclusions.emptyFiles,
    allowUnmatchedExclusions,
    cap: session && (await capOf(job, session)),
  });
  return { plan: made, knowledge: learnt?.knowledge, refusals, facts: learnt && { onboarded: learnt.onboarded }, warnings };
}

/** Where nothing depends on facts, an API that does not give them at once is not waited for. */
const FEW_TRIES = 3;

/** Facts, where they are wanted and can be had. Reads are never a precondition, unless something cannot be judged without. */
async function factsOf(
  job: Job,
  list: TargetList,
  session: Session | undefined,
  isDecided: boolean,
): Promise<{ readonly learnt: Learnt | undefined; readonly warnings: readonly string[] }> {
  const needed = session && (isDecided ? 'what others did on these machines' : whyNeeded(list, session.settings));
  if (!session || (session.settings.noFacts && needed === undefined)) return { learnt: undefined, warnings: [] };
  try {
    const learnt = await learn(job, list, session, needed === undefined ? FEW_TRIES : Infinity);
    if (!job.warnings || !asksHunting(session.settings)) return { learnt, warnings: [] };
    const { machines, note } = await withHuntedRestrictions(learnt.knowledge.machines, session);
    return { learnt: { ...learnt, knowledge: { ...learnt.knowledge, machines } }, warnings: note === undefined ? [] : [note] };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    if (session.tools.signal?.aborted) throw error;
    if (needed === undefined) return { learnt: undefined, warnings: [withoutFacts(error, session.settings)] };
    throw new GuardError(`${needed} cannot be judged: ${error.message}`, {
      hint: `Nothing was sent. ${mending(error) ?? 'Exclusions by machine id need no reads.'}`,
      cause: error,
    });
  }
}

/** What the error itself says is to be done; one that only says that nothing was sent, or that facts can be gone without, does not know. */
function mending({ hint }: UserError): string | undefined {
  return hint?.startsWith('Nothing was sent.') ? undefined : hint;
}

/** Hunting is asked for what it adds to the records only by those who ask it anyway: nobody else waits for it. */
function asksHunting({ from, excludeRole }: Settings): boolean {
  return excludeRole.length > 0 || from.some((source) => source.startsWith('query:'));
}

/** Containment does not wait for the order in which it is done. */
function withoutFacts({ message }: UserError, { order }: Settings): string {
  return `decided without machine facts: ${message}${order === 'list' ? '' : '; called in the order of the list'}`;
}

/** What cannot be judged without facts; undefined when nothing needs them. */
function whyNeeded({ exclusions }: TargetList, { facts, resolve, maxTargets, out, ensure }: Settings): string | undefined {
  if (exclusions.needFacts) return 'the exclusions by name, tag, group or os';
  if (resolve) return 'names (--resolve)';
  if ('percent' in maxTargets) return 'a share of the onboarded machines (--max-targets)';
  if (out !== undefined) return 'a plan that is saved (--out)';
  if (ensure) return 'what is in force already (--ensure)';
  return facts ? 'the list (--facts)' : undefined;
}

/** `--cap` with what the state counts in its time; undefined where nobody set one. */
export async function capOf(job: Job, { settings: { cap }, state, identity }: Session): Promise<GuardInput['cap']> {
  if (cap === undefined) return undefined;
  return { ...cap, ...(await state.callsOfJob({ job: job.name, tenant: identity.tenant, since: clock.now() - cap.ms })) };
}

interface Learnt {
  readonly actions: readonly MachineAction[];
  readonly knowledge: Knowledge;
  readonly resolved: ReadonlyMap<string, Resolution> | undefined;
  readonly onboarded: number | undefined;
  readonly known: { readonly asked: number; readonly unknown: number };
}

async function learn(job: Job, list: TargetList, session: Session, tries: number): Promise<Learnt> {
  const { resolve, maxTargets } = session.settings;
  const ids = new Set(Iterator.from(list.rows).flatMap(({ text }) => [machineIdOf(text)].filter((id) => id !== undefined)));
  const inverse = findJob(job.inverse ?? '')?.actionType;
  const types = inverse ? [job.actionType, inverse] : [job.actionType];
  const { exclusions } = list;
  // What only the tenant's whole list can tell: names, shares, and whether an exclusion matches any machine at all.
  const { ensure } = session.settings;
  const whole = resolve !== false || 'percent' in maxTargets || exclusions.needFacts || (ensure && ids.size === 0);
  const wanted = { ids: ids.union(exclusions.ids), whole };
  const { machines, actions, onboarded } = await readTenant(types, wanted, session, { tries, timeoutMs: session.settings.factsTimeout });
  // Nobody can be contained in a tenant that has no machines, and one that shows none tells nothing about those of the list.
  if (machines.size === 0 && wanted.ids.size > 0) throw new UserError('the tenant shows no machine at all', { exitCode: EXIT.outage });
  const resolved = resolve
    ? resolveTexts(
        Iterator.from(list.rows).map(({ text }) => text),
        machines.values(),
        resolve === 'newest' ? 'newest' : 'refuse',
      )
    : undefined;
  const nameless = [...(resolved?.values() ?? [])].filter((resolution) => 'unknown' in resolution).length;
  return {
    actions,
    knowledge: knowledgeOf({ machines, actions, type: job.actionType, inverse }),
    resolved,
    onboarded,
    known: { asked: ids.size + (resolved?.size ?? 0), unknown: ids.difference(machines).size + nameless },
  };
}

/** How long a read may take as a whole, ms, and how often each page is tried. */
export interface ReadLimits {
  readonly timeoutMs: number;
  readonly tries: number;
}

/** Machines and actions as the tenant has them. @throws AuthError, UserError when they cannot be read within the limits */
export async function readTenant(
  types: readonly ActionType[],
  wanted: WantedMachines,
  session: Session,
  limits: ReadLimits,
): Promise<Facts> {
  const { timeoutMs, tries } = limits;
  const { api, settings, tools } = session;
  const reading = haltOfReads(tools.signal, 'stopped while machine facts were read');
  const { halt } = reading;
  const callOff = after(timeoutMs, () => reading.end(EXIT.outage, `no answer within ${formatDuration(timeoutMs)}`));
  tools.listener({ kind: 'reading', what: 'machine facts' });
  try {
    const machines = await openLane(session, { segment: 'machines' }, halt);
    const actions = settings.sharedQuota ? machines : await openLane(session, { segment: 'machineactions' }, halt);
    const facts = await readFacts({ api, machines: machines.lane, actions: actions.lane, halt, types, tries }, wanted);
    tools.listener({ kind: 'facts', machines: facts.machines.size, actions: facts.actions.length });
    return facts;
  } finally {
    callOff();
    reading.release();
  }
}

export interface Timing {
  readonly eta: Eta;
  /** Empty where it is not known. */
  readonly quota: readonly QuotaLeft[];
}

/** Whose quota, on which host, and the state that remembers its use; none where nobody can say whose quota it is. */
export type Place = Pick<Session, 'identity' | 'host'> & { readonly state: Session['state'] | undefined };

/** When the calls would go out, from what the state knows of the quota's use. */
export async function timingOf(
  calls: number,
  job: Job,
  settings: Settings,
  { state, identity, host }: Place,
  now: number,
): Promise<Timing> {
  const windows = settings.rate;
  const key = quotaKey(identity, host, settings.sharedQuota ? 'shared' : job.segment);
  const { countsFrom: inUse, pausedUntil } = (await state?.quotaUse(key, windows, () => now)) ?? { countsFrom: [], pausedUntil: null };
  const even = settings.pace === 'even' ? windows : [];
  const begun = state && even.length > 0 ? await begunLately(state, key, windows) : inUse.length;
  return { eta: eta({ calls, windows, inUse, begun, pausedUntil, now, even }), quota: state ? quotaLeft(windows, inUse, now) : [] };
}
