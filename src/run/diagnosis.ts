/** A diagnosis of these settings, and the probe of a lab machine: what `doctor` and `probe` need, made of a session. */
import { jobs } from '../../jobs/index.ts';
import { formatDuration } from '../core/durations.ts';
import { quotaLeft, type QuotaLeft } from '../core/eta.ts';
import { StoppedError, UsageError, UserError } from '../core/errors.ts';
import { EXIT, type ExitCode } from '../core/exit.ts';
import { machineIdOf } from '../core/ids.ts';
import type { State } from '../core/ports.ts';
import type { Job } from '../core/types.ts';
import { resolveEndpoints } from '../defender/clouds.ts';
import { askThrough, type Ask, type Asked } from '../engine/attempts/ask.ts';
import { Halt } from '../engine/attempts/halt.ts';
import { MemoryState } from '../state/memory.ts';
import { after } from '../system/after.ts';
import type { Settings } from '../settings/settings.ts';
import { settingsOfSpeed } from '../wiring/built-in-emulator.ts';
import { quotaKey } from '../wiring/identity.ts';
import { openLane } from '../wiring/lanes.ts';
import { openSession, type Session } from '../wiring/session.ts';
import { stateName } from '../wiring/state-path.ts';
import { openState } from '../wiring/state.ts';
import { clock, type Tools } from '../wiring/tools.ts';
import { VERSION } from '../wiring/version.ts';
import { diagnose, exitOfChecks, type Check } from './doctor.ts';
import { probe, type Observations } from './doctor/probe.ts';
import { jobNamed } from './job.ts';
import { requirePermission } from './permission.ts';
import { stopOnAbort } from './stop.ts';

export interface Diagnosis {
  readonly host: string;
  readonly checks: readonly Check[];
  readonly exitCode: ExitCode;
}

/** Whoever waits longer for a diagnosis knows enough. */
const PATIENCE_MS = 120_000;
/** The only machine of the built-in emulator, where no other is named: a made-up one must not be known there. */
const ONLY = '1'.padStart(40, '0');

/** What would stop a run with these settings. Changes nothing. @throws UsageError for an address that is none */
export async function diagnosis(given: Settings, tools: Tools): Promise<Diagnosis> {
  const settings = settingsOfSpeed(given, given.emulator);
  const halt = new Halt();
  const callOff = after(PATIENCE_MS, () => halt.stop(EXIT.outage, `no answer within ${formatDuration(PATIENCE_MS)}`));
  const lab = new Lab(settings, tools, halt);
  try {
    const checks = await diagnose({
      sources: settings.sources,
      jobs,
      get host() {
        return lab.host;
      },
      clock,
      stateAt: stateName(settings.state, settings.emulator, tools.env),
      openState: () => openState(settings, settings.emulator, tools),
      signIn: async () => (await lab.session()).tokens.current(),
      asker: async (state, segment) => patient(await lab.asker(state, segment)),
      quotaOf: (state, job) => lab.quotaOf(state, job),
    });
    return { host: lab.host, checks, exitCode: exitOfChecks(checks) };
  } finally {
    callOff();
    await lab.close();
  }
}

/** The machine that is to be probed. @throws UsageError for what is no machine id */
export function probedMachine(text: string): string {
  const id = machineIdOf(text.trim());
  if (id === undefined)
    throw new UsageError(`--probe: "${text}" is no machine id`, { hint: 'Name the lab machine by its id in Defender: 40 hex digits.' });
  return id;
}

/** How long a new action may take to show, and to end; looked at so often. */
const PROBE = { everyMs: 5000, patienceMs: 600_000 };

/**
 * Restricts and releases one lab machine, and says what the API did. An abort breaks it off.
 * @throws UserError, whose hint says how the machine is released where it broke off; PlanError when the machine is in use
 */
