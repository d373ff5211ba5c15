/**
 * The gate that every attempt passes. One Bottleneck limiter whose reservoir is the smaller of what all windows have
 * free; a unit comes back one window, and a margin, after the attempt's answer. No auto refresh, no chain, no
 * Bottleneck retry, no `expiration`: docs/quota.md says what each of them costs. And no clock of Bottleneck's: it
 * compares with the wall clock, and stalls for the size of the step when that is set back.
 */
import Bottleneck from 'bottleneck';
import type { Clock, Gate, GateStatus, Unit } from '../../core/ports.ts';
import type { Window } from '../../core/types.ts';
import { evenSpacing } from '../../core/rate.ts';
import { StoppedError } from '../../core/errors.ts';
import { after } from '../../system/after.ts';
import { brisk } from './brisk.ts';
import { Ledger } from './ledger.ts';
import { Spacing } from './spacing.ts';

export interface GateOptions {
  readonly windows: readonly Window[];
  /** Attempts under way at the same time. */
  readonly concurrency: number;
  readonly clock: Clock;
  /** Instants (ms since the epoch) from which units that are already in use count. */
  readonly inUse?: readonly number[];
  /** Units that began before, those that are in use no more among them. Default: those in use. */
  readonly begunBefore?: number;
  /** Spread the attempts over the windows from the first on. Default: each as soon as a unit is free. */
  readonly isEven?: boolean;
}

/**
 * Bottleneck starts a job no earlier than `minTime` after the one before, by the wall clock, even if `minTime` is 0. With
 * this one the earliest instant is always past, whatever the wall clock says; the pace is kept here, by the monotonic clock.
 */
const NO_CLOCK = -Infinity;

export class QuotaGate implements Gate {
  readonly #clock: Clock;
  readonly #concurrency: number;
  readonly #ledgers: readonly Ledger[];
  readonly #limiter: Bottleneck;
  /** What Bottleneck's reservoir holds once it has heard all that it was told. */
  #level: number;
  #blockedUntil = -Infinity;
  readonly #spacing: Spacing;
  #callOff: () => void = () => {};
  #pending = 0;
  #underWay = 0;
  /** A waiting attempt keeps the process alive; the timers that bring units back must not. */
  #keepAlive: NodeJS.Timeout | undefined;
  #closed = false;

  constructor({ windows, concurrency, clock, inUse = [], begunBefore = inUse.length, isEven = false }: GateOptions) {
    this.#clock = clock;
    this.#concurrency = concurrency;
    this.#ledgers = windows.map((window) => new Ledger(window, clock, isEven ? evenSpacing(window) : 0));
    this.#spacing = new Spacing(windows, clock, { inUse, begunBefore, isEven });
    for (const ledger of this.#ledgers)
      for (const since of inUse) {
        ledger.take();
        // One of another process that has no answer may have one in a moment: then the state, which is asked, tells the rest.
        ledger.hold(Math.min(since, clock.now()));
      }
    for (const ledger of this.#ledgers) ledger.release();
    this.#level = this.#wanted();
    this.#limiter = brisk(new Bottleneck({ reservoir: this.#level, maxConcurrent: concurrency, minTime: NO_CLOCK }));
    // The first job of all still waits until the wall clock is where it was a moment ago: let it be one that nobody waits for.
    this.#limiter.schedule({ priority: 0, weight: 0 }, () => Promise.resolve()).catch(() => {});
    this.#sync();
  }

  async run<T>(attempt: (unit: Unit) => Promise<T>, { first = false } = {}): Promise<T> {
    if (this.#closed) throw new StoppedError('the gate is closed');
    if (this.#pending++ === 0) this.#keepAlive = setInterval(() => {}, 0x3fffffff);
    try {
      return await this.#limiter.schedule({ priority: first ? 4 : 5 }, () => this.#work(attempt));
    } catch (error) {
      throw error instanceof Bottleneck.BottleneckError ? new StoppedError('the gate closed', { cause: error }) : error;
    } finally {
      if (--this.#pending === 0) clearInterval(this.#keepAlive);
    }
  }

  block(ms: number): void {
    this.#blockedUntil = Math.max(this.#blockedUntil, this.#clock.mono() + ms);
    this.#sync();
  }

  spread(): void {
    this.#spacing.spread();
    this.#sync();
  }

  single(only: boolean): void {
    void this.#limiter.updateSettings({ maxConcurrent: only ? 1 : this.#concurrency });
  }

  status(): GateStatus {
    const waits = this.#ledgers.map((ledger) => (ledger.free > 0 ? 0 : (ledger.nextIn() ?? 0)));
    return {
      windows: this.#ledgers.map(({ window, free }) => ({ ...window, used: window.limit - free })),
      even: this.#spacing.even,
      begun: this.#spacing.begun,
      underWay: this.#underWay,
      waitMs: Math.max(0, this.#blockedUntil - this.#clock.mono(), ...waits),
    };
  }

  inUse(): readonly number[] {
    const longest = this.#ledgers.reduce((a, b) => (b.window.ms > a.window.ms ? b : a));
    return longest.inUse();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#callOff();
    // Resolves only when the attempts at work are over, and they report for themselves.
    void this.#limiter.stop({ dropWaitingJobs: true });
  }

  async #work<T>(attempt: (unit: Unit) => Promise<T>): Promise<T> {
    // Bottleneck has taken its own unit already.
    this.#level -= 1;
    for (const ledger of this.#ledgers) ledger.take();
    this.#underWay += 1;
    this.#spacing.began();
    if (this.#spacing.waitMs > 0) this.#sync();
    let unused = false;
    try {
      return await attempt({ giveBack: () => (unused = true) });
    } finally {
      this.#underWay -= 1;
      if (unused) this.#spacing.unused();
      for (const ledger of this.#ledgers) {
        if (unused) ledger.giveBack();
        else ledger.hold();
      }
      this.#sync();
    }
  }

  #wanted(): number {
    return Math.min(this.#mayStart(), ...this.#ledgers.map((ledger) => ledger.free));
  }

  /** How many attempts block and pace let begin at this moment. */
  #mayStart(): number {
    return this.#clock.mono() < this.#blockedUntil ? 0 : this.#spacing.room;
  }

  /** Frees what is due, tells Bottleneck the difference (never a total, so that nothing races), and comes back in time. */
  #sync(): void {
    if (this.#closed) return;
    for (const ledger of this.#ledgers) ledger.release();
    const wanted = this.#wanted();
    if (wanted !== this.#level) {
      void this.#limiter.incrementReservoir(wanted - this.#level);
      this.#level = wanted;
    }
    this.#comeBack();
  }

  #comeBack(): void {
    const now = this.#clock.mono();
    const closed = [this.#blockedUntil - now, this.#spacing.waitMs].filter((wait) => wait > 0);
    const returns = this.#ledgers.map((ledger) => ledger.nextIn()).filter((wait) => wait !== undefined);
    this.#callOff();
    if (closed.length + returns.length === 0) return;
    this.#callOff = after(Math.max(1, Math.ceil(Math.min(...closed, ...returns))), () => this.#sync(), { unref: true });
  }
}
