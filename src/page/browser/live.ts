/** A page that is served listens for news: sections are replaced where they changed, rows are asked for. */
import type { PageRow } from '../data.ts';
import type { Element as Section } from '../tree.ts';
import { addCopyButtons } from './copy.ts';
import { byId, toDom } from './dom.ts';
import type { Table } from './table.ts';

/** What the server tells: sections that changed, and how many changes of rows there have been. */
export interface News {
  readonly sections: readonly Section[];
  readonly version: number;
  /** The rows of the last of those changes, where they are few. */
  readonly changed?: readonly PageRow[];
}

/** @param since the version that the page came with */
export function listen(events: string, since: number, table: Table): void {
  const source = new EventSource(events);
  let version = since;
  let queue: Promise<unknown> = Promise.resolve();
  source.addEventListener('news', ({ data }: MessageEvent<string>) => {
    const news: News = JSON.parse(data);
    for (const section of news.sections) replace(section);
    // One after the other: an older answer must not come last.
    queue = queue.then(async () => (version = await catchUp(news, events, version, table)));
  });
  source.addEventListener('open', () => document.body.classList.remove('stale'));
  source.addEventListener('error', () => document.body.classList.add('stale'));
}

async function catchUp(news: News, events: string, since: number, table: Table): Promise<number> {
  if (news.version === since) return since;
  if (!news.changed || news.version !== since + 1) return fetchRows(events, since, table);
  table.take(news.changed);
  return news.version;
}

async function fetchRows(events: string, since: number, table: Table): Promise<number> {
  const answer = await fetch(`${events}/rows?since=${since}`).catch(() => undefined);
  if (!answer?.ok) return since;
  const { version, rows }: { version: number; rows: readonly PageRow[] } = await answer.json();
  table.take(rows);
  return version;
}

function replace(section: Section): void {
  const [, { id }] = section;
  if (typeof id !== 'string' || id === 'rows') return;
  const old = byId(id);
  const fresh = toDom(section);
  if (!(fresh instanceof HTMLElement)) return;
  keepOpen(old, fresh);
  addCopyButtons(fresh);
  old.replaceWith(fresh);
}

/** Figures that somebody opened stay open. */
function keepOpen(old: HTMLElement, fresh: HTMLElement): void {
  const opened = old.querySelectorAll('details');
  fresh.querySelectorAll('details').forEach((details, i) => (details.open = opened[i]?.open ?? false));
}
