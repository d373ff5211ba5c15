import { describe, expect, it } from 'vitest';
import { matcher } from '../../../src/emulator/odata/match.ts';
import { ODataError } from '../../../src/emulator/odata/tokens.ts';
import type { Fields, Value } from '../../../src/emulator/odata/filter.ts';
import { parseFilter } from '../../../src/emulator/odata/parse-filter.ts';

const FIELDS: Fields = { id: 'key', name: 'string', build: 'number', seen: 'date', aad: 'guid', tags: 'texts', merged: 'boolean' };

type Row = Readonly<Record<string, Value | string[]>>;

const ROWS: readonly Row[] = [
  {
    id: '1',
    name: 'alpha',
    build: 17_763,
    seen: '2026-01-01T00:00:00.0000000Z',
    aad: 'd78dc223-8dc8-4234-9678-abcdef03505b',
    tags: ['red'],
    merged: false,
  },
  { id: '2', name: "o'hara", build: 19_045, seen: '2026-02-01T00:00:00.1000000Z', aad: null, tags: ['red', 'tier 0'], merged: true },
  { id: '3', name: 'beta', build: null, seen: '2026-03-01T12:00:00.0000000Z', aad: null, tags: [], merged: false },
];

/** Ids of the rows that pass. */
function passing(filter: string): string {
  const passes = matcher<Row>(parseFilter(filter, FIELDS), (row, field) => row[field] ?? null);
  return ROWS.filter(passes)
    .map(({ id }) => id)
    .join();
}

describe('filters', () => {
  it.each([
    ["name eq 'alpha'", '1'],
    ["name ne 'alpha'", '2,3'],
    ["name eq 'o''hara'", '2'],
    ["name eq 'Alpha'", ''],
    ['build ge 17763 and build lt 19045', '1'],
    ['build gt 17763', '2'],
    ['build le 17763', '1'],
    ['build eq null', '3'],
    ['merged eq true', '2'],
    ["id in ('1', '3')", '1,3'],
    ["name in ('beta')", '3'],
    ["startswith(name,'al') or endswith(name, 'ta')", '1,3'],
    ["contains(tags,'tier')", '2'],
    ["tags/any(t: t eq 'red')", '1,2'],
    ["not (name eq 'alpha' or name eq 'beta')", '2'],
    ["name eq 'alpha' or name eq 'beta' and build eq 1", '1'],
    ["(name eq 'alpha' or name eq 'beta') and build eq null", '3'],
    ['aad eq d78dc223-8dc8-4234-9678-abcdef03505b', '1'],
    ['seen gt 2026-02-01Z', '2,3'],
    ['seen ge 2026-02-01T00:00:00.1Z', '2,3'],
    ['seen gt 2026-02-01T00:00:00.1000000Z', '3'],
    ['seen lt 2026-03-01T13:00+02:00', '1,2'],
    ['  seen  lt  2026-01-02  ', '1'],
    ["name eq 'alpha' OR name EQ 'beta' AND Build eq 1", '1'],
    ["NOT (Name IN ('alpha','beta'))", '2'],
    ['name in ("alpha","o\'hara")', '1,2'],
    ["StartsWith(Name,'al')", '1'],
    ["tolower(name) eq 'alpha' or toupper(Name) in ('BETA')", '1,3'],
    ["contains(tolower(tags),'tier') or endswith(toupper(name),'TA')", '2,3'],
    ["Tags/Any(t: t eq 'red')", '1,2'],
  ])('%s passes %j', (filter, ids) => {
    expect(passing(filter)).toBe(ids);
  });

  it.each([
    ['name eq', 'a literal was expected'],
    ["name like 'x'", "'like' is no comparison"],
    ["color eq 'red'", "property named 'color'"],
    ["constructor eq 'red'", "property named 'constructor'"],
    ["name eq 'x' extra", "'extra' was not expected"],
    ["(name eq 'x'", "')' was expected at 'the end'"],
    ["name eq 'x", 'Syntax error'],
    ['name eq 00aa00', "'00aa00' is neither"],
    ['name eq 5', "'name' cannot be compared with a number"],
    ["build eq '5'", "'build' cannot be compared with a string"],
    ["aad eq 'd78dc223-8dc8-4234-9678-abcdef03505b'", "'aad' cannot be compared with a string"],
    ["seen gt '2026-01-01Z'", "'seen' cannot be compared with a string"],
    ['id in ()', 'a literal was expected'],
    ['startswith(name,null)', 'needs a text'],
    ['', 'a name was expected'],
  ])('%j is refused: %s', (filter, message) => {
    expect(() => parseFilter(filter, FIELDS)).toThrow(ODataError);
    expect(() => parseFilter(filter, FIELDS)).toThrow(message);
  });
});
