import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bounded, boundedAnswer, boundedSettlement, MAX_ANSWER, MAX_TEXT } from '../../src/core/bounds.ts';
import { judge } from '../../src/core/judge.ts';
import type { Answer } from '../../src/core/types.ts';
import { aRun, anAction, machineId } from '../support/builders.ts';

const question = { runId: aRun().id, actionType: 'RestrictCodeExecution', machineId: machineId(1), begunAfter: 0 };
const sizeOf = (answer: Answer): number => Buffer.byteLength(JSON.stringify(answer));

describe('what is kept of an answer', () => {
  it('is all of it when it is short', () => {
    const answer: Answer = { kind: 'response', status: 201, body: JSON.stringify(anAction()), date: 'now' };
    expect(boundedAnswer(answer)).toBe(answer);
  });

  it('is judged as all of it was, and never more than 64 KiB', () => {
    const big = fc.integer({ min: 0, max: 300_000 }).map((length) => 'ü'.repeat(length));
    const padding = fc.dictionary(
      fc.string({ maxLength: 200 }).map((name) => `x${name}`),
      fc.oneof(big, fc.jsonValue()),
      { maxKeys: 60 },
    );
    const codes = fc.constantFrom('OsPlatformNotSupported', 'ActiveRequestAlreadyExists', 'ResourceNotFound', 'InternalServerError');
    const body = fc.oneof(
      fc
        .record({ comment: fc.constantFrom(`[cordon ${aRun().id}] `, 'by hand '), more: big, padding })
        .map(({ comment, more, padding }) => ({
          ...padding,
          ...anAction({ requestorComment: comment + more }),
        })),
      fc
        .record({ code: codes, more: big, padding })
        .map(({ code, more, padding }) => ({ ...padding, error: { code, message: more, target: more } })),
    );
    fc.assert(
      fc.property(body, fc.constantFrom(200, 201, 400, 403, 404, 429, 500), (value, status) => {
        const answer: Answer = { kind: 'response', status, body: JSON.stringify(value) };
        const kept = boundedAnswer(answer);
        expect(sizeOf(kept)).toBeLessThanOrEqual(MAX_ANSWER);
        expect(essenceOf(kept)).toEqual(essenceOf(answer));
      }),
      { numRuns: 100 },
    );
  });

  it.each([
    ['is no JSON', '<html>'.padEnd(200_000, 'x')],
    ['is all control characters', JSON.stringify({ error: { code: 'A', message: '\u0001'.repeat(200_000) } })],
    ['has a name without end', JSON.stringify({ ['n'.repeat(200_000)]: 1, id: 'a' })],
  ])('is bounded when its body %s', (_, body) => {
    expect(sizeOf(boundedAnswer({ kind: 'response', status: 500, body, retryAfter: 'x'.repeat(20_000) }))).toBeLessThanOrEqual(MAX_ANSWER);
  });
});

function essenceOf(answer: Answer): object {
  const verdict = judge(question, answer, 0);
  if (verdict.kind !== 'settled') return { kind: verdict.kind };
  const { outcome, actionId, errorCode } = verdict.settlement;
  return { outcome, actionId, errorCode };
}

describe('a text', () => {
  it('is cut, and never in the middle of a character', () => {
    expect(bounded('a'.repeat(3000))).toHaveLength(MAX_TEXT);
    expect(bounded('😀'.repeat(3000), 3)).toBe('😀\ufffd');
  });

  it('of a settlement is cut, whichever it is', () => {
    const long = 'x'.repeat(5_000_000);
    const kept = boundedSettlement({ outcome: 'refused', httpStatus: 400, errorCode: long, message: long, actionId: long });
    expect(kept).toMatchObject({ outcome: 'refused', httpStatus: 400 });
    expect([kept.errorCode?.length, kept.message?.length, kept.actionId?.length]).toEqual([2000, 2000, 2000]);
  });
});
