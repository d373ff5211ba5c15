/** `cordon resume [RUN]`: goes on where a run was stopped or killed. Never asks: the run was confirmed when it began. */
import type { ExitCode } from '../../core/exit.ts';
import { formatDuration } from '../../core/durations.ts';
import type { State } from '../../core/ports.ts';
import type { Outcome, Run } from '../../core/types.ts';
import { resolveEndpoints } from '../../defender/clouds.ts';
import { PlanError, UsageError } from '../../core/errors.ts';
import { settingsFrom, type Settings, type Sources } from '../../settings/settings.ts';
import { carryOut } from '../../run/carry-out.ts';
import { newestUnfinished, runNamed } from '../../run/find-run.ts';
import type { CommandInput } from './index.ts';
import { jobNamed } from '../../run/job.ts';
import { checkPermission, clock, connect, identityOf, openStateOf, type Identity, type Tools } from '../../wiring/connection.ts';
import { settingsOfSpeed } from '../../wiring/built-in-emulator.ts';
import { showEnding } from '../views/ending.ts';

/** @throws UserError for everything that stands against it; nothing more was sent then */
export async function resume({ args, settings, sources }: CommandInput, tools: Tools): Promise<ExitCode> {
  const [runId] = args;
  const state = openStateOf(runId, settings, tools);
  try {
    const run = runId === undefined ? await newestUnfinished(state) : await runNamed(state, runId);
    return await goOn(run, state, sources, tools);
  } finally {
    await state.close();
  }
}

/** Goes on with a run of an open state. */
export async function goOn(run: Run, state: State, sources: Sources, tools: Tools): Promise<ExitCode> {
  const settings = settingsOfSpeed(settingsFrom({ ...sources, stored: run.settings }), run.emulated);
  checkFixed(run, settings, sources);
  checkAge(run, settings);
  const job = jobNamed(run.job);
  const { tenant, clientId, host } = run;
  const emulator = run.emulated ? { machines: await machinesOf(state, run), speed: settings.speed } : undefined;
  const connection = await connect({ settings, ...(emulator ? { emulator } : { fixed: { tenant, clientId, host } }) }, tools);
  try {
    const bearer = await connection.tokens.current();
    checkSame(run, identityOf(bearer, connection.credential));
    checkPermission(bearer, job, tools.display);
    const { calls, open } = await state.callCounts(run.id);
    tools.display.say(
      `${run.emulated ? 'EMULATED: ' : ''}Resuming run ${run.id} of ${new Date(run.createdAt).toISOString()}: ${open} of ${calls} calls open`,
    );
    const ending = await carryOut({ run, job, state, connection, bearer, settings, reopen: reopened(settings) }, tools);
    return showEnding(ending, settings, tools.io);
  } finally {
    await connection.close();
  }
}

/** Rows that were left unknown are always looked up again; the others only on request. */
function reopened({ retryFailed, retryRefused }: Settings): Outcome[] {
  return ['unknown', ...(retryFailed ? ['failed' as const] : []), ...(retryRefused ? ['refused' as const] : [])];
}

/** What a run is about does not change on the way. @throws UsageError */
function checkFixed(run: Run, settings: Settings, { flags }: Sources): void {
  const differs = (what: string, was: string): never => {
    throw new UsageError(`--${what} differs from the run's own: ${was}`, {
      hint: 'A run keeps its host, tenant, client, job and comment. Leave the flag out, or start a new run.',
    });
  };
  if (flags.comment && settings.comment !== run.comment) differs('comment', run.comment);
  if (flags.tenant && settings.tenant !== run.tenant) differs('tenant', run.tenant);
  if (flags.clientId && settings.clientId !== run.clientId) differs('client-id', run.clientId);
  if (run.emulated || !(flags.apiUrl || flags.cloud || flags.geo)) return;
  const { apiOrigin } = resolveEndpoints({ cloud: settings.cloud, geo: settings.geo, apiUrl: flags.apiUrl?.at(-1) ?? undefined });
  if (apiOrigin !== run.host) differs(flags.apiUrl ? 'api-url' : flags.geo ? 'geo' : 'cloud', run.host);
}

function checkAge(run: Run, { maxAge }: Settings): void {
  const age = clock.now() - run.createdAt;
  if (age > maxAge)
    throw new PlanError(`run ${run.id} is ${formatDuration(age)} old, and --max-age is ${formatDuration(maxAge)}`, {
      hint: 'The machines may have changed since: preview the list again, or raise --max-age.',
    });
}

/** The token in hand may speak for somebody else than the run began as. */
function checkSame(run: Run, identity: Identity): void {
  for (const [what, was, is] of [
    ['tenant', run.tenant, identity.tenant],
    ['client', run.clientId, identity.clientId],
  ])
    if (was !== is)
      throw new UsageError(`the credentials are for another ${what} (${is || 'unknown'}) than the run's (${was || 'unknown'})`);
}

async function machinesOf(state: State, run: Run): Promise<string[]> {
  return Array.fromAsync(state.rows(run.id), ({ machineId }) => machineId);
}
