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

function table(runs: readonly RunOverview[]): Element {
  const heads = ['Run', 'Job', 'Comment', 'Began (UTC)', 'Rows', 'Accepted', 'State'];
  return h(
    'div',
    { class: 'scroll', role: 'region', 'aria-label': 'Runs', tabindex: 0 },
    h(
      'table',
      { class: 'rows' },
      h('thead', {}, h('tr', {}, ...heads.map((text) => h('th', { scope: 'col' }, text)))),
      h('tbody', {}, ...runs.map(rowOf)),
    ),
  );
}

function rowOf(run: RunOverview): Element {
  const { text, group } = stateOf(run);
  return h(
    'tr',
    {},
    h('th', { scope: 'row' }, h('a', { href: `runs/${encodeURIComponent(run.id)}` }, h('code', {}, run.id))),
    h('td', {}, run.emulated ? `${run.job} (EMULATED)` : run.job),
    h('td', { class: 'known' }, visible(run.comment)),
    h('td', { class: 'time' }, utc(run.createdAt)),
    h('td', { class: 'number' }, count(run.machines)),
    h('td', { class: 'number' }, count(run.outcomes['created'] ?? 0)),
    h('td', { class: 'result' }, h('span', { class: `badge ${group}` }, text)),
  );
}

function stateOf({ status, active, exitCode }: RunOverview): { readonly text: string; readonly group: string } {
  if (active) return { text: 'at work', group: 'pending' };
  if (status !== 'done') return { text: 'unfinished', group: 'attention' };
  return exitCode === 0 ? { text: 'done', group: 'confirmed' } : { text: `done, exit ${exitCode}`, group: 'attention' };
}
