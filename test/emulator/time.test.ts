import { describe, expect, it } from 'vitest';
import { dateKey, dateText, spanText, wallAt, withoutTrailingZeros } from '../../src/emulator/time.ts';

const ORIGIN = Date.parse('2026-11-23T10:00:00.000Z');

describe('dates', () => {
  it('have seven digits, so that texts sort as instants do', () => {
    expect(dateText(ORIGIN)).toBe('2026-11-23T10:00:00.0000000Z');
    expect(dateText(ORIGIN + 0.5, 3)).toBe('2026-11-23T10:00:00.0005003Z');
  });

  it('carry ticks over into the next millisecond', () => {
    expect(dateText(ORIGIN + 999, 10_001)).toBe('2026-11-23T10:00:01.0000001Z');
  });

  it.each([
    ['2026-11-23T10:00:00.1200000Z', '2026-11-23T10:00:00.12Z'],
    ['2026-11-23T10:00:10.0000000Z', '2026-11-23T10:00:10Z'],
    ['2026-11-23T10:00:00.1234567Z', '2026-11-23T10:00:00.1234567Z'],
  ])('%s is printed as %s', (text, printed) => {
    expect(withoutTrailingZeros(text)).toBe(printed);
  });

  it.each([
    ['2018-08-01Z', '2018-08-01T00:00:00.0000000Z'],
    ['2018-08-01', '2018-08-01T00:00:00.0000000Z'],
    ['2018-08-01T10:30Z', '2018-08-01T10:30:00.0000000Z'],
    ['2018-08-01T10:30:05.12Z', '2018-08-01T10:30:05.1200000Z'],
    ['2018-08-01T10:30:05+02:00', '2018-08-01T08:30:05.0000000Z'],
  ])('the literal %s means %s', (literal, key) => {
    expect(dateKey(literal)).toBe(key);
  });

  it.each(['2018-13-01Z', '2018', 'yesterday', ''])('%j is no date', (text) => {
    expect(dateKey(text)).toBeUndefined();
  });
});

describe('a faster clock', () => {
  it('tells clients the instants of their own clock', () => {
    expect(wallAt({ origin: ORIGIN, speed: 60 }, ORIGIN + 60_000)).toBe(ORIGIN + 1000);
  });
});

describe('spans', () => {
  it.each([
    [60_000, '00:01:00'],
    [3_600_000, '01:00:00'],
    [1500, '00:00:01.5000000'],
  ])('%d ms are written %s', (ms, text) => {
    expect(spanText(ms)).toBe(text);
  });
});
