import { stringify } from 'csv-stringify/sync';
import { defused } from '../core/defuse.ts';
import { reportRow, type ReportFormat, type ReportRow } from './report.ts';

/** The columns of report.csv, in order, and what fills them. */
const COLUMNS = {
  row: 'row',
  machine_id: 'machineId',
  device_name: 'deviceName',
  job: 'job',
  outcome: 'outcome',
  action_id: 'actionId',
  action_status: 'actionStatus',
  http_status: 'httpStatus',
  error_code: 'errorCode',
  message: 'message',
  attempts: 'attempts',
  first_sent_at: 'firstSentAt',
  settled_at: 'settledAt',
  run_id: 'runId',
} as const satisfies Record<string, keyof ReportRow>;

/** One line per row of the list. Text that a spreadsheet would run as a formula gets a `'` in front. */
export const csv: ReportFormat = {
  name: 'csv',
  file: 'report.csv',
  async *text({ run, rows }) {
    yield `${Object.keys(COLUMNS).join(',')}\n`;
    for await (const row of rows()) {
      const shown = reportRow(run, row);
      const cells = Object.values(COLUMNS).map((name) => shown[name]);
      yield stringify([cells.map((cell) => (typeof cell === 'string' ? defused(cell) : cell))]);
    }
  },
};
