import { reportRow, reportRun, type ReportFormat } from './report.ts';

/** `{ run, summary, observed, rows }`, a row a line. */
export const json: ReportFormat = {
  name: 'json',
  file: 'report.json',
  async *text({ run, summary, rows }) {
    yield `{"run":${JSON.stringify(reportRun(run))},\n"summary":${JSON.stringify(summary)},\n"observed":${JSON.stringify(run.observed)},\n"rows":[`;
    let separator = '\n';
    for await (const row of rows()) {
      const { file, line } = row;
      yield `${separator}${JSON.stringify({ ...reportRow(run, row), file, line })}`;
      separator = ',\n';
    }
    yield '\n]}\n';
  },
};
