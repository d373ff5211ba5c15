/** Attempts in a row without a usable answer: probe one at a time, with growing pauses, and stop when it lasts too long. */
import { formatDuration } from '../../core/durations.ts';
import { EXIT } from '../../core/exit.ts';
import type { Clock, Gate, Listener } from '../../core/ports.ts';
import { after } from '../../system/after.ts';
import type { Halt } from './halt.ts';

/** So many bad answers in a row are an outage and not bad luck. */
const STREAK = 5;
const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 30_000;
/** A host name that never resolved is a wrong one: nobody waits long for that. */
const UNRESOLVED_MS = 15_000;
const UNRESOLVED = /\b(ENOTFOUND|EAI_[A-Z]+)\b/;
/** An outage that may not stop the run is looked at again after so long. */
const LOOK_AGAIN_MS = 1000;

export interface OutageDeps {
  readonly gate: Gate;
  readonly halt: Halt;
  readonly clock: Clock;
  readonly tell?: Listener | undefined;
  /** How long an outage may last, ms. */
  readonly limitMs: number;
  /** What is out, for messages: "restrictCodeExecution". */
  readonly what: string;
  /** Whether the run may be stopped for this API's sake: reads are no precondition for sending. Default: always. */
  readonly mayStop?: (() => boolean) | undefined;
  /** Whether nothing is to be asked of this API at the moment: then it is not given up before it failed again. Default: never. */
  readonly isIdle?: (() => boolean) | undefined;
}

export class Outage {
  readonly #deps: OutageDeps;
  #streak = 0;
  #since = 0;
  /** The host's name led somewhere, once. */
  #resolved = false;
  /** It has lasted long enough, but nobody has asked anything lately: the next answer tells. */
  #isOverdue = false;
  #callOff: () => void = () => {};

  constructor(deps: OutageDeps) {
    this.#deps = deps;
  }

  /** While it lasts, no call is settled `failed`. */
  get active(): boolean {
    return this.#streak >= STREAK;
  }

  /** An attempt got a usable answer. */
  good(): void {
    if (this.active) {
      this.#deps.gate.single(false);
      this.#deps.tell?.({ kind: 'recovered', api: this.#deps.what });
    }
    this.#streak = 0;
    this.#isOverdue = false;
    this.#resolved = true;
    this.close();
  }

  /** An attempt got none. */
  bad(why: string): void {
    this.#streak += 1;
    this.#resolved ||= !UNRESOLVED.test(why);
    if (this.#streak === 1) this.#since = this.#deps.clock.mono();
    if (this.#streak === STREAK) this.#begin(why);
    if (this.active) this.#deps.gate.block(this.#pauseMs());
    if (this.#isOverdue) this.#giveUpInTime(why);
  }

  close(): void {
    this.#callOff();
  }

  #begin(why: string): void {
    const { gate, tell, what } = this.#deps;
    gate.single(true);
    tell?.({ kind: 'outage', api: what, why });
    this.#giveUpInTime(why);
  }

  #giveUpInTime(why: string): void {
    const { mayStop = () => true, isIdle = () => false, clock, halt } = this.#deps;
    const leftMs = this.#since + this.#limitMs() - clock.mono();
    this.#isOverdue = leftMs <= 0 && isIdle();
    if (this.#isOverdue) return;
    if (leftMs <= 0 && mayStop()) halt.stop(EXIT.outage, `no usable answer for ${formatDuration(this.#limitMs())} (${why})`);
    else this.#callOff = after(leftMs > 0 ? leftMs : LOOK_AGAIN_MS, () => this.#giveUpInTime(why));
  }

  #limitMs(): number {
    const { limitMs } = this.#deps;
    return this.#resolved ? limitMs : Math.min(limitMs, UNRESOLVED_MS);
  }

  #pauseMs(): number {
    return Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (this.#streak - STREAK));
  }
}
