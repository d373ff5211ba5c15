import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readApiError, readAction } from '../../src/core/answers.ts';
import { closedJson } from '../../src/core/closed-json.ts';

describe('JSON that was cut off', () => {
  it.each([
    ['{"error":{"code":"Busy","message":"aaa', '{"error":{"code":"Busy","message":"aaa"}}'],
    ['{"a":1,"b', '{"a":1}'],
    ['{"a":1,"b":', '{"a":1}'],
    ['{"a":12', '{}'],
    ['[1,{"a":tru', '[1,{}]'],
    ['{"a":"x\\', '{"a":"x"}'],
    ['{"a":"x\\\\', '{"a":"x\\\\"}'],
    ['{"a":"x\\u00', '{"a":"x"}'],
    ['{"a":"x\\\\u00', '{"a":"x\\\\u00"}'],
    ['{"a":[]}', '{"a":[]}'],
    ['<html>', ''],
  ])('%s is closed', (text, closed) => expect(closedJson(text)).toBe(closed));

  it('tells what it told before the cut', () => {
    const error = JSON.stringify({ error: { code: 'OsPlatformNotSupported', message: 'x'.repeat(1000), target: 't' } });
    expect(readApiError(closedJson(error.slice(0, 300)))?.code).toBe('OsPlatformNotSupported');
    const action = JSON.stringify({ id: 'a1', requestorComment: 'c', commands: ['x'.repeat(1000)] });
    expect(readAction(closedJson(action.slice(0, 100)))).toMatchObject({ id: 'a1', requestorComment: 'c' });
  });

  it('can be read wherever it was cut, and says nothing else than before', () => {
    const document = fc.oneof(fc.dictionary(fc.string(), fc.jsonValue()), fc.array(fc.jsonValue()));
    fc.assert(
      fc.property(document, fc.double({ min: 0, max: 1, noNaN: true }), fc.boolean(), (value, part, spaced) => {
        const whole = JSON.stringify(value, null, spaced ? 1 : 0);
        const cut = closedJson(whole.slice(0, Math.max(1, Math.floor(part * whole.length))));
        expect(isPartOf(JSON.parse(cut), JSON.parse(whole))).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});

function isPartOf(part: unknown, whole: unknown): boolean {
  if (typeof part === 'string') return typeof whole === 'string' && whole.startsWith(part);
  if (typeof part !== 'object' || part === null) return Object.is(part, whole);
  const others = new Map<string, unknown>(Object.entries(Object(whole)));
  return Object.entries(part).every(([key, held]) => isPartOf(held, others.get(key)));
}
