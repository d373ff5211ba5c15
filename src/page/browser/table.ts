/** The table of all rows: a real table, a hundred rows at a time. */
import type { PageData, PageRow } from '../data.ts';
import { FIRST_VIEW, TableModel, type Filter, type SortKey, type View } from '../table-model.ts';
import { count, plural } from '../text.ts';
import { h, type Element } from '../tree.ts';
import { detailsOf, rowOf } from './cells.ts';
import { byId, toDom } from './dom.ts';

const PAGE = 100;
/** A printer gets every row of the view, unless that would be thousands of sheets. */
const MOST_PRINTED = 20_000;

const HEADINGS: readonly { readonly text: string; readonly sort?: SortKey; readonly kind: string }[] = [
  { text: 'Row', sort: 'row', kind: 'number' },
  { text: 'Machine', sort: 'machine', kind: '' },
  { text: 'Result', sort: 'urgency', kind: '' },
  { text: 'Action', sort: 'action', kind: 'action' },
  { text: 'What is known', kind: 'known' },
  { text: 'Requests', sort: 'attempts', kind: 'number few' },
  { text: 'Sent (UTC)', sort: 'sent', kind: 'few' },
];

export class Table {
  readonly #data: PageData;
  readonly #model: TableModel;
  #view: View = FIRST_VIEW;
  #found: readonly PageRow[] = [];
  #from = 0;
  readonly #opened = new Set<number>();
  readonly #body = toDom(h('tbody'));

