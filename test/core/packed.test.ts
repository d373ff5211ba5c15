import { array, assert, constantFrom, integer, oneof, property, record, string, stringMatching } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FirstPlaces } from '../../src/core/first-places.ts';
import { PackedRows } from '../../src/core/packed-rows.ts';
import { machineIdOf } from '../../src/core/ids.ts';
import type { InputRow } from '../../src/core/types.ts';

const id = stringMatching(/^[0-9a-f]{40}$/);
/** Few and close together, so that ids come again and slots are shared. */
const counted = integer({ min: 0, max: 300 }).map((n) => n.toString(16).padStart(40, '0'));
const nearly = oneof(
  id.map((text) => text.toUpperCase()),
  id.map((text) => text.slice(1)),
  id.map((text) => `${text.slice(1)}g`),
  id.map((text) => `${text.slice(1)}\u0130`),
  string(),
);
const text = oneof(id, counted, nearly);

describe('packed rows', () => {
  const plain = record({
    text,
    deviceName: constantFrom('', 'pc-1', 'ÄÖ'),
    file: constantFrom('a.csv', 'b.csv'),
    line: integer({ min: 0, max: 2 ** 32 - 1 }),
  });
  const row = oneof(
    plain,
    plain.map((one) => ({ ...one, input: { Site: one.deviceName } })),
    plain.map((one) => ({ ...one, input: {} })),
  );
  type Added = Omit<InputRow, 'row'>;
  const asAdded = (rows: readonly Added[]): InputRow[] =>
    rows.map((one, index) => ({ row: index + 1, ...one, text: machineIdOf(one.text) ?? one.text }));

  it('are the rows that were added, whatever they hold, ids in lower case', () => {
    assert(
      property(array<Added>(row), array<Added>(row), (first, second) => {
        const packed = new PackedRows(asAdded(first));
        for (const one of second) packed.add(one);
        const expected = asAdded([...first, ...second]);
        expect([...packed]).toEqual(expected);
        expect(packed).toHaveLength(expected.length);
        expect(expected.map((_, index) => packed.at(index))).toEqual(expected);
        expect([packed.at(expected.length), packed.at(-1)]).toEqual([undefined, undefined]);
      }),
    );
  });

  it('are the same over many blocks', () => {
    const rows = Array.from({ length: 20_000 }, (_, n) => ({
      text: n % 4000 === 17 ? `pc-${n}` : n.toString(16).padStart(40, n % 2 === 0 ? '0' : 'A'),
      deviceName: n % 9000 === 0 ? `näme-${n}` : '',
      ...(n % 3 === 0 && { input: { Site: `s${n}`, ['__proto__']: '', ...(n % 6 === 0 && { Ω: '語'.repeat(n % 5) }) } }),
      file: n < 12_345 ? 'a' : 'b',
      line: n + 2,
    }));
    const packed = new PackedRows();
    for (const one of rows) packed.add(one);
    expect([...packed]).toEqual(asAdded(rows));
    expect([8191, 8192, 12_344, 12_345, 19_999].map((index) => packed.at(index)?.file)).toEqual(['a', 'a', 'a', 'b', 'b']);
  });
});

describe('first places', () => {
  it('are those of a map', () => {
    assert(
      property(array(text, { maxLength: 400 }), integer({ min: 0, max: 10 }), (ids, expected) => {
        const places = new FirstPlaces((place) => ids[place], expected);
        const model = new Map<string, number>();
        for (const [place, one] of ids.entries()) {
          expect(places.note(one, place)).toBe(model.get(one));
          if (!model.has(one)) model.set(one, place);
        }
      }),
    );
  });

  it.each([
    ['counted up', (n: number) => n.toString(16).padStart(40, '0')],
    ['counted up in the first digits', (n: number) => n.toString(16).padStart(8, '0').padEnd(40, '0')],
    ['the same five times over', (n: number) => n.toString(16).padStart(8, '0').repeat(5)],
  ])('outgrow what was expected, ids being %s', (_, idOf) => {
    const count = 50_000;
    const places = new FirstPlaces((place) => idOf(place % count));
    for (let place = 0; place < count; place += 1) expect(places.note(idOf(place), place)).toBeUndefined();
    for (let place = 0; place < count; place += 1) expect(places.note(idOf(place), count + place)).toBe(place);
  });
});
