/** Notes what a run finds out about the API by the way, for its report. */
import { NOTHING_OBSERVED } from '../../core/observed.ts';
import { carriesTag, tagged } from '../../core/tag.ts';
import type { Answer, MachineAction, Observed } from '../../core/types.ts';
import type { ServerClock } from '../attempts/server-clock.ts';

/** Of a 429's text. */
const LONGEST_TEXT = 2000;
/** An action that is missing for so many configured lags will never be listed, and says nothing about lag. */
const MOST_LAGS = 2;

export interface ObservationsDeps {
  /** What earlier processes noted. */
  readonly before: Observed | null;
  readonly server: ServerClock;
  readonly runId: string;
  readonly comment: string;
  /** `--read-lag`, ms. */
  readonly readLagMs: number;
  readonly warn: (fields: object, message: string) => void;
}

export class Observations {
  readonly #deps: ObservationsDeps;
  readonly #echo: { kept: number; changed: number; dropped: number };
  readonly #duplicates: Record<string, number>;
  #merged: number;
  #first429: Observed['first429'];
  #stillMissingMs: number;
  #firstSeenMs: number | null;
  #lagMs: number;
  /** Confirmed by an answer and not seen in a list yet: when the answer came, monotonic. */
  readonly #unseen = new Map<string, number>();

  constructor(deps: ObservationsDeps) {
    const { echo, duplicates, merged, first429, readLag } = deps.before ?? NOTHING_OBSERVED;
    this.#deps = deps;
    this.#echo = { ...echo };
    this.#duplicates = { ...duplicates };
    [this.#merged, this.#first429] = [merged, first429];
    [this.#stillMissingMs, this.#firstSeenMs] = [readLag.stillMissingMs, readLag.firstSeenMs];
    this.#lagMs = Math.max(deps.readLagMs, 2 * readLag.stillMissingMs);
  }

  /** How late the lists may show an action, ms: what was set, or more once one was seen to be late. */
  get lagMs(): number {
    return this.#lagMs;
  }

  /** A 2xx came with an action whose comment can be read. The first echo that differs is worth a word. */
  accepted({ requestorComment }: MachineAction): void {
    const { runId, comment, warn } = this.#deps;
    const sent = tagged(runId, comment);
    const echo = requestorComment === sent ? 'kept' : carriesTag(requestorComment, runId) ? 'changed' : 'dropped';
    this.#echo[echo] += 1;
    if (echo !== 'kept' && this.#echo.changed + this.#echo.dropped === 1)
      warn({ sent, kept: requestorComment }, 'the API did not keep the comment as it was sent');
  }

  merged(): void {
    this.#merged += 1;
  }

  duplicate(kind: string): void {
    this.#duplicates[kind] = (this.#duplicates[kind] ?? 0) + 1;
  }

  throttled(answer: Answer): void {
    if (answer.kind !== 'response' || this.#first429) return;
    const { status, retryAfter = null, date = null, body } = answer;
    this.#first429 = { status, retryAfter, date, body: body.slice(0, LONGEST_TEXT) };
  }

  /** The API confirmed an action, by an answer that came at `mono`. */
  confirmed(id: string, mono: number): void {
    this.#unseen.set(id, mono);
  }

  /** A list was read whole, from `begunMono` on, and reaches back to before every confirmed action of this process. */
  listed(actions: readonly MachineAction[], begunMono: number): void {
    const ids = new Set(actions.map(({ id }) => id));
    for (const [id, since] of this.#unseen) {
      const age = begunMono - since;
      if (ids.has(id)) {
        this.#unseen.delete(id);
        if (age >= 0) this.#firstSeenMs = Math.min(age, this.#firstSeenMs ?? Infinity);
      } else if (age > MOST_LAGS * this.#deps.readLagMs) this.#unseen.delete(id);
      else if (age > this.#stillMissingMs) this.#stillMissingMs = age;
    }
    this.#raise();
  }

  /** More than half of what is waited for is too near. */
  #raise(): void {
    const wanted = Math.ceil(2 * this.#stillMissingMs);
    if (wanted <= this.#lagMs) return;
    if (this.#lagMs === this.#deps.readLagMs)
      this.#deps.warn(
        { stillMissingMs: Math.round(this.#stillMissingMs), readLagMs: this.#deps.readLagMs },
        'the lists show actions so late that --read-lag is raised to twice of what was seen',
      );
    this.#lagMs = wanted;
  }

  observed(): Observed {
    return {
      clockOffsetMs: this.#deps.server.offsetMs() ?? this.#deps.before?.clockOffsetMs ?? null,
      echo: { ...this.#echo },
      readLag: { stillMissingMs: Math.round(this.#stillMissingMs), firstSeenMs: this.#firstSeenMs, inForceMs: this.#lagMs },
      duplicates: { ...this.#duplicates },
      merged: this.#merged,
      first429: this.#first429,
    };
  }
}
