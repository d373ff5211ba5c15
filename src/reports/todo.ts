import { needsSomebody, resultOf, WORDS } from '../core/words.ts';
import { inputName } from './columns.ts';
import { csvLine } from './csv.ts';
import type { ReportFormat } from './report.ts';

/**
 * The rows that need somebody, as a list that `run` takes. An unknown row is among them: it may have been carried out,
 * which is why `todo` says to resume first.
 */
export const todo: ReportFormat = {
  name: 'csv',
  file: 'todo.csv',
  only: 'run',
  async *text({ run, rows, inputColumns }) {
    const names = ['machine_id', 'device_name', 'result', 'error_code', 'message', 'todo', 'row'];
    yield `\uFEFF${csvLine([...names, ...inputColumns.map(inputName)])}`;
    for await (const row of rows()) {
      const result = resultOf(row, run);
      if (!needsSomebody(result)) continue;
      const { label, todo = null } = WORDS[result];
      const own = inputColumns.map((name) => row.input?.[name] ?? null);
      const message = [row.message ?? '', row.opposed?.words ?? ''].filter((part) => part !== '').join('; ') || null;
      yield csvLine([row.machineId, row.deviceName, label, row.errorCode, message, todo, row.row, ...own]);
    }
  },
};
