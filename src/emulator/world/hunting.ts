/** What a hunting query may find: nobody runs KQL here, so rules know queries, and the rest is left to tables of the world. */
import type { Actions } from './actions.ts';
import type { Machine } from './machine-records.ts';

export interface Column {
  readonly name: string;
  readonly type: string;
}

export interface Table {
  readonly schema: readonly Column[];
  readonly results: readonly object[];
}

/** A query that the API would not carry out. */
export interface HuntingRefusal {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

/** What a query may look at. */
export interface HuntingView {
  readonly machines: { all(now: number): Iterable<Machine> };
  readonly actions: Actions;
  /** Emulated ms since the epoch. */
  readonly now: number;
}

/** What a query finds; undefined: not known here. */
export type Hunting = (query: string, view: HuntingView) => Table | HuntingRefusal | undefined;
