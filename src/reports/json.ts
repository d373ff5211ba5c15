import type { Run, RunRow } from '../core/types.ts';
import { inputName, reportRow } from './columns.ts';
import { reportRun, type Report, type ReportFormat } from './report.ts';

/** `{ run, summary, quota, observed?, rows }`, a row a line. */
export const json: ReportFormat = {
  name: 'json',
  file: 'report.json',
  async *text(report) {
    const head = Object.entries(headOf(report)).map(([name, value]) => `"${name}":${JSON.stringify(value)},\n`);
    yield `{${head.join('')}"rows":[`;
    let separator = '\n';
    for await (const row of report.rows()) {
      yield `${separator}${JSON.stringify(jsonRow(report.run, row))}`;
      separator = ',\n';
    }
    yield '\n]}\n';
  },
};

function headOf({ run, summary, windows }: Report): Readonly<Record<string, unknown>> {
  const { observed } = run;
  return { run: reportRun(run), summary, quota: { windows }, ...(observed && { observed }) };
}

/** A row as report.json and `--json` have it: where it stood in the list, and the list's own columns, as well. */
export function jsonRow(run: Run, row: RunRow): object {
  const { file, line, input = {} } = row;
  const own = Object.fromEntries(Object.entries(input).map(([name, value]) => [inputName(name), value]));
  return { ...reportRow(run, row), file, line, ...own };
}
