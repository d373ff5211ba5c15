/** What the API's routes have in common. */
import type { Window } from '../../core/types.ts';
import type { Context, Reaction } from '../reaction.ts';
import type { Audience } from '../sign-in/tokens.ts';
import type { Wording } from './authority.ts';

export interface Route {
  readonly method: 'GET' | 'POST';
  /** Of what comes after `/api/`, or `graph/` and what comes after Graph's version. */
  readonly pattern: RegExp;
  /** What quota is counted under. */
  readonly name: string;
  /** One of these is needed. */
  readonly permissions: readonly string[];
  /** One of these is needed besides. */
  readonly andOneOf?: readonly string[];
  /** How a 403 names what is missing: both are recorded, each of some routes. */
  readonly wording?: Wording;
  /** Windows of its own where the API documents them. */
  readonly windows?: readonly Window[];
  /** Quota is the tenant's, whichever app asks. */
  readonly perTenant?: boolean;
  /** Whose tokens pass; the API's where nothing is said. */
  readonly audiences?: readonly Audience[];
  /** Which faults may hit it. */
  readonly faults?: 'of actions' | 'of reads';
  answer(context: Context): Reaction;
}

export const READ = ['Machine.Read.All', 'Machine.ReadWrite.All'];

/** A GET that needs to read machines. */
export function reading(pattern: RegExp, name: string, answer: Route['answer']): Route {
  return { method: 'GET', pattern, name, permissions: READ, answer };
}

/** Windows of a minute and an hour. */
export function windowsOf(minute: number, hour: number): readonly Window[] {
  return [
    { limit: minute, ms: 60_000 },
    { limit: hour, ms: 3_600_000 },
  ];
}
