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
}

export function listen(events: string, table: Table): void {
  const source = new EventSource(events);
  let version = 0;
  source.addEventListener('news', ({ data }: MessageEvent<string>) => {
    const news: News = JSON.parse(data);
    for (const section of news.sections) replace(section);
    void fetchRows(events, version, table).then((next) => (version = next));
  });
  source.addEventListener('open', () => document.body.classList.remove('stale'));
  source.addEventListener('error', () => document.body.classList.add('stale'));
}

async function fetchRows(events: string, since: number, table: Table): Promise<number> {
  const answer = await fetch(`${events}/rows?since=${since}`);
  if (!answer.ok) return since;
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
