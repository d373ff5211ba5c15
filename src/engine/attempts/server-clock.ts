/**
 * What time it is for the API, by the `Date` of its answers. Kept against the monotonic clock, because the wall's may be
 * wrong, or be set while a run goes on; as an interval, because a `Date` has whole seconds and an answer takes its time.
 */
import { httpDateOf } from '../../core/instant.ts';
import type { Clock } from '../../core/ports.ts';
import type { Span } from '../../core/types.ts';

/** `Date` is cut to whole seconds. */
const RESOLUTION_MS = 1000;

export class ServerClock {
  readonly #clock: Clock;
  /** The server's clock minus the monotonic one. */
  #offset: Span | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** An answer that was asked for at `asked` and arrived at `arrived`, both monotonic, carried this `Date`. */
  hear(date: string | undefined, asked: number, arrived: number): void {
    const told = httpDateOf(date);
    if (Number.isNaN(told)) return;
    const heard = { earliest: told - arrived, latest: told + RESOLUTION_MS - asked };
    // Where both cannot be true a clock was set, or this machine slept: what was heard last is true now.
    this.#offset = overlap(this.#offset, heard) ?? heard;
  }

  /** The server's time at an instant of the monotonic clock, ms since the epoch; null as long as no answer told. */
  at(mono: number): Span | null {
    return this.#offset ? { earliest: mono + this.#offset.earliest, latest: mono + this.#offset.latest } : null;
  }

  now(): Span | null {
    return this.at(this.#clock.mono());
  }

  /** The server's clock minus our wall's, ms; null as long as no answer told. */
  offsetMs(): number | null {
    const now = this.now();
    return now && Math.round((now.earliest + now.latest) / 2 - this.#clock.now());
  }
}

function overlap(a: Span | undefined, b: Span): Span | undefined {
  if (!a || a.latest < b.earliest || b.latest < a.earliest) return undefined;
  return { earliest: Math.max(a.earliest, b.earliest), latest: Math.min(a.latest, b.latest) };
}