export async function probeMachine(machineId: string, given: Settings, tools: Tools): Promise<Observations> {
  const settings = settingsOfSpeed(given, given.emulator);
  const halt = new Halt();
  const stopListening = stopOnAbort(tools.signal, halt);
  const lab = new Lab(settings, tools, halt, machineId);
  const [job, inverse] = [jobNamed('restrict'), jobNamed('unrestrict')];
  const { speed } = settings.emulator ? settings : { speed: 1 };
  const state = await openState(settings, settings.emulator, tools);
  try {
    const session = await lab.session();
    requirePermission(session, job);
    requirePermission(session, inverse);
    return await probe({
      machineId,
      job,
      inverse,
      clock,
      emulated: settings.emulator,
      version: VERSION,
      host: session.host,
      asker: (segment) => lab.asker(state, segment),
      wait: (ms) => waitOr(halt, ms),
      everyMs: PROBE.everyMs / speed,
      patienceMs: PROBE.patienceMs / speed,
    });
  } catch (error) {
    if (!(error instanceof StoppedError)) throw error;
    throw new UserError('stopped before anything was done to the machine', { exitCode: EXIT.sigint, cause: error });
  } finally {
    stopListening();
    await state.close();
    await lab.close();
  }
}

/** @throws StoppedError */
function waitOr(halt: Halt, ms: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const callOff = after(ms, resolve);
    const stop = (): void => {
      callOff();
      reject(new StoppedError('stopped'));
    };
    if (halt.stopped) stop();
    else halt.signal.addEventListener('abort', stop, { once: true });
  });
}

/** A session that is opened when it is needed first; its lanes draw on whatever state they are given. */
class Lab {
  readonly #settings: Settings;
  readonly #tools: Tools;
  readonly #halt: Halt;
  readonly #machine: string;
  #session: Session | undefined;
  readonly #lanes: { close(): void }[] = [];

  constructor(settings: Settings, tools: Tools, halt: Halt, machine = ONLY) {
    this.#settings = settings;
    this.#tools = tools;
    this.#halt = halt;
    this.#machine = machine;
  }

  get host(): string {
    const { cloud, geo, apiUrl } = this.#settings;
    const authorityHost = this.#tools.env['AZURE_AUTHORITY_HOST'];
    return this.#session?.host ?? resolveEndpoints({ cloud, geo, apiUrl, authorityHost }).apiOrigin;
  }

  async session(): Promise<Session> {
    const { emulator: emulated, speed } = this.#settings;
    const emulator = emulated ? { machines: [this.#machine], speed } : undefined;
    this.#session ??= await openSession({ settings: this.#settings, emulator, state: new MemoryState() }, this.#tools);
    return this.#session;
  }

  async asker(state: State, segment: string): Promise<Ask> {
    const session = { ...(await this.session()), state };
    const { lane } = await openLane(session, { segment }, this.#halt);
    this.#lanes.push(lane);
    return askThrough(lane, session.api, clock);
  }

  async quotaOf(state: State, { segment }: Job): Promise<readonly QuotaLeft[]> {
    if (!this.#session) return [];
    const { identity, host } = this.#session;
    const { rate, sharedQuota } = this.#settings;
    const { countsFrom } = await state.quotaUse(quotaKey(identity, host, sharedQuota ? 'shared' : segment), rate, clock.now);
    return quotaLeft(rate, countsFrom, clock.now());
  }

  async close(): Promise<void> {
    for (const lane of this.#lanes) lane.close();
    await this.#session?.close();
  }
}

/** What did not come in time is an answer that was lost: the other checks are made all the same. */
function patient(ask: Ask): Ask {
  const orLost = async (asked: Promise<Asked>): Promise<Asked> => {
    try {
      return await asked;
    } catch (error) {
      if (!(error instanceof StoppedError)) throw error;
      return { answer: { kind: 'lost', reason: `not asked: ${formatDuration(PATIENCE_MS)} were over` }, at: clock.now(), ms: 0 };
    }
  };
  return { get: (path) => orLost(ask.get(path)), post: (path, body) => orLost(ask.post(path, body)) };
}
