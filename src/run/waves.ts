/** Between two waves: how the actions of what was sent ended, whether that is good enough, and whether somebody lets it go on. */
import { EXIT } from '../core/exit.ts';
import type { Job, Run, RunRow } from '../core/types.ts';
import { describeWave, isStillOpen, isWithin, waveAt, waveResult, type Wave, type WaveResult } from '../core/waves.ts';
import type { Halt } from '../engine/attempts/halt.ts';
import { wait } from '../engine/attempts/wait.ts';
import type { Settings } from '../settings/settings.ts';
import { openLane } from '../wiring/lanes.ts';
import type { Session } from '../wiring/session.ts';
import { clock } from '../wiring/tools.ts';
import type { ConfirmWave } from './confirm.ts';
import { lookAtActions } from './look-at-actions.ts';

export interface InWaves {
  readonly run: Run;
  readonly job: Job;
  readonly confirmWave?: ConfirmWave | undefined;
}

const FIRST_LOOK_MS = 1000;
const LONGEST_LOOK_MS = 30_000;

/**
 * After a wave was sent: waits for its actions to end, and lets the next one go when that is right. False: nothing more is
 * to be sent, because all is, or because `halt` was told why not (exit 9, resumable at this very point).
 * @throws StoppedError when the run is stopped meanwhile; StateError
 */
export async function letNextWaveGo(given: InWaves, session: Session, halt: Halt): Promise<boolean> {
  const { state, settings } = session;
  const { calls } = await state.callCounts(given.run.id);
  const { released } = (await state.run(given.run.id)) ?? {};
  if (released === undefined || settings.waves.length === 0) return false;
  const wave = waveAt(released, settings.waves, calls);
  if (wave.next === undefined) return false;
  const unread = await waitForEnds(given, wave, session, halt);
  const why = unread ?? (await whyNot(given, wave, wave.next, session));
  if (why !== undefined) {
    halt.stop(EXIT.budget, `stopped after wave ${wave.number} of ${wave.of}: ${why}`);
    return false;
  }
  if (halt.stopped) return false;
  await state.updateRun(given.run.id, { released: wave.next });
  return true;
}

/** Calls up to the wave's end, those of the wave alone first. */
async function rowsOf(runId: string, { after, end }: Wave, { state }: Session): Promise<{ own: RunRow[]; all: RunRow[] }> {
  const all: RunRow[] = [];
  for await (const row of state.rows(runId)) if (row.position !== undefined && row.position <= end) all.push(row);
  return { own: all.filter(({ position = 0 }) => position > after), all };
}

/** Resolves when all actions have ended, or `--wave-wait` is over; to a reason where nobody can tell how they ended. */
async function waitForEnds({ run }: InWaves, wave: Wave, session: Session, halt: Halt): Promise<string | undefined> {
  const { settings, tools } = session;
  const until = clock.mono() + settings.waveWait;
  const openOnes = async (): Promise<number> => (await rowsOf(run.id, wave, session)).all.filter(isStillOpen).length;
  const { own } = await rowsOf(run.id, wave, session);
  tools.listener({ kind: 'wave', stage: 'sent', wave: wave.number, of: wave.of, result: waveResult(own) });
  if ((await openOnes()) === 0 || settings.waveWait === 0) return undefined;
  const { lane } = await openLane(session, { segment: 'machineactions', mayStop: () => false }, halt);
  try {
    let unread: string | undefined;
    for (let pauseMs = FIRST_LOOK_MS; ; pauseMs = Math.min(LONGEST_LOOK_MS, 2 * pauseMs)) {
      await wait(Math.max(0, Math.min(pauseMs, until - clock.mono())), halt.signal);
      const read = await lookAtActions(run, session, lane);
      unread = read === undefined ? undefined : `what became of its actions cannot be read: ${read.why}`;
      if (read?.kind === 'unreadable' || clock.mono() >= until || (await openOnes()) === 0) return unread;
    }
  } finally {
    lane.close();
  }
}

/** Why the next wave may not go out; undefined when it may. */
async function whyNot(given: InWaves, wave: Wave, next: number, session: Session): Promise<string | undefined> {
  const { settings, tools } = session;
  const { own, all } = await rowsOf(given.run.id, wave, session);
  const [result, soFar] = [waveResult(own), waveResult(all)];
  tools.listener({ kind: 'wave', stage: 'ended', wave: wave.number, of: wave.of, result });
  return tooBad(result, soFar, settings) ?? (await refused(given, { wave, next, result, soFar }, session));
}

function tooBad(result: WaveResult, soFar: WaveResult, { maxErrors }: Settings): string | undefined {
  const limit = 'count' in maxErrors ? String(maxErrors.count) : `${maxErrors.percent}%`;
  if (!isWithin(result, maxErrors)) return `${describeWave(result)}; --max-errors is ${limit}`;
  return isWithin(soFar, maxErrors) ? undefined : `of all so far ${describeWave(soFar)}; --max-errors is ${limit}`;
}

interface Asked {
  readonly wave: Wave;
  readonly next: number;
  readonly result: WaveResult;
  readonly soFar: WaveResult;
}

/** `--yes` and `--confirm` answered beforehand, also those that the run began with. */
async function refused({ run, job, confirmWave }: InWaves, asked: Asked, session: Session): Promise<string | undefined> {
  const { settings, tools } = session;
  if (settings.yes || settings.confirm !== undefined) return undefined;
  const { wave, next, result, soFar } = asked;
  const briefing = { runId: run.id, emulated: run.emulated, action: job.title, wave, result, soFar, machines: next - wave.end };
  const answer = confirmWave ? await confirmWave(briefing) : ({ yes: false, why: 'nobody confirmed the next wave' } as const);
  tools.listener({ kind: 'asked', confirmed: answer.yes });
  return answer.yes ? undefined : answer.why;
}
