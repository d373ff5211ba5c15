/** The real command line, killed again and again, against an emulator that does all that servers do wrong. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { tagOf } from '../../src/core/tag.ts';
import { NO_FAULTS } from '../../src/emulator/world/faults.ts';
import { startEmulator, type RunningEmulator } from '../../src/emulator/server.ts';
import { CLI, cordon, readReport, scratch, type CliResult } from '../support/cli.ts';

export interface ChaosOptions {
  /** How often the process is killed, in all. */
  readonly kills: number;
  /** Machines of one run; a new run begins when one is done before the kills are. */
  readonly machines: number;
  readonly readLag: string;
  readonly seed: number;
  /** Each process has a wall clock that is off by as much as this, either way, and that somebody sets while it works, ms; default 0. */
  readonly clockOffMs?: number;
  /** A run may end with rows of which nobody can tell, and is judged as it is. Else that is an error. */
  readonly mayBeUnknown?: boolean;
  tell?(line: string): void;
}

/** What the emulator counted, over all runs. */
export interface ChaosResult {
  readonly kills: number;
  readonly runs: number;
  readonly machines: number;
  readonly created: number;
  readonly skipped: number;
  /** Machines with more than one action of one run. */
  readonly twice: number;
  /** Listed machines that have neither our action nor a reason for a skip. */
  readonly lost: number;
  /** Rows whose outcome is not what the emulator holds. */
  readonly untrue: number;
  /** 429 answers. */
  readonly throttled: number;
}

/** One second after it was made an action is listed, 0.2 s after that it may be over: only the read lag protects. */
const EMULATOR = {
  rate: [
    { limit: 100, ms: 1000 },
    { limit: 1500, ms: 60_000 },
  ],
  latencyMs: [1, 30],
  listLagMs: 1000,
  actionMs: [200, 200],
  lateMs: 1050,
  inProgressShare: 0.05,
  faults: { ...NO_FAULTS, '503': 0.03, 'reset-before': 0.03, 'reset-after': 0.04, 'hang-after': 0.02, 'hang-before': 0.01, late: 0.02 },
} as const;
const FLAGS = ['--rate', '100/1s,1500/60s', '--attempt-timeout', '900ms', '--retries', '9', '--max-errors', '100%'];

const JUMPING_CLOCK = new URL('../support/jumping-clock.ts', import.meta.url).href;

export async function chaos(options: ChaosOptions): Promise<ChaosResult> {
  // Two streams: what the clocks do leaves the kills where they are.
  const [random, clocks] = [numbers(`${options.seed} kill`), numbers(`${options.seed} clock`)];
  let total: ChaosResult = { kills: 0, runs: 0, machines: 0, created: 0, skipped: 0, twice: 0, lost: 0, untrue: 0, throttled: 0 };
  while (total.runs === 0 || total.kills < options.kills) {
    const emulator = await startEmulator({ ...EMULATOR, seed: options.seed + total.runs });
    try {
      total = add(total, await oneRun(emulator, { ...options, kills: options.kills - total.kills }, random, clocks));
      options.tell?.(JSON.stringify(total));
    } finally {
      await emulator.close();
    }
  }
  return total;
}

async function oneRun(emulator: RunningEmulator, options: ChaosOptions, random: () => number, clocks: () => number): Promise<ChaosResult> {
  using folder = scratch();
  const ids = Array.from({ length: options.machines }, (_, i) => createHash('sha1').update(`${options.seed} ${i}`).digest('hex'));
  const list = folder.file('list.txt', ids.join('\n'));
  const state = ['--state', join(folder.path, 'state.db')];
  const common = [...FLAGS, '--read-lag', options.readLag, '--api-url', emulator.url, '--report', join(folder.path, 'report'), ...state];
  const env = { CORDON_ACCESS_TOKEN: 'opaque-token' };
  const off = (): number => Math.round((2 * clocks() - 1) * (options.clockOffMs ?? 0));
  const attempt = (args: readonly string[], killAfterMs: number | undefined): Promise<CliResult> =>
    cordon(args, {
      env: {
        ...env,
        JUMPS: JSON.stringify([
          [0, off()],
          [500 + clocks() * 1000, off()],
        ]),
      },
      program: [process.execPath, '--import', JUMPING_CLOCK, CLI],
      onStart: (child) => killAfterMs !== undefined && void sleep(killAfterMs).then(() => child.kill('SIGKILL')),
    });

  let kills = 0;
  for (let known = 'none'; known !== 'done'; known = await stateOfRun(state)) {
    const args =
      known === 'none' ? ['run', 'restrict', list, '--comment', 'chaos', '--yes', ...common] : ['resume', '--max-age', '300d', ...state];
    const ended = await attempt(args, kills < options.kills ? 150 + random() * 1100 : undefined);
    if (ended.signal !== null) kills += 1;
    else if (ended.code === 3 && options.mayBeUnknown) break;
    else if (ended.code !== 0) throw new Error(`exit ${ended.code}: ${ended.stdout}${ended.stderr}`);
  }
  // A late effect may come after the run is over.
  await sleep(EMULATOR.lateMs);
  return { ...judge(emulator, ids, readReport(join(folder.path, 'report'))), kills };
}

/** What `cordon runs` says of the only run, or `none`. */
async function stateOfRun(state: readonly string[]): Promise<string> {
  const { runs } = JSON.parse((await cordon(['runs', '--json', ...state])).stdout);
  return runs[0]?.state ?? 'none';
}

/** By the emulator's own actions: what was really done to each machine, beside what the report says. */
function judge(emulator: RunningEmulator, ids: readonly string[], rows: readonly Record<string, string>[]): Omit<ChaosResult, 'kills'> {
  const tag = tagOf(rows[0]?.['run_id'] ?? '');
  const actions = emulator.actions();
  const ours = Map.groupBy(
    actions.filter(({ requestorComment }) => requestorComment.startsWith(tag)),
    ({ machineId }) => machineId,
  );
  const others = new Set(actions.filter(({ requestorComment }) => !requestorComment.startsWith(tag)).map(({ machineId }) => machineId));
  const outcomes = new Map(rows.map((row) => [row['machine_id'], row]));
  const untrue = ids.filter((id) => {
    const row = outcomes.get(id);
    return row?.['outcome'] === 'created'
      ? ours.get(id)?.[0]?.id !== row['action_id']
      : row?.['outcome'] !== 'already-in-progress' || ours.has(id);
  });
  return {
    runs: 1,
    machines: ids.length,
    created: ours.size,
    skipped: ids.filter((id) => !ours.has(id) && others.has(id)).length,
    twice: [...ours.values()].filter(({ length }) => length > 1).length,
    lost: ids.filter((id) => !ours.has(id) && !others.has(id)).length,
    untrue: untrue.length,
    throttled: emulator.stats().apis.reduce((sum, { throttled }) => sum + throttled, 0),
  };
}

function add(a: ChaosResult, b: ChaosResult): ChaosResult {
  return {
    kills: a.kills + b.kills,
    runs: a.runs + b.runs,
    machines: a.machines + b.machines,
    created: a.created + b.created,
    skipped: a.skipped + b.skipped,
    twice: a.twice + b.twice,
    lost: a.lost + b.lost,
    untrue: a.untrue + b.untrue,
    throttled: a.throttled + b.throttled,
  };
}

/** Numbers in [0, 1) that a seed repeats. */
function numbers(seed: string): () => number {
  let n = 0;
  return () => createHash('sha1').update(`${seed} ${n++}`).digest().readUInt32BE() / 2 ** 32;
}
