/** The list of runs, newest first, each with a link to its page. */
import type { RunOverview } from '../core/ports.ts';
import { STYLE } from '../page/bundle.ts';
import { count, plural, utc, visible } from '../page/text.ts';
import { h, toHtml, type Element } from '../page/tree.ts';
import { runsPolicy } from '../reports/html/policy.ts';

/** Looks again by itself, without a script. */
const AGAIN_S = 10;

export function runsPage(runs: readonly RunOverview[]): string {
  const head = [
    h('meta', { charset: 'utf-8' }),
    h('meta', { 'http-equiv': 'Content-Security-Policy', content: runsPolicy() }),
    h('meta', { 'http-equiv': 'refresh', content: AGAIN_S }),
    h('meta', { name: 'viewport', content: 'width=device-width, initial-scale=1' }),
    h('meta', { name: 'color-scheme', content: 'light dark' }),
    h('title', {}, 'Runs of cordon'),
    h('link', { rel: 'icon', href: 'data:,' }),
  ];
  const body = h(
    'main',
    {},
    h(
      'header',
      { id: 'head' },
      h('p', { class: 'kicker' }, 'cordon'),
      h('h1', {}, runs.length === 0 ? 'No runs yet' : plural(runs.length, 'run')),
    ),
    h('section', { 'aria-label': 'Runs' }, runs.length > 0 && table(runs)),
  );
  return `<!doctype html>\n<html lang="en">\n<head>\n${head.map(toHtml).join('\n')}\n<style>${STYLE}</style>\n</head>\n<body>\n${toHtml(body)}\n</body>\n</html>\n`;
}

const HEADS = [
  { text: 'Run', kind: '' },
  { text: 'Job', kind: 'few' },
  { text: 'Began (UTC)', kind: 'few' },
  { text: 'Rows', kind: 'number few' },
  { text: 'Accepted', kind: 'number' },
  { text: 'State', kind: 'result' },
] as const;

function table(runs: readonly RunOverview[]): Element {
  const heads = HEADS.map(({ text, kind }) => h('th', { scope: 'col', class: kind }, text));
  return h(
    'div',
    { class: 'scroll' },
    h('table', { class: 'rows' }, h('thead', {}, h('tr', {}, ...heads)), h('tbody', {}, ...runs.map(rowOf))),
  );
}

function rowOf(run: RunOverview): Element {
  const { text, group } = stateOf(run);
  return h(
    'tr',
    {},
    h(
      'th',
      { scope: 'row' },
      h('a', { class: 'name', href: `runs/${encodeURIComponent(run.id)}` }, visible(run.comment) || run.id),
      h('code', { class: 'when' }, run.id),
    ),
    h('td', { class: 'few' }, run.emulated ? `${run.job} (EMULATED)` : run.job),
    h('td', { class: 'time few' }, utc(run.createdAt)),
    h('td', { class: 'number few' }, count(run.machines)),
    h('td', { class: 'number' }, count(run.outcomes['created'] ?? 0)),
    h('td', { class: 'result' }, h('span', { class: `badge ${group}` }, text)),
  );
}

function stateOf({ status, active, exitCode }: RunOverview): { readonly text: string; readonly group: string } {
  if (active) return { text: 'at work', group: 'pending' };
  if (status !== 'done') return { text: 'unfinished', group: 'attention' };
  return exitCode === 0 || exitCode === null
    ? { text: 'done', group: 'confirmed' }
    : { text: `done, exit ${exitCode}`, group: 'attention' };
}
