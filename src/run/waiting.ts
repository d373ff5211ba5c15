/** `--wait`: the actions of a run are followed while it sends, and to their end afterwards. */
import { formatDuration } from '../core/durations.ts';
import { EXIT } from '../core/exit.ts';
import { oppositionReasons } from '../core/oppositions.ts';
import { exitOfStandings, standingsOf, standingsText, type Standings } from '../core/following.ts';
import type { Run } from '../core/types.ts';
import type { Halt, HaltReason } from '../engine/attempts/halt.ts';
import type { Session } from '../wiring/session.ts';
import type { Ending } from './ending.ts';
import { finish } from './finish.ts';
import { rewriteReports } from './interim.ts';
import { startFollowing, type Followed, type Following } from './following.ts';
import { stopOnAbort } from './stop.ts';

export class Waiting {
  readonly #session: Session;
  readonly #following: Following;
  readonly #sent: AbortController;

  private constructor(session: Session, following: Following, sent: AbortController) {
    this.#session = session;
    this.#following = following;
    this.#sent = sent;
  }

  static async begin(run: Run, session: Session): Promise<Waiting> {
    const sent = new AbortController();
    const { timeout: timeoutMs } = session.settings;
    const following = await startFollowing(run, session, { isSending: async () => !sent.signal.aborted, sent: sent.signal, timeoutMs });
    return new Waiting(session, following, sent);
  }

  /** As the last look showed it. */
  standings(): Standings {
    return this.#following.standings();
  }

  /** Nobody waits any more: the run was stopped, or could not go on. */
  async giveUp(): Promise<void> {
    this.#following.halt.stop(EXIT.sigint, 'nobody waits any more');
    await this.#following.end;
  }

  /** Everything was sent: waits for the end, and counts, reports and notes anew. */
  async toTheEnd({ run }: Ending): Promise<Ending> {
    const { tools } = this.#session;
    const { halt, end } = this.#following;
    const stopListening = stopOnAbort(tools.signal, halt, tools.listener);
    const { state, settings } = this.#session;
    const stopWriting = rewriteReports({ runId: run.id, state, settings, log: tools.log });
    this.#sent.abort();
    try {
      const reasons = reasonsOf(await end, halt, settings.timeout);
      await stopWriting();
      return await finish(run, this.#session, reasons, run.finishedAt);
    } finally {
      stopListening();
      await stopWriting();
    }
  }
}

/** Why a run whose actions were waited for does not end with 0, and what is to be known of its end; empty when all Succeeded and stand. */
export function reasonsOf(end: Followed, halt: Halt, timeoutMs: number | undefined): readonly HaltReason[] {
  if (end.why === 'failed') return [{ code: end.error.exitCode, why: `the actions could not be followed: ${end.error.message}` }];
  if (end.why === 'stopped') return halt.reasons.map(({ code, why }) => ({ code, why: `following ended: ${why}` }));
  const standings = standingsOf(end.counts);
  const code = exitOfStandings(standings);
  const after = end.why === 'timeout' && timeoutMs !== undefined ? `after ${formatDuration(timeoutMs)} (--timeout): ` : '';
  const unfinished = { code, why: `${after}${standingsText(standings, end.inactive)}` };
  return [...(code === EXIT.ok ? [] : [unfinished]), ...oppositionReasons(end)];
}
