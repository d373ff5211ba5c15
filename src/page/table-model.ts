/** Searching, filtering and sorting the rows of a page. Pure; ten thousand rows take a few milliseconds. */
import type { PageData, PageRow, ResultWords } from './data.ts';

/** What a reader chose to see: everything, what needs somebody, or one result. */
export type Filter = 'all' | 'todo' | number;
export type SortKey = 'urgency' | 'row' | 'machine' | 'action' | 'attempts' | 'sent';

export interface View {
  readonly search: string;
  readonly filter: Filter;
  readonly sort: SortKey;
  readonly descending: boolean;
}

export const FIRST_VIEW: View = { search: '', filter: 'all', sort: 'urgency', descending: false };

/** Finds rows again and again without reading all their cells each time. */
export class TableModel {
  readonly #results: readonly ResultWords[];
  readonly inputColumns: readonly string[];
  /** As in the page's data. */
  readonly day: string;
  readonly #rows: PageRow[];
  /** By row number; texts in lower case, made when they are first searched. */
  readonly #texts = new Map<number, string>();

  constructor({ rows, results, inputColumns, day }: PageData) {
    this.#rows = [...rows];
    this.#results = results;
    this.inputColumns = inputColumns;
    this.day = day;
  }

  get size(): number {
    return this.#rows.length;
  }

  /** Rows that changed, or that are new. */
  take(rows: readonly PageRow[]): void {
    const places = new Map(this.#rows.map(([row], place) => [row, place]));
    for (const row of rows) {
      this.#texts.delete(row[0]);
      this.#rows[places.get(row[0]) ?? this.#rows.length] = row;
    }
  }

  wordsOf(row: PageRow): ResultWords | undefined {
    return this.#results[row[3]];
  }

  needsSomebody(row: PageRow): boolean {
    return typeof this.wordsOf(row)?.todo === 'string';
  }

  /** How many rows each result has, in the order of urgency; zeros left out. */
  counts(): { readonly result: number; readonly words: ResultWords; readonly count: number }[] {
    const counts = new Map<number, number>();
    for (const row of this.#rows) counts.set(row[3], (counts.get(row[3]) ?? 0) + 1);
    return this.#results.flatMap((words, result) => {
      const count = counts.get(result) ?? 0;
      return count > 0 ? [{ result, words, count }] : [];
    });
  }

  /** The rows of a view, in its order. Every word of the search has to be in a row somewhere. */
  rows({ search, filter, sort, descending }: View): PageRow[] {
    const words = search
      .toLowerCase()
      .split(/\s+/)
      .filter((word) => word !== '');
    const found = this.#rows.filter((row) => this.#passes(row, filter) && words.every((word) => this.#textOf(row).includes(word)));
    const compare = COMPARE[sort];
    const way = descending ? -1 : 1;
    return found.sort((a, b) => way * compare(a, b) || a[0] - b[0]);
  }

  /** Makes all texts ready for the first search. */
  prepare(): void {
    for (const row of this.#rows) this.#textOf(row);
  }

  #passes(row: PageRow, filter: Filter): boolean {
    if (filter === 'all') return true;
    return filter === 'todo' ? this.needsSomebody(row) : row[3] === filter;
  }

  #textOf(row: PageRow): string {
    const known = this.#texts.get(row[0]);
    if (known !== undefined) return known;
    const [number, machineId, deviceName, , outcome, status, actionId, http, code, message, , , , , , opposed, , , input] = row;
    const words = this.wordsOf(row)?.label;
    const text = [number, machineId, deviceName, words, outcome, status, actionId, http, code, message, opposed, ...input]
      .join('\n')
      .toLowerCase();
    this.#texts.set(row[0], text);
    return text;
  }
}

type Compare = (a: PageRow, b: PageRow) => number;
const byText = (of: (row: PageRow) => string): Compare => {
  const collator = new Intl.Collator('en', { numeric: true });
  return (a, b) => collator.compare(of(a), of(b));
};
/** What was never sent or settled comes last. */
const byTime =
  (of: (row: PageRow) => number | null): Compare =>
  (a, b) =>
    (of(a) ?? Infinity) - (of(b) ?? Infinity) || 0;

const COMPARE: Readonly<Record<SortKey, Compare>> = {
  urgency: (a, b) => a[3] - b[3],
  row: (a, b) => a[0] - b[0],
  machine: byText((row) => row[2] || row[1]),
  action: byText((row) => row[5] ?? '\u{10FFFF}'),
  attempts: (a, b) => a[10] - b[10],
  sent: byTime((row) => row[11]),
};