  constructor(data: PageData) {
    this.#data = data;
    this.#model = new TableModel(data);
    byId('table').replaceChildren(...skeleton(data).map((part) => toDom(part)));
    byId('body-place').replaceWith(this.#body);
    this.#listen();
    this.#find({});
    requestIdleCallback(() => this.#model.prepare());
  }

  take(rows: readonly PageRow[]): void {
    if (rows.length === 0) return;
    this.#model.take(rows);
    this.#find({}, this.#from);
  }

  #listen(): void {
    byId('search').addEventListener('input', ({ target }) => {
      if (target instanceof HTMLInputElement) this.#find({ search: target.value });
    });
    byId('table').addEventListener('click', ({ target }) => {
      const button = target instanceof HTMLElement ? target.closest('button') : null;
      if (button) this.#pressed(button);
    });
    document.addEventListener('keydown', (event) => {
      if (event.key !== '/' || event.target instanceof HTMLInputElement) return;
      event.preventDefault();
      byId('search').focus();
    });
    globalThis.addEventListener('beforeprint', () => this.#draw(0, MOST_PRINTED));
    globalThis.addEventListener('afterprint', () => this.#draw(this.#from, PAGE));
  }

  #pressed({ dataset }: HTMLButtonElement): void {
    const { row, filter, sort, page } = dataset;
    if (row !== undefined) this.#toggle(Number(row));
    else if (filter !== undefined) this.#find({ filter: filterOf(filter) });
    else if (sort !== undefined) this.#sortBy(sort);
    else if (page !== undefined) this.#turn(Number(page));
  }

  #sortBy(text: string): void {
    const sort = HEADINGS.find((heading) => heading.sort === text)?.sort;
    if (sort) this.#find({ sort, descending: this.#view.sort === sort && !this.#view.descending });
  }

  #find(change: Partial<View>, from = 0): void {
    this.#view = { ...this.#view, ...change };
    this.#found = this.#model.rows(this.#view);
    this.#from = from < this.#found.length ? from : 0;
    this.#draw(this.#from, PAGE);
    byId('filters').replaceChildren(...filters(this.#model, this.#view.filter).map((part) => toDom(part)));
    for (const heading of document.querySelectorAll('th[data-sort]'))
      if (heading instanceof HTMLElement) heading.setAttribute('aria-sort', this.#orderOf(heading.dataset['sort']));
  }

  #orderOf(sort: string | undefined): string {
    if (sort !== this.#view.sort) return 'none';
    return this.#view.descending ? 'descending' : 'ascending';
  }

  #turn(by: number): void {
    this.#from = Math.max(0, this.#from + by * PAGE);
    this.#draw(this.#from, PAGE);
    byId('rows').scrollIntoView();
  }

  #draw(from: number, most: number): void {
    const shown = this.#found.slice(from, from + most);
    const trees = shown.flatMap((row) => this.#treesOf(row));
    if (this.#body instanceof HTMLElement) this.#body.replaceChildren(...trees.map((tree) => toDom(tree)));
    const all = this.#found.length;
    byId('count').textContent = all === this.#data.total ? plural(all, 'row') : `${plural(all, 'row')} of ${count(this.#data.total)}`;
    byId('cut').textContent = this.#noteOn(shown.length, most);
    byId('place').textContent = all === 0 ? 'No row matches.' : `${count(from + 1)}–${count(from + shown.length)} of ${count(all)}`;
    byId('back').toggleAttribute('disabled', from === 0);
    byId('on').toggleAttribute('disabled', from + most >= all);
  }

  #noteOn(shown: number, most: number): string {
    if (most > PAGE && this.#found.length > shown) return `The first ${count(shown)} rows are printed; report.csv has all.`;
    return this.#model.size < this.#data.total
      ? `This page holds ${count(this.#model.size)} of ${count(this.#data.total)} rows; report.csv has all.`
      : '';
  }

  #treesOf(row: PageRow): Element[] {
    const isOpen = this.#opened.has(row[0]);
    const shown = rowOf(row, this.#model, isOpen);
    return isOpen ? [shown, detailsOf(row, this.#model, this.#data)] : [shown];
  }

  #toggle(row: number): void {
    if (!this.#opened.delete(row)) this.#opened.add(row);
    this.#draw(this.#from, PAGE);
    const again = document.querySelector(`button[data-row="${row}"]`);
    if (again instanceof HTMLElement) again.focus();
  }
}

function filterOf(text: string): Filter {
  return text === 'all' || text === 'todo' ? text : Number(text);
}

function filters(model: TableModel, chosen: Filter): Element[] {
  const counts = model.counts();
  const todo = counts.filter(({ words }) => words.todo !== null).reduce((sum, { count: n }) => sum + n, 0);
  const of = (filter: Filter, label: string, n: number, group: string): Element =>
    h(
      'button',
      { type: 'button', class: `chip ${group}`, 'data-filter': filter, 'aria-pressed': String(filter === chosen) },
      label,
      h('span', { class: 'n' }, ` ${count(n)}`),
    );
  return [
    of('all', 'All', model.size, ''),
    ...(todo > 0 ? [of('todo', 'Need somebody', todo, 'attention')] : []),
    ...counts.map(({ result, words, count: n }) => of(result, words.label, n, words.group)),
  ];
}

function skeleton({ total }: PageData): Element[] {
  return [
    h(
      'div',
      { class: 'controls' },
      h(
        'label',
        { class: 'search' },
        h('span', {}, 'Search'),
        h('input', { id: 'search', type: 'search', placeholder: 'Name, id, reason, anything', autocomplete: 'off', spellcheck: 'false' }),
      ),
      h('div', { id: 'filters', role: 'group', 'aria-label': 'Show only' }),
    ),
    h('p', { class: 'found' }, h('span', { id: 'count', role: 'status' }), ' ', h('span', { id: 'cut' })),
    h(
      'div',
      { class: 'scroll', role: 'region', 'aria-label': 'Rows', tabindex: 0 },
      h(
        'table',
        { class: 'rows' },
        h('caption', { class: 'unseen' }, `All ${plural(total, 'row')} of the list, those that need somebody first`),
        heading(),
        h('tbody', { id: 'body-place' }),
      ),
    ),
    h(
      'nav',
      { class: 'pager', 'aria-label': 'Pages of the table' },
      h('button', { type: 'button', id: 'back', 'data-page': -1 }, '← Back'),
      h('span', { id: 'place' }),
      h('button', { type: 'button', id: 'on', 'data-page': 1 }, 'On →'),
    ),
  ];
}

function heading(): Element {
  const cells = HEADINGS.map(({ text, sort, kind }) =>
    h(
      'th',
      { scope: 'col', class: kind, ...(sort && { 'data-sort': sort }) },
      sort ? h('button', { type: 'button', 'data-sort': sort }, text) : text,
    ),
  );
  return h('thead', {}, h('tr', {}, ...cells));
}
