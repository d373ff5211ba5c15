/** The news of one run: what changed since it was last looked at, worked out once for all who watch. */
import type { PageRow } from '../page/data.ts';
import { RowEncoder } from '../page/data.ts';
import type { Element } from '../page/tree.ts';
import { sectionsOf } from '../reports/html/page.ts';
import { reportFromState } from '../reports/from-state.ts';
import type { Report } from '../reports/report.ts';
import type { Overview, Source } from './source.ts';

/** Sections that changed, and how many changes of rows there have been; `changed`: those of the last one, where they are few. */
export interface FeedItem {
  readonly sections: readonly Element[];
  readonly version: number;
  readonly changed?: readonly PageRow[];
}
export type Watcher = (news: FeedItem) => void;

interface KnownRow {
  readonly row: PageRow;
  readonly text: string;
  readonly version: number;
}

const LEAST_PAUSE_MS = 1000;
/** More rows than this are asked for. */
const FEW = 500;
/** Of the time, at most this share is spent on looking: the run beside us has the same disk and the same processor. */
const SHARE = 0.02;

export class Feed {
  readonly #runId: string;
  readonly #source: Source;
  readonly #overview: Overview;
  readonly #watchers = new Set<Watcher>();
  readonly #rows = new Map<number, KnownRow>();
  #sections = new Map<string, { readonly text: string; readonly section: Element }>();
  #version = 0;
  #seen: unknown = Symbol('nothing');
  #timer: NodeJS.Timeout | undefined;

  constructor(runId: string, source: Source, overview: Overview) {
    this.#runId = runId;
    this.#source = source;
    this.#overview = overview;
  }

  /** Grows with every change of a row. */
  get version(): number {
    return this.#version;
  }

  /** The report as the state has it now; undefined when there is no such run. */
  async report(): Promise<Report | undefined> {
    const { state, findJob } = this.#source;
    const run = await state.run(this.#runId);
    if (!run) return undefined;
    // A killed process leaves `running` behind: only the lock tells whether somebody is at work.
    const isBroken = run.status === 'running' && !(await this.#overview.isActive(run.id));
    return reportFromState(isBroken ? { ...run, status: 'interrupted' } : run, state, findJob(run.job));
  }

  /** Tells everything once, then what changes; the answer ends it. */
  watch(watcher: Watcher): () => void {
    this.#watchers.add(watcher);
    if (this.#sections.size > 0) watcher(this.everything());
    if (this.#watchers.size === 1) this.#lookAfter(0);
    return () => {
      this.#watchers.delete(watcher);
      if (this.#watchers.size === 0) clearTimeout(this.#timer);
    };
  }

  /** All sections as they were last seen. */
  everything(): FeedItem {
    return { sections: [...this.#sections.values()].map(({ section }) => section), version: this.#version };
  }

  /** Rows that changed after `version`. */
  rowsSince(version: number): readonly PageRow[] {
    return [...this.#rows.values()].filter((known) => known.version > version).map(({ row }) => row);
  }

  /** Tells what there is to tell before the server goes. */
  async end(): Promise<void> {
    clearTimeout(this.#timer);
    if (this.#watchers.size > 0) await this.#readIfChanged().catch(() => undefined);
  }

  #lookAfter(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#look(), ms);
    this.#timer.unref();
  }

  async #look(): Promise<void> {
    const began = performance.now();
    try {
      await this.#readIfChanged();
    } catch {
      // A state that cannot be read at this moment can be at the next; the page keeps what it has.
    }
    if (this.#watchers.size > 0) this.#lookAfter(Math.max(LEAST_PAUSE_MS, (performance.now() - began) / SHARE));
  }

  async #readIfChanged(): Promise<void> {
    const { version } = this.#source.state;
    const seen: unknown = version
      ? [await version.call(this.#source.state), await this.#overview.isActive(this.#runId)].join(' ')
      : Symbol('unknown');
    if (seen === this.#seen) return;
    const report = await this.report();
    if (!report) return;
    const changed = await this.#readRows(report);
    const { sections } = await sectionsOf(report, Math.max(report.madeAt, Date.now()));
    this.#seen = seen;
    this.#tell(sections, changed);
  }

  async #readRows(report: Report): Promise<readonly PageRow[]> {
    const encoder = new RowEncoder(report.run, report.inputColumns);
    const next = this.#version + 1;
    const changed: PageRow[] = [];
    for await (const row of report.rows()) {
      const encoded = encoder.encode(row);
      const text = JSON.stringify(encoded);
      if (this.#rows.get(row.row)?.text === text) continue;
      this.#rows.set(row.row, { row: encoded, text, version: next });
      changed.push(encoded);
    }
    if (changed.length > 0) this.#version = next;
    return changed;
  }

  #tell(sections: readonly Element[], rows: readonly PageRow[]): void {
    const before = this.#sections;
    this.#sections = new Map(sections.map((section) => [String(section[1]['id']), { section, text: JSON.stringify(section) }]));
    const changed = [...this.#sections].filter(([id, { text }]) => before.get(id)?.text !== text).map(([, { section }]) => section);
    if (changed.length === 0 && rows.length === 0) return;
    const news = { sections: changed, version: this.#version, ...(rows.length > 0 && rows.length <= FEW && { changed: rows }) };
    for (const watcher of this.#watchers) watcher(news);
  }
}
