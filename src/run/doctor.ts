/** `cordon doctor`: what would stop a run, found out before one is needed. It changes nothing and prints nothing. */
import { formatDuration } from '../core/durations.ts';
import type { QuotaLeft } from '../core/eta.ts';
import { messageOf, UserError } from '../core/errors.ts';
import { EXIT, type ExitCode } from '../core/exit.ts';
import type { Bearer, Clock, State } from '../core/ports.ts';
import type { Job } from '../core/types.ts';
import type { Ask } from '../engine/attempts/ask.ts';
import type { Sources } from '../settings/settings.ts';
import { MemoryState } from '../state/memory.ts';
import type { Check } from './doctor/check.ts';
import { asksNobody, checkPermission } from './doctor/permission.ts';
import { checkReach, checkReadLimits } from './doctor/reach.ts';
import { checkSettings } from './doctor/settings.ts';
import { checkSignIn, type SignedIn } from './doctor/token.ts';

export type { Check } from './doctor/check.ts';

/** What a diagnosis needs of the world. */
export interface DoctorInput {
  readonly sources: Sources;
  readonly jobs: readonly Job[];
  readonly host: string;
  readonly clock: Clock;
  /** Where the state is, in words. */
  readonly stateAt: string;
  /** @throws UserError when it cannot be had */
  openState(): State | Promise<State>;
  /** @throws AuthError, AuthUnavailableError, UserError */
  signIn(): Promise<Bearer>;
  /** Asks one API (`machines`, `machineactions` or a job's segment) through a lane over this state. */
  asker(state: State, segment: string): Promise<Ask>;
  /** What each window of a job's quota has left; empty where it is not known whose quota it is. */
  quotaOf(state: State, job: Job): Promise<readonly QuotaLeft[]>;
}

/**
 * The checks in the order in which they help. What cannot be found out because of an earlier failure is left out.
 * The state is closed again.
 */
export async function diagnose(input: DoctorInput): Promise<Check[]> {
  const checks = [checkSettings(input.sources)];
  const { check: stateCheck, state } = await openState(input);
  checks.push(stateCheck);
  try {
    const signedIn = await checkSignIn(() => input.signIn(), input.clock.now());
    checks.push(signedIn.check);
    if (signedIn.isIn) checks.push(...(await checkApi(input, state, signedIn)));
    if (stateCheck.level !== 'fail') for (const job of input.jobs) checks.push(await checkQuota(input, state, job));
    return checks;
  } finally {
    await state.close();
  }
}

/** 0, or 8 when something would stop every run. */
export function exitOfChecks(checks: readonly Check[]): ExitCode {
  return checks.some(({ level }) => level === 'fail') ? EXIT.credentials : EXIT.ok;
}

/** Where it cannot be had, the rest is looked at all the same: what is asked is then remembered by nobody. */
async function openState(input: DoctorInput): Promise<{ check: Check; state: State }> {
  try {
    const state = await input.openState();
    // A transaction that writes nothing: no run is that old.
    await state.prune(0);
    return { check: { name: 'state', level: 'ok', what: `${input.stateAt} can be read and written` }, state };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const next = error.hint ?? 'Name another file with --state.';
    return { check: { name: 'state', level: 'fail', what: messageOf(error), next }, state: new MemoryState() };
  }
}

async function checkApi(input: DoctorInput, state: State, { granted }: SignedIn): Promise<Check[]> {
  const { jobs, host } = input;
  const machines = await input.asker(state, 'machines');
  const checks = await checkReach(machines, host);
  if (checks.some(({ level }) => level === 'fail')) return checks;
  if (checks.every(({ level, name }) => name !== 'reads' || level === 'ok'))
    checks.push(await checkReadLimits(machines, await input.asker(state, 'machineactions')));
  const isNobody = await asksNobody(machines);
  const permissions: Check[] = [];
  for (const job of jobs) permissions.push(await checkPermission({ job, granted, isNobody, ask: await input.asker(state, job.segment) }));
  return [...checks, ...asFailure(permissions)];
}

/** One job is enough for a use; a credential that none accepts is of none. What was not tried says nothing. */
function asFailure(permissions: readonly Check[]): readonly Check[] {
  const tried = permissions.filter(({ data, next }) => data !== undefined || next !== undefined);
  const isRefused = ({ next }: Check): boolean => next !== undefined;
  return tried.length > 0 && tried.every(isRefused)
    ? permissions.map((check) => (isRefused(check) ? { ...check, level: 'fail' } : check))
    : permissions;
}

async function checkQuota(input: DoctorInput, state: State, job: Job): Promise<Check> {
  const name = `quota ${job.name}`;
  const left = await input.quotaOf(state, job);
  if (left.length === 0) return { name, level: 'ok', what: 'not known without a tenant and a client; taken to be free' };
  const used = left.some((window) => window.left === 0);
  const what = left.map((window) => `${window.left} of ${window.limit} left per ${formatDuration(window.ms)}`).join(', ');
  return { name, level: used ? 'warn' : 'ok', what, data: { left } };
}
