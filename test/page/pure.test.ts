import { describe, expect, it } from 'vitest';
import { axisOf, placeOf } from '../../src/page/axis.ts';
import { COLUMNS, quotaSeries, resultSeries } from '../../src/page/series.ts';
import { clock, count, plural, span, utc, visible } from '../../src/page/text.ts';
import { h, toHtml } from '../../src/page/tree.ts';

describe('trees', () => {
  it('are written with all text escaped, void elements open, and what is absent left out', () => {
    const tree = h(
      'p',
      { title: `"a" & 'b'`, hidden: true, lang: undefined, draggable: false },
      '<b>',
      [h('br'), undefined, false],
      h('i', {}, 'x\0'),
    );
    expect(toHtml(tree)).toBe('<p title="&quot;a&quot; &amp; &#39;b&#39;" hidden>&lt;b&gt;<br><i>x\uFFFD</i></p>');
  });
  it('survive JSON', () => {
    const tree = h('ul', { class: 'a' }, ...['x', 'y'].map((text) => h('li', {}, text)));
    expect(toHtml(JSON.parse(JSON.stringify(tree)))).toBe('<ul class="a"><li>x</li><li>y</li></ul>');
  });
});

describe('texts', () => {
  it.each([
    [0, '0'],
    [999, '999'],
    [10_000, '10,000'],
    [1_234_567, '1,234,567'],
  ])('%d is %s', (n, text) => expect(count(n)).toBe(text));
  it.each([
    [450, '450 ms'],
    [3000, '3 s'],
    [60_000, '1 min'],
    [200_000, '3 min 20 s'],
    [3_600_000, '1 h'],
    [4_440_000, '1 h 14 min'],
    [176_400_000, '2 d 1 h'],
  ])('%d ms is %s', (ms, text) => expect(span(ms)).toBe(text));
  it('count one and many', () => expect([plural(1, 'row'), plural(2, 'row')]).toEqual(['1 row', '2 rows']));
  it('tell the time, and the date on another day', () => {
    const at = Date.UTC(2026, 10, 23, 10, 15, 30);
    expect([utc(at), utc(null), clock(at, '2026-11-23'), clock(at, '2026-11-22')]).toEqual([
      '2026-11-23 10:15:30',
      '',
      '10:15:30',
      '2026-11-23 10:15:30',
    ]);
  });
  it('of others show what nobody sees, and are cut', () => {
    expect(visible('a\u202Eb\0c\u200Bd')).toBe('a⟨U+202E⟩b⟨U+0000⟩c⟨U+200B⟩d');
    expect(visible('x'.repeat(400))).toBe(`${'x'.repeat(300)}… (400 characters)`);
  });
});

describe('a time axis', () => {
  it('leaves out long idle stretches and says how long they were', () => {
    const axis = axisOf(Float64Array.of(0, 60_000, 7_260_000, 7_320_000), 3_600_000);
    expect(axis.stretches.map(({ from, to }) => [from, to])).toEqual([
      [0, 60_000],
      [7_260_000, 7_320_000],
    ]);
    expect(axis.gaps).toEqual([{ at: 0.5, ms: 7_200_000 }]);
    expect([0, 30_000, 60_000, 1_000_000, 7_260_000, 7_320_000, 9e9].map((at) => Math.round(1000 * placeOf(axis, at)))).toEqual([
      0, 245, 490, 490, 510, 1000, 1000,
    ]);
  });
  it('keeps the shortest of very many gaps', () => {
    const axis = axisOf(
      Float64Array.from({ length: 100 }, (_, i) => i * 10_000_000 + i * i),
      3_600_000,
    );
    expect(axis.gaps).toHaveLength(12);
    expect(axis.stretches.at(-1)?.right).toBeCloseTo(1);
  });
  it('has room for a run of one instant, and for none', () => {
    expect(placeOf(axisOf(Float64Array.of(5), 1000), 5)).toBe(0);
    expect(axisOf(new Float64Array(), 1000).stretches).toHaveLength(1);
  });
});

describe('the quota in use', () => {
  const window = { limit: 2, ms: 60_000 };
  it('counts each request from its beginning until a window after its answer, retries and other runs too', () => {
    const attempts = [
      { begunAt: 0, countsFrom: 10_000, own: true },
      { begunAt: 20_000, countsFrom: 20_000, own: false },
      { begunAt: 70_000, countsFrom: 71_000, own: true },
    ];
    const axis = axisOf(Float64Array.of(0, 96_000), 1e9);
    const { own, others, most } = quotaSeries(attempts, window, axis);
    const at = (ms: number): number[] => [own, others].map((values) => values[Math.floor((ms / 96_000) * COLUMNS)] ?? -1);
    expect(most).toBe(2);
    expect([0, 19_000, 21_000, 69_000, 75_000, 85_000].map(at)).toEqual([
      [1, 0],
      [1, 0],
      [1, 1],
      [1, 1],
      [1, 1],
      [1, 0],
    ]);
  });
  it('never averages an excess away, however short it was', () => {
    const attempts = [0, 1, 2, 600_000].map((begunAt) => ({ begunAt, countsFrom: begunAt, own: true }));
    const { own, most } = quotaSeries(attempts, { limit: 2, ms: 5 }, axisOf(Float64Array.of(0, 600_000), 1e9));
    expect([most, own[0], own[1], own[COLUMNS - 1]]).toEqual([3, 3, 0, 1]);
  });
});

it('rows move from one result to the next', () => {
  const axis = axisOf(Float64Array.of(0, 480_000), 1e9);
  const steps = [
    { at: 0, group: 'pending' },
    { at: 0, group: 'failed' },
    { at: 240_000, group: 'confirmed', from: 'pending' },
  ] as const;
  const series = resultSeries(steps, ['pending', 'failed', 'confirmed'], axis);
  expect([0, 239, 240, 479].map((i) => [...series.values()].map((values) => values[i]))).toEqual([
    [1, 1, 0],
    [1, 1, 0],
    [0, 1, 1],
    [0, 1, 1],
  ]);
});
