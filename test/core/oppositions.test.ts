import { describe, expect, it } from 'vitest';
import { countOpposed, describeOpposed, oppositionReasons, oppositionText } from '../../src/core/oppositions.ts';

describe('rows that others had the last word on', () => {
  it('count the rows', () => {
    const opposed = (kind: 'overtaken' | 'revoked') => ({ opposed: { kind, words: '' } });
    const counts = countOpposed([opposed('revoked'), opposed('overtaken'), {}, opposed('overtaken')]);
    expect(counts).toEqual({ overtaken: 2, revoked: 1 });
    expect([oppositionText(counts), oppositionText({})]).toEqual(['2 overtaken, 1 revoked', '']);
  });
  it('are told with the kind first', () => {
    expect(describeOpposed({ kind: 'contested', words: 'an Isolate action' })).toBe('contested: an Isolate action');
  });
});

describe('what the end of a run says of it', () => {
  it.each([
    [{ overtaken: 2 }, null, [[3, '2 overtaken: an opposite action had the last word']]],
    [{ contested: 1 }, null, [[4, '1 contested: an opposite action is still open']]],
    [{ revoked: 9 }, null, []],
    [{}, 'HTTP 503', [[0, 'whether opposite actions had the last word could not be read: HTTP 503']]],
  ])('of %o and %s', (opposed, unread, reasons) => {
    expect(oppositionReasons({ opposed, unread }).map(({ code, why }) => [code, why])).toEqual(reasons);
  });
  it('is all of it', () => {
    const reasons = oppositionReasons({ opposed: { overtaken: 1, contested: 1, revoked: 1 }, unread: 'x' });
    expect(reasons.map(({ code }) => code)).toEqual([3, 4, 0]);
  });
});
