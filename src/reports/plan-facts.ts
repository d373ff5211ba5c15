/** What is to be said of a plan beyond its rows: by what it would be judged, when it would be done. */
import type { Refusal } from '../core/guards.ts';

export interface PlanFacts {
  /** Machines that would be called. */
  readonly calls: number;
  /** Of those, per operating system, most first; empty where no facts were read. */
  readonly platforms: Readonly<Partial<Record<string, number>>>;
  /** What stands against it, and whether it would stop a run. */
  readonly guards: readonly (Refusal & { readonly stops: boolean })[];
  /** Exclusions as written, with their places, that no row falls under. */
  readonly unmatched: readonly string[];
  /** What may go wrong for the people at those machines. */
  readonly risks: readonly string[];
  readonly warnings: readonly string[];
  /** When it would be done, in words. */
  readonly when: string;
  /** What the quota has left, in words; empty where it is not known. */
  readonly quota: readonly string[];
  /** The saved plan, where there is one: its file's name and hash. */
  readonly saved?: { readonly file: string; readonly sha256: string };
}
