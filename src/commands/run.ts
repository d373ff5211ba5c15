/** `cordon run JOB LIST…`: from a list to reports. */
import { describeCounts, countOutcomes } from '../core/summary.ts';
import { eta } from '../core/eta.ts';
import type { ExitCode } from '../core/exit.ts';
import { guard } from '../core/guards.ts';
import { plan, type Plan } from '../core/plan.ts';
import type { Bearer, State } from '../core/ports.ts';
import { newRunId } from '../core/run-id.ts';
import { MAX_COMMENT, tagged } from '../core/tag.ts';
import type { Job, Run } from '../core/types.ts';
import { GuardError, UsageError } from '../errors.ts';
import { keptOf, type Settings, type Sources } from '../settings.ts';
import { carryOut } from './carry-out.ts';
import { confirmCalls, type Ask } from './confirm.ts';
import type { EmulatorOptions } from './emulator.ts';
import { jobNamed } from './job.ts';
import { readList, type TargetList } from './list.ts';
import { questionFor } from './question.ts';
import { checkPermission, clock, connect, identityOf, openState, operatorOf, quotaKey, type Connection, type Tools } from './session.ts';
import { showEnding } from './show.ts';

export interface RunInput {
  readonly jobName: string | undefined;
  readonly lists: readonly string[];
  readonly settings: Settings;
  readonly sources: Sources;
  readonly ask: Ask;
  /** What the built-in emulator is to be like, beyond the list's machines. */
  readonly emulator?: Partial<EmulatorOptions>;
}

/** @throws UserError for everything that stands against the run; nothing was sent then */
export async function run(input: RunInput, tools: Tools): Promise<ExitCode> {
  const { settings, sources } = input;
  const job = jobNamed(input.jobName);
  const comment = requiredComment(settings);
  const list = await readList(input.lists, settings, tools.io);
  const emulated = settings.emulator;
  const connection = await connect({ settings, ...(emulated && { emulator: emulatorFor(input, list) }) }, tools);
  const state = openState(settings, emulated, tools);
  try {
    const made = plan({ job, rows: list.rows, exclusions: list.exclusions, again: settings.again, callIneligible: settings.callIneligible, now: clock.now() });
    const warnings = checkGuards(made, settings);
    const bearer = await connection.tokens.current();
    checkPermission(bearer, job, tools.display);
    await confirm({ job, made, warnings, connection, bearer, state, input });
    const created = await createRun({ job, comment, list, made, connection, bearer, state, settings, sources, env: tools.io.env });
    tools.display.say(`${emulated ? 'EMULATED: ' : ''}Run ${created.id}: ${describeCounts(countOutcomes(made.rows.map(({ skip }) => skip ?? 'planned')))}`);
    const ending = await carryOut({ run: created, job, state, connection, bearer, settings }, tools);
    return await showEnding(ending, settings, tools.io);
  } finally {
    await state.close();
    await connection.close();
  }
}

function requiredComment({ comment }: Settings): string {
  const text = comment?.trim() ?? '';
  if (text === '') throw new UsageError('--comment is missing', { hint: 'The API requires one, and the audit trail lives on it: --comment "INC-1234 ransomware".' });
  const longest = MAX_COMMENT - tagged(newRunId(0, true, () => 0), '').length;
  if (text.length > longest) throw new UsageError(`--comment is ${text.length} characters long; ${longest} fit beside the run's tag`);
  return text;
}

/** The emulator holds exactly the list's machines, as far as they have ids. */
function emulatorFor({ settings, emulator }: RunInput, { rows }: TargetList): Partial<EmulatorOptions> {
  return { machines: rows.map(({ text }) => text.toLowerCase()), speed: settings.speed, ...emulator };
}

/** Refusals that a person may overrule come back as warnings. @throws GuardError */
function checkGuards(made: Plan, settings: Settings): string[] {
  const refusals = guard({ plan: made, limit: settings.maxTargets });
  const final = refusals.filter(({ canBeConfirmed }) => !canBeConfirmed || settings.yes || settings.confirm !== undefined);
  if (final.length > 0)
    throw new GuardError(`refused: ${final.map(({ why }) => why).join('; ')}`, { hint: 'Nothing was sent. Look at the list with cordon preview; raise --max-targets if it is right.' });
  return refusals.map(({ why }) => why);
}

interface Confirming {
  readonly job: Job;
  readonly made: Plan;
  readonly warnings: readonly string[];
  readonly connection: Connection;
  readonly bearer: Bearer;
  readonly state: State;
  readonly input: RunInput;
}

async function confirm({ job, made, warnings, connection, bearer, state, input }: Confirming): Promise<void> {
  const { settings, ask } = input;
  const identity = identityOf(bearer, connection.credential);
  const now = clock.now();
  const use = await state.quotaUse(quotaKey(identity, connection.host, job.segment), settings.rate, now);
  const expected = eta({ calls: made.calls, windows: settings.rate, inUse: use.countsFrom, pausedUntil: use.pausedUntil, now });
  const { tenant } = identity;
  const question = questionFor({ job, plan: made, tenant, host: connection.host, eta: expected, now, emulated: settings.emulator, warnings });
  const { yes, confirm } = settings;
  await confirmCalls({ calls: made.calls, question, yes: yes || made.calls === 0, confirm, confirmed: false, ask });
}

interface Creating {
  readonly job: Job;
  readonly comment: string;
  readonly list: TargetList;
  readonly made: Plan;
  readonly connection: Connection;
  readonly bearer: Bearer;
  readonly state: State;
  readonly settings: Settings;
  readonly sources: Sources;
  readonly env: NodeJS.ProcessEnv;
}

async function createRun({ job, comment, list, made, connection, bearer, state, settings, sources, env }: Creating): Promise<Run> {
  const { tenant, clientId } = identityOf(bearer, connection.credential);
  const now = clock.now();
  const created: Run = {
    ...{ id: newRunId(now, settings.emulator, Math.random), job: job.name, tenant, clientId, host: connection.host, comment },
    ...{ operator: operatorOf(settings, env), emulated: settings.emulator, listHash: list.hash, planHash: null },
    ...{ settings: keptOf(sources), createdAt: now, finishedAt: null, status: 'running', exitCode: null, note: null },
  };
  await state.createRun(created, made.rows);
  return created;
}
