import { assert, constantFrom, property, string } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { covers, folded } from '../../src/core/pattern.ts';

describe('a pattern', () => {
  it.each([
    ['', '', true],
    ['', 'a', false],
    ['*', '', true],
    ['?', '', false],
    ['?', '😀', true],
    ['a*c', 'abc', true],
    ['a*c', 'ac', true],
    ['a*c', 'acb', false],
    ['*ab*ab', 'abab', true],
    ['*ab*ab', 'aab', false],
    ['a.c', 'abc', false],
    ['[a]', 'a', false],
  ])('%s covers %s: %s', (pattern, text, isCovered) => expect(covers(pattern, text)).toBe(isCovered));

  it('covers what the same regular expression matches', () => {
    const few = string({ unit: constantFrom('a', 'b', '*', '?'), maxLength: 8 });
    const text = string({ unit: constantFrom('a', 'b'), maxLength: 10 });
    assert(
      property(few, text, (pattern, whole) => {
        const like = new RegExp(`^${pattern.replaceAll('*', '.*').replaceAll('?', '.')}$`);
        expect(covers(pattern, whole)).toBe(like.test(whole));
      }),
      { numRuns: 2000 },
    );
  });

  it('never runs wild', () => {
    const pattern = `${'*a'.repeat(50)}b`;
    expect(covers(pattern, 'a'.repeat(5000))).toBe(false);
  });
});

describe('the form in which names are compared', () => {
  it.each([
    ['  DC01 ', 'dc01'],
    ['STRASSE', 'straße'],
    ['STRAẞE', 'straße'],
    ['ΑΣ', 'ας'],
    ['ﬁle', 'FILE'],
    ['e\u0301', 'É'],
    ['vip\u200b', 'VIP'],
    ['ＤＣ０１', 'dc01'],
  ])('%j is %j', (one, other) => expect(folded(one)).toBe(folded(other)));

  it('does not depend on whether a text is plain', () => {
    assert(
      property(string({ unit: 'grapheme-ascii' }), (text) => {
        expect(folded(text)).toBe(folded(`${text}\u200b`));
      }),
    );
  });
});
