/** The rows of the table, as trees. */
import type { PageData, PageRow } from '../data.ts';
import type { TableModel } from '../table-model.ts';
import { clock, count, utc, visible } from '../text.ts';
import { h, type Element, type Tree } from '../tree.ts';

/** A mark for each group that is no colour. */
const MARKS: Readonly<Record<string, string>> = { confirmed: '✓', pending: '◔', attention: '!', skipped: '–', waiting: '…', planned: '→' };

export function rowOf(row: PageRow, model: TableModel, isOpen: boolean): Element {
  const [number, machineId, deviceName, , , actionStatus, , httpStatus, errorCode, message, attempts, sentAt, , endedAt, , opposed] = row;
  const words = model.wordsOf(row);
  const group = words?.group ?? '';
  const known = [errorCode, httpStatus !== null && httpStatus >= 300 ? `HTTP ${httpStatus}` : null].filter((part) => part !== null);
  return h(
    'tr',
    { class: group },
    h('td', { class: 'number' }, detailsButton(number, isOpen)),
    h(
      'th',
      { scope: 'row', class: 'machine' },
      deviceName !== '' && h('span', { class: 'name' }, ...breakable(visible(deviceName))),
      h('code', {}, visible(machineId)),
    ),
    h(
      'td',
      { class: 'result' },
      h('span', { class: `badge ${group}` }, h('span', { 'aria-hidden': 'true' }, MARKS[group] ?? ''), ` ${words?.label ?? ''}`),
      // A narrow screen has no room for the columns beside it.
      h('span', { class: 'narrow', 'aria-hidden': 'true' }, shortly([...known, message, opposed])),
    ),
    h('td', { class: 'action' }, actionStatus ?? '', endedAt !== null && h('span', { class: 'when' }, clock(endedAt, model.day))),
    h(
      'td',
      { class: 'known' },
      known.length > 0 && h('span', { class: 'code' }, known.map((part) => visible(part)).join(' · ')),
      visible([message, opposed].filter((part) => part !== null && part !== '').join('; ')),
    ),
    h('td', { class: 'number few' }, attempts > 0 ? count(attempts) : ''),
    h('td', { class: 'time few' }, clock(sentAt, model.day)),
  );
}

/** A long name breaks after its dots rather than anywhere. */
function breakable(text: string): Tree[] {
  return text.split(/(?<=\.)/).flatMap((part, i) => (i === 0 ? [part] : [h('wbr'), part]));
}

function shortly(parts: readonly (string | null)[]): string {
  return parts.flatMap((part) => (part === null ? [] : [visible(part, 120)])).join(' · ');
}

function detailsButton(number: number, isOpen: boolean): Element {
  return h(
    'button',
    { type: 'button', class: 'toggle', 'data-row': number, 'aria-expanded': String(isOpen), 'aria-label': `Row ${number}, details` },
    count(number),
  );
}

/** Everything that the report knows of a row. */
export function detailsOf(row: PageRow, model: TableModel, { files }: Pick<PageData, 'files'>): Element {
  const [
    ,
    machineId,
    deviceName,
    ,
    outcome,
    actionStatus,
    actionId,
    httpStatus,
    errorCode,
    message,
    attempts,
    sentAt,
    settledAt,
    endedAt,
    seen,
    opposed,
    file,
    line,
    input,
  ] = row;
  const words = model.wordsOf(row);
  const parts: readonly (readonly [string, string | number | null])[] = [
    ['What it means', words?.meaning ?? null],
    ['What to do', words?.todo ?? null],
    ['Outcome', outcome],
    ['Machine id', machineId],
    ['Device name', deviceName],
    ['Action', actionId],
    ['Action status', actionStatus],
    ['Action ended', timeOf(endedAt)],
    ['Machine last seen', seen],
    ['Opposite action', opposed],
    ['HTTP status', httpStatus],
    ['Error code', errorCode],
    ['Message', message],
    ['Requests', attempts],
    ['First sent', timeOf(sentAt)],
    ['Settled', timeOf(settledAt)],
    ['In the list', `${files[file] ?? ''}, line ${line}`],
    ...model.inputColumns.map((name, i) => [name, input[i] ?? null] as const),
  ];
  const shown = parts.filter(([, value]) => value !== null && value !== '');
  const list = shown.map(([label, value]) => h('div', {}, h('dt', {}, visible(label)), h('dd', {}, visible(String(value), 2000))));
  return h('tr', { class: 'details' }, h('td', { colspan: 7 }, h('dl', {}, ...list)));
}

function timeOf(at: number | null): string {
  return at === null ? '' : `${utc(at)} UTC`;
}
