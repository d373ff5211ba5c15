/** One page as text: no request leaves it, and nothing in it runs but its own script. */
import type { RunRow } from '../../core/types.ts';
import { needsSomebody, RESULTS, WORDS, type Group, type Result } from '../../core/words.ts';
import { SCRIPT, STYLE } from '../../page/bundle.ts';
import { RowEncoder, type PageData, type PageRow, type ResultWords } from '../../page/data.ts';
import type { Step } from '../../page/series.ts';
import { utc, visible } from '../../page/text.ts';
import { h, toHtml, type Element } from '../../page/tree.ts';
import { titleOf } from '../headline.ts';
import type { Report } from '../report.ts';
import { tallyOf, type Totals } from '../tally.ts';
import { stepsOf } from './charts.ts';
import { chartsSection } from './charts-section.ts';
import { patterns } from './patterns.ts';
import { contentPolicy } from './policy.ts';
import { factsSection, figuresSection, headSection, nextSection, rowsSection } from './sections.ts';

/** More rows than this make no page that anybody could use: those that need somebody come in any case. */
const MOST_ROWS = 100_000;

/** The sections that change while a run works, and the tally they were made from. */
export interface Sections {
  readonly tally: Totals;
  readonly sections: readonly Element[];
}

/** Walks over the rows once. @param madeAt ms since the epoch, for "as of" in the page of a run at work */
export async function sectionsOf(report: Report, madeAt: number): Promise<Sections> {
  const steps: Step<Group>[] = [];
  let calls = 0;
  const tally = await tallyOf(report, (row, result) => {
    steps.push(...stepsOf(row, result));
    if (isCall(row, result)) calls += 1;
  });
  const charts = await chartsSection(report, steps, calls);
  return {
    tally,
    sections: [
      headSection(report, madeAt),
      figuresSection(report, tally),
      nextSection(report, tally),
      charts,
      factsSection(report),
      rowsSection(report),
    ],
  };
}

/** A row that the plan wanted called. */
function isCall({ settledAt, outcome }: RunRow, result: Result): boolean {
  return settledAt !== null || outcome === 'not-sent' || outcome === 'unknown' || result === 'waiting';
}

export interface PageOptions {
  /** For "as of", ms since the epoch. */
  readonly madeAt: number;
  /** Where a live page listens for news, and how many changes of rows it has already; a page in a file listens to nobody. */
  readonly live?: { readonly events: string; readonly version: number };
}

/** The pieces of the page: what can be read without script first, then the rows. */
export async function* pageText(report: Report, { madeAt, live }: PageOptions): AsyncGenerator<string> {
  const { sections } = await sectionsOf(report, madeAt);
  yield '<!doctype html>\n<html lang="en">\n';
  yield `<head>\n${headOf(report, live).map(toHtml).join('\n')}\n<style>${STYLE}</style>\n</head>\n<body>\n${toHtml(patterns())}\n<main>\n`;
  for (const section of sections) yield `${toHtml(section)}\n`;
  yield `</main>\n${toHtml(footer())}\n<script type="application/json" id="data">`;
  yield* dataText(report, live?.version ?? 0);
  yield `</script>\n<script type="module">${SCRIPT}</script>\n</body>\n</html>\n`;
}

function headOf({ run, ...report }: Report, live: PageOptions['live']): Element[] {
  const title = `${run.emulated ? 'EMULATED: ' : ''}${visible(titleOf({ run, ...report }))} · ${run.id}`;
  return [
    h('meta', { charset: 'utf-8' }),
    h('meta', { 'http-equiv': 'Content-Security-Policy', content: contentPolicy(live !== undefined) }),
    h('meta', { name: 'viewport', content: 'width=device-width, initial-scale=1' }),
    h('meta', { name: 'color-scheme', content: 'light dark' }),
    h('meta', { name: 'referrer', content: 'no-referrer' }),
    ...(live ? [h('meta', { name: 'cordon-events', content: live.events })] : []),
    h('title', {}, title),
    h('link', { rel: 'icon', href: 'data:,' }),
  ];
}

function footer(): Element {
  return h(
    'footer',
    {},
    h(
      'p',
      {},
      'Made by cordon from its own record. Accepted means that the API keeps the action; confirmed means that its record says Succeeded. All times are UTC.',
    ),
  );
}

async function* dataText(report: Report, version: number): AsyncGenerator<string> {
  const encoder = new RowEncoder(report.run, report.inputColumns);
  yield '{"rows":[';
  let separator = '\n';
  for await (const row of chosenRows(report, encoder)) {
    yield separator + jsonInHtml(row);
    separator = ',\n';
  }
  const { files } = encoder;
  const rest: Omit<PageData, 'rows'> = {
    files,
    version,
    inputColumns: report.inputColumns,
    total: report.summary.rows,
    day: utc(report.run.createdAt).slice(0, 10),
    results: resultWords(),
  };
  yield `\n],${jsonInHtml(rest).slice(1)}`;
}

/** All rows, or where there are too many: those that need somebody, and the first of the others. */
async function* chosenRows(report: Report, encoder: RowEncoder): AsyncGenerator<PageRow> {
  let plain = MOST_ROWS;
  for await (const row of report.rows()) {
    const encoded = encoder.encode(row);
    const result = RESULTS[encoded[3]];
    if (result !== undefined && needsSomebody(result)) yield encoded;
    else if (plain-- > 0) yield encoded;
  }
}

function resultWords(): ResultWords[] {
  return RESULTS.map((name) => ({
    name,
    label: WORDS[name].label,
    meaning: WORDS[name].meaning,
    group: WORDS[name].group,
    todo: WORDS[name].todo ?? null,
  }));
}

/** JSON that cannot end the element it stands in. */
function jsonInHtml(value: unknown): string {
  return JSON.stringify(value).replaceAll('<', String.raw`\u003c`);
}
