/** One look at many actions: a list read that serves them all, or their ids where those are few. */
import { readActions } from '../../core/answers.ts';
import { ACTION_LIFE_MS } from '../../core/following.ts';
import { knownInstant } from '../../core/instant.ts';
import type { Api, Clock } from '../../core/ports.ts';
import type { FollowedAction, MachineAction } from '../../core/types.ts';
import type { Lane } from '../attempts/lane.ts';
import type { ServerClock } from '../attempts/server-clock.ts';
import { filterOf } from '../reads/page.ts';
import { orThrow } from '../reads/required.ts';
import { inChunks, List, type Taken, type Walk } from '../reads/walk.ts';

/** A page without a usable answer is asked for again before the next look is. */
const TRIES = 3;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** By their ids are asked for at most so many pages of actions that a list did not show. */
const MOST_ASKED = 4;
/** Younger ones may be listed late. */
const FRESH_MS = 10 * 60_000;

export interface StatusReaderDeps {
  readonly api: Api;
  /** The lane of `machineactions`: reads have a quota of their own. */
  readonly lane: Lane;
  readonly server: ServerClock;
  readonly clock: Clock;
}

/** What a look came to; `failed` when there was no usable answer: worth another look later. */
export type Look =
  | { readonly kind: 'seen'; readonly actions: readonly MachineAction[] }
  | { readonly kind: 'failed'; readonly why: string };

export class StatusReader {
  readonly #deps: StatusReaderDeps;
  readonly #list: List<MachineAction>;
  /** When actions were created by the server's clock, ms since the epoch. */
  readonly #created = new Map<string, number>();
  /** Asked for by id already: what is not there then is not asked for at each look. */
  readonly #asked = new Set<string>();
  /** Pages of the last walk: what the next one will cost. */
  #pages = 1;
  #idsRefused = false;

  constructor(deps: StatusReaderDeps) {
    this.#deps = deps;
    const { api, lane } = deps;
    this.#list = new List({ api, lane, list: 'machineactions', parse: readActions, runId: null, signal: lane.signal, tries: TRIES });
  }

  /**
   * @throws AuthError when the list may not be read, UserError when it is refused; StoppedError when the reads stop first
   */
  async look(followed: readonly FollowedAction[]): Promise<Look> {
    const wanted = new Set(followed.map(({ actionId }) => actionId.toLowerCase()));
    const seen = new Map<string, MachineAction>();
    const areFew = !this.#idsRefused && inChunks('id', [...wanted]).length <= this.#pages;
    const named = areFew ? await this.#named(wanted, seen) : 'refused';
    const walk = named === 'refused' ? await this.#since(followed, wanted, seen) : named;
    if (walk.kind === 'failed') return walk;
    const missing = followed.filter((action) => !seen.has(action.actionId.toLowerCase()) && this.#isWorthAsking(action));
    const ids = missing.map(({ actionId }) => actionId.toLowerCase());
    if (!this.#idsRefused && ids.length > 0 && inChunks('id', ids).length <= MOST_ASKED) await this.#named(new Set(ids), seen);
    return { kind: 'seen', actions: [...seen.values()] };
  }

  /** What was created since the oldest of them, until all were seen. */
  async #since(
    followed: readonly FollowedAction[],
    wanted: ReadonlySet<string>,
    seen: Map<string, MachineAction>,
  ): Promise<Walk<MachineAction>> {
    const since = new Date(Math.min(...followed.map((action) => this.#createdBy(action)))).toISOString();
    let pages = 0;
    const all = new Set<string>();
    const walked = await this.#list.walk(
      [filterOf(`creationDateTimeUtc ge ${since}`), '$orderby=creationDateTimeUtc%20asc'],
      ({ values }): Taken => {
        pages += 1;
        const before = all.size;
        for (const { id } of values) all.add(id);
        this.#take(values, wanted, seen);
        if (all.size === before) return 'nothing new';
        return seen.size === wanted.size ? 'enough' : 'more';
      },
    );
    if (walked.kind === 'failed') return walked;
    orThrow(walked, 'machineactions');
    this.#pages = Math.max(1, pages);
    return walked;
  }

  async #named(ids: ReadonlySet<string>, seen: Map<string, MachineAction>): Promise<Walk<MachineAction> | 'refused'> {
    for (const id of ids) this.#asked.add(id);
    const read = await this.#list.named('id', [...ids], (values) => {
      this.#take(values, ids, seen);
      return true;
    });
    if (read === 'filters-refused') {
      this.#idsRefused = true;
      return 'refused';
    }
    if (read.kind !== 'failed') orThrow(read, 'machineactions');
    return read;
  }

  #take(values: readonly MachineAction[], wanted: ReadonlySet<string>, seen: Map<string, MachineAction>): void {
    for (const action of values) {
      const id = action.id.toLowerCase();
      if (!wanted.has(id)) continue;
      seen.set(id, action);
      const created = knownInstant(action.creationDateTimeUtc);
      if (created !== undefined) this.#created.set(id, created);
    }
  }

  #isWorthAsking({ actionId, isOwn, settledAt }: FollowedAction): boolean {
    if (this.#asked.has(actionId.toLowerCase())) return false;
    return !isOwn || settledAt === null || this.#deps.clock.now() - settledAt > FRESH_MS;
  }

  /** Not later than it was created by the server's clock, ms since the epoch. An open action is at most three days old. */
  #createdBy({ actionId, isOwn, settledAt }: FollowedAction): number {
    const { server, clock } = this.#deps;
    const known = this.#created.get(actionId.toLowerCase());
    if (known !== undefined) return known - 1000;
    const offset = server.offsetMs();
    const slack = offset === null ? DAY_MS : HOUR_MS;
    const ours = isOwn && settledAt !== null ? settledAt : clock.now() - ACTION_LIFE_MS;
    return ours + (offset ?? 0) - slack;
  }
}
