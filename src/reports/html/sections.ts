/** The sections of a page, each a tree: written into a file, or sent to a page that is open. */
import { WORDS } from '../../core/words.ts';
import { count, plural, utc, visible } from '../../page/text.ts';
import { h, type Element } from '../../page/tree.ts';
import { factsOf, figuresOf, planFactsOf, sentenceOf, stateOf, titleOf } from '../headline.ts';
import { nextSteps } from '../next.ts';
import type { Report } from '../report.ts';
import { urgent, type Totals } from '../tally.ts';

/** What it is, where, and how it stands. */
export function headSection(report: Report, madeAt: number): Element {
  const { run } = report;
  const state = stateOf(report);
  return h(
    'header',
    { id: 'head' },
    run.emulated && h('p', { class: 'emulated' }, h('strong', {}, 'EMULATED'), ' Nothing real was touched.'),
    h('p', { class: 'kicker' }, `${report.plan ? 'Plan' : 'Report'} of cordon`, h('span', { class: `state ${state.kind}` }, state.text)),
    h('h1', {}, titleOf(report)),
    run.comment !== '' && h('p', { class: 'comment' }, visible(run.comment, 1000)),
    h(
      'p',
      { class: 'where' },
      `Tenant ${visible(run.tenant) || 'not known'} · by ${visible(run.operator)} · `,
      h('time', { datetime: new Date(run.createdAt).toISOString() }, `${utc(run.createdAt)} UTC`),
      run.status === 'running' ? ` · as of ${utc(madeAt)} UTC` : '',
    ),
  );
}

/** The figures: a bar that shows their shares, and each in words. */
export function figuresSection(report: Report, tally: Totals): Element {
  const figures = figuresOf(tally, report.plan !== undefined);
  return h(
    'section',
    { id: 'figures', 'aria-labelledby': 'figures-title' },
    h('h2', { id: 'figures-title', class: 'unseen' }, 'In figures'),
    h('p', { class: 'sentence' }, sentenceOf(report, tally)),
    barOf(figures, tally.rows),
    h(
      'dl',
      { class: 'tiles' },
      ...figures.map(({ group, label, count: n, meaning }) =>
        h(
          'div',
          { class: `tile ${group}${n === 0 ? ' none' : ''}` },
          h('dt', {}, label),
          h('dd', {}, h('span', { class: 'big' }, count(n)), h('span', { class: 'meaning' }, meaning)),
        ),
      ),
    ),
  );
}

function barOf(figures: ReturnType<typeof figuresOf>, rows: number): Element {
  let left = 0;
  const parts = figures.flatMap(({ group, count: n }) => {
    const width = rows === 0 ? 0 : (n / rows) * 100;
    const box = { x: `${left}%`, y: 0, width: `${width}%`, height: '100%' };
    left += width;
    const hatch = group === 'confirmed' ? undefined : h('rect', { ...box, fill: `url(#pattern-${group})` });
    return n === 0 ? [] : [h('rect', { ...box, class: `fill ${group}` }), hatch];
  });
  return h('svg', { class: 'bar', 'aria-hidden': 'true', width: '100%', height: 18 }, parts);
}

/** What to do next, as commands to copy. */
export function nextSection(report: Report, tally: Totals): Element {
  const steps = nextSteps(report, tally);
  return h(
    'section',
    { id: 'next', class: 'card', 'aria-labelledby': 'next-title' },
    h('h2', { id: 'next-title' }, 'What to do next'),
    h(
      'ol',
      {},
      ...steps.map(({ why, command }) =>
        h('li', {}, h('p', {}, visible(why, 1000)), command !== undefined && h('pre', { class: 'command' }, h('code', {}, command))),
      ),
    ),
    reasons(tally),
  );
}

/** Why somebody is needed, by reason. */
function reasons(tally: Totals): Element | undefined {
  const needing = urgent(tally);
  if (needing.length === 0) return undefined;
  return h(
    'table',
    { class: 'reasons' },
    h('caption', {}, `${plural(tally.groups.attention, 'row')} that ${tally.groups.attention === 1 ? 'needs' : 'need'} somebody`),
    h('tbody', {}, ...needing.map(({ result, count: n }) => reasonRow(n, WORDS[result]))),
  );
}

function reasonRow(n: number, { label, meaning, todo = '' }: (typeof WORDS)[keyof typeof WORDS]): Element {
  return h(
    'tr',
    {},
    h('td', { class: 'number' }, count(n)),
    h('th', { scope: 'row' }, label),
    h('td', {}, `${meaning}. `, h('span', { class: 'todo' }, todo)),
  );
}

/** Who, when, where, and the hashes. */
export function factsSection(report: Report): Element {
  const facts = factsOf(report).map(({ label, value, isCode }) =>
    h('div', {}, h('dt', {}, label), h('dd', {}, isCode ? h('code', {}, visible(value)) : visible(value, 1000))),
  );
  const more = planFactsOf(report).map(({ label, values }) =>
    h(
      'div',
      { class: 'wide' },
      h('dt', {}, label),
      h(
        'dd',
        {},
        values.length === 1 ? visible(values[0] ?? '', 1000) : h('ul', {}, ...values.map((value) => h('li', {}, visible(value, 1000)))),
      ),
    ),
  );
  return h(
    'section',
    { id: 'facts', 'aria-labelledby': 'facts-title' },
    h('h2', { id: 'facts-title' }, report.plan ? 'The plan' : 'The run'),
    h('dl', { class: 'facts' }, ...more, ...facts),
  );
}

/** An unmoving skeleton; the page's script fills it. */
export function rowsSection(report: Report): Element {
  return h(
    'section',
    { id: 'rows', 'aria-labelledby': 'rows-title' },
    h('h2', { id: 'rows-title' }, 'All rows'),
    h(
      'noscript',
      {},
      h(
        'p',
        { class: 'card' },
        `The table needs the page’s own script, which is switched off. report.csv beside this page has all ${plural(report.summary.rows, 'row')}.`,
      ),
    ),
    h('div', { id: 'table' }),
  );
}
