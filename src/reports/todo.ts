import { needsSomebody, resultOf, WORDS } from '../core/words.ts';
import { cellOf, squashed } from '../core/column-names.ts';
import { inputName } from './columns.ts';
import { csvLine } from './csv.ts';
import type { ReportFormat } from './report.ts';

const NAMES = ['machine_id', 'device_name', 'result', 'error_code', 'message', 'todo', 'row'];
/** What a reader of such a file takes for columns of its own: all but the machine. */
const TELLING = NAMES.slice(2);

/**
 * The rows that need somebody, as a list that `run` takes. An unknown row is among them: it may have been carried out,
 * which is why `todo` says to resume first.
 */
export const todo: ReportFormat = {
  name: 'csv',
  file: 'todo.csv',
  only: 'run',
  async *text({ run, rows, inputColumns }) {
    const others = ownColumns(inputColumns);
    yield `\uFEFF${csvLine([...NAMES, ...others.map(({ heading }) => heading)])}`;
    for await (const row of rows()) {
      const result = resultOf(row, run);
      if (!needsSomebody(result)) continue;
      const { label, todo = null } = WORDS[result];
      const own = others.map(({ name }) => cellOf(row.input, name));
      const message = [row.message ?? '', row.opposed?.words ?? ''].filter((part) => part !== '').join('; ') || null;
      yield csvLine([row.machineId, row.deviceName, label, row.errorCode, message, todo, row.row, ...own]);
    }
  },
};

interface OwnColumn {
  /** In the list. */
  readonly name: string;
  /** In this file. */
  readonly heading: string;
}

/**
 * The list's own columns keep their names: a job may read them by those, such as a file's hash. One that is called like one of ours is
 * marked. Of a list that was such a file itself, ours were never the list's own: what they say is out of date.
 */
function ownColumns(names: readonly string[]): OwnColumn[] {
  const ours = new Set(NAMES.map(squashed));
  const theirs = new Set(names.map(squashed));
  const isTodo = TELLING.every((name) => theirs.has(squashed(name)));
  return names.flatMap((name) => {
    if (!ours.has(squashed(name))) return [{ name, heading: name }];
    return isTodo ? [] : [{ name, heading: marked(name, theirs) }];
  });
}

/** Once is enough, unless the list has a column of that name too. */
function marked(name: string, theirs: ReadonlySet<string>): string {
  const heading = inputName(name);
  return theirs.has(squashed(heading)) ? marked(heading, theirs) : heading;
}
