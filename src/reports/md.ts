import { needsSomebody, resultOf, WORDS } from '../core/words.ts';
import type { RunRow } from '../core/types.ts';
import { count, plural } from '../page/text.ts';
import { factsOf, figuresOf, planFactsOf, sentenceOf, stateOf, titleOf } from './headline.ts';
import { markdownText } from './markdown-text.ts';
import { nextSteps } from './next.ts';
import type { Report, ReportFormat } from './report.ts';
import { tallyOf, type Totals } from './tally.ts';

/** A ticket is no place for more rows than this. */
const MOST_ROWS = 50;

/** The report for a ticket: the figures, what to do next, and the rows that need somebody. */
export const md: ReportFormat = { name: 'md', file: 'report.md', only: 'run', text };

/** A preview for a change board. */
export const planMd: ReportFormat = { name: 'md', file: 'plan.md', only: 'plan', text };

async function* text(report: Report): AsyncGenerator<string> {
  const found: string[] = [];
  const tally = await tallyOf(report, (row, result) => {
    if (needsSomebody(result) && found.length < MOST_ROWS) found.push(rowLine(row, report));
  });
  const parts = [head(report, tally), figures(report, tally), next(report, tally), facts(report), needing(found, tally)];
  yield `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

function head(report: Report, tally: Totals): string {
  const { run } = report;
  return [
    `# ${markdownText(titleOf(report))}`,
    run.emulated ? '**EMULATED: nothing real was touched.**' : '',
    run.comment === '' ? '' : `> ${markdownText(run.comment)}`,
    `**${stateOf(report).text}** · ${sentenceOf(report, tally)}`,
  ]
    .filter((line) => line !== '')
    .join('\n\n');
}

function figures({ plan }: Report, tally: Totals): string {
  const lines = figuresOf(tally, plan !== undefined).map(({ count: n, label, meaning }) => `| ${count(n)} | **${label}** | ${meaning} |`);
  return ['| | | |', '| ---: | --- | --- |', ...lines].join('\n');
}

function next(report: Report, tally: Totals): string {
  const steps = nextSteps(report, tally).map(({ why, command }, i) => {
    const line = `${i + 1}. ${markdownText(`${why} `).trim()}`;
    return command === undefined ? line : `${line}\n\n   \`\`\`\n   ${command.replaceAll(/[\p{Cc}]|`{3}/gu, ' ')}\n   \`\`\``;
  });
  return `## What to do next\n\n${steps.join('\n')}`;
}

function facts(report: Report): string {
  const more = planFactsOf(report).map(({ label, values }) => `| ${label} | ${values.map(markdownText).join('<br>')} |`);
  const lines = factsOf(report).map(({ label, value }) => `| ${label} | ${markdownText(value)} |`);
  return [`## ${report.plan ? 'The plan' : 'The run'}`, '', '| | |', '| --- | --- |', ...more, ...lines].join('\n');
}

function needing(lines: readonly string[], { groups: { attention } }: Totals): string {
  if (attention === 0) return '';
  const rest = attention - lines.length;
  return [
    `## ${plural(attention, 'row')} that ${attention === 1 ? 'needs' : 'need'} somebody`,
    '',
    '| Row | Machine | Name | Result | Why |',
    '| ---: | --- | --- | --- | --- |',
    ...lines,
    ...(rest > 0 ? ['', `… and ${plural(rest, 'more row', 'more rows')}: report.csv has all.`] : []),
  ].join('\n');
}

function rowLine(row: RunRow, { run }: Report): string {
  const why = [row.errorCode, row.message, row.opposed?.words]
    .filter((part) => part !== null && part !== undefined && part !== '')
    .join(': ');
  const cells = [row.machineId, row.deviceName, WORDS[resultOf(row, run)].label, why].map(markdownText);
  return `| ${row.row} | ${cells.join(' | ')} |`;
}
