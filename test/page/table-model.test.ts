import { expect, it } from 'vitest';
import { RESULTS, WORDS } from '../../src/core/words.ts';
import type { RunRow } from '../../src/core/types.ts';
import { RowEncoder } from '../../src/page/data.ts';
import { FIRST_VIEW, TableModel, type View } from '../../src/page/table-model.ts';
import { aRun, aRunRow } from '../support/builders.ts';

function modelOf(...rows: RunRow[]): TableModel {
  const encoder = new RowEncoder(aRun({ status: 'done' }), ['Site']);
  const results = RESULTS.map((name) => ({
    name,
    label: WORDS[name].label,
    meaning: '',
    group: WORDS[name].group,
    todo: WORDS[name].todo ?? null,
  }));
  return new TableModel({
    rows: rows.map((row) => encoder.encode(row)),
    files: [],
    version: 0,
    inputColumns: ['Site'],
    total: rows.length,
    day: '',
    results,
  });
}
const model = modelOf(
  aRunRow(1, { deviceName: 'pc10', actionStatus: 'Succeeded', firstSentAt: 30, input: { Site: 'Bern' } }),
  aRunRow(2, { deviceName: 'pc9', actionStatus: 'Pending', firstSentAt: 20 }),
  aRunRow(3, { deviceName: 'pc1', outcome: 'not-sent', actionStatus: null, attempts: 0, firstSentAt: null }),
  aRunRow(4, { deviceName: 'pc2', outcome: 'unknown', actionStatus: null, attempts: 3, firstSentAt: 10, message: 'lost, upstream' }),
  aRunRow(5, { deviceName: 'pc3', outcome: 'duplicate', actionStatus: null, attempts: 0, firstSentAt: null }),
);
const shown = (view: Partial<View>): number[] => model.rows({ ...FIRST_VIEW, ...view }).map(([row]) => row);

it.each([
  ['those that need somebody first', {}, [4, 3, 2, 1, 5]],
  ['by row', { sort: 'row' }, [1, 2, 3, 4, 5]],
  ['by row, backwards', { sort: 'row', descending: true }, [5, 4, 3, 2, 1]],
  ['by name, numbers in names as numbers', { sort: 'machine' }, [3, 4, 5, 2, 1]],
  ['by time, what was never sent last', { sort: 'sent' }, [4, 2, 1, 3, 5]],
  ['only what needs somebody', { filter: 'todo' }, [4, 3]],
  ['one result', { filter: RESULTS.indexOf('confirmed') }, [1]],
  ['every word of a search, in any field', { search: ' Lost  PC ' }, [4]],
  ['the list’s own columns', { search: 'bern' }, [1]],
  ['the words for people', { search: 'confirmed' }, [1]],
  ['nothing that matches', { search: 'zzz' }, []],
] as const)('shows %s', (_, view, rows) => expect(shown(view)).toEqual(rows));

it('counts the results in the order of urgency', () => {
  expect(model.counts().map(({ words, count }) => [words.name, count])).toEqual([
    ['unknown', 1],
    ['not-sent', 1],
    ['accepted', 1],
    ['confirmed', 1],
    ['duplicate', 1],
  ]);
});

it('takes rows that changed, and new ones', () => {
  const live = modelOf(aRunRow(1, { actionStatus: 'Pending' }));
  const encoder = new RowEncoder(aRun(), ['Site']);
  expect(live.rows({ ...FIRST_VIEW, search: 'confirmed' })).toEqual([]);
  live.take([aRunRow(1, { actionStatus: 'Succeeded' }), aRunRow(2, {})].map((row) => encoder.encode(row)));
  expect(live.rows({ ...FIRST_VIEW, search: 'confirmed' }).map(([row]) => row)).toEqual([1]);
  expect(live.size).toBe(2);
});
