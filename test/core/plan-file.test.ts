import { assert, integer, nat, property } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planText, readPlan, type PlanHead } from '../../src/core/plan-file.ts';
import type { PlannedRow } from '../../src/core/types.ts';
import { aRow, machineId } from '../support/builders.ts';

const HEAD: PlanHead = {
  format: 2,
  cordon: '0.1.0',
  createdAt: '2026-11-23T10:15:30.000Z',
  operator: 'ana',
  job: 'restrict',
  tenant: 'contoso',
  host: 'https://api.security.microsoft.com',
  emulated: false,
  comment: 'INC-7 „über“ \u2028',
  order: 'list',
  listHash: 'abc',
  calls: 2,
  exclusions: { files: ['/etc/spare.txt'], entries: 1, unmatched: [] },
  guards: [],
  onboarded: null,
  facts: true,
};
const ROWS: PlannedRow[] = [
  aRow(1, { message: 'Inactive' }),
  aRow(2, { skip: 'ineligible', message: 'macOS' }),
  aRow(3, { skip: 'already-in-progress', action: { id: 'a1', status: 'Pending' }, message: 'by ben' }),
  { ...aRow(4), machineId: 'x', skip: 'invalid', message: 'no id' },
];
const saved = (rows: readonly PlannedRow[] = ROWS, head = HEAD): Buffer => Buffer.from([...planText(head, rows).pieces].join(''));

describe('a plan file', () => {
  it('gives back what was saved', () => {
    const { sha256 } = planText(HEAD, ROWS);
    expect(readPlan(saved())).toEqual({ ...HEAD, sha256, rows: ROWS });
  });

  it('is refused when any byte is another', () => {
    const good = saved();
    assert(
      property(nat(good.length - 1), integer({ min: 1, max: 255 }), (at, flip) => {
        const bad = Buffer.from(good);
        bad[at] = (bad[at] ?? 0) ^ flip;
        expect(readPlan(bad)).toBeTypeOf('string');
      }),
      { numRuns: 500 },
    );
  });

  it('is refused when something is added or cut off', () => {
    expect(readPlan(Buffer.concat([saved(), Buffer.from(' ')]))).toContain('altered');
    expect(readPlan(saved().subarray(0, -1))).toContain('altered');
    expect(readPlan(Buffer.alloc(0))).toContain('no plan of cordon');
  });

  it('has one hash for one content, and another for another', () => {
    expect(planText(HEAD, ROWS).sha256).toBe(planText(HEAD, ROWS).sha256);
    expect(planText({ ...HEAD, comment: 'INC-8' }, ROWS).sha256).not.toBe(planText(HEAD, ROWS).sha256);
  });

  it.each([
    ['calls a machine twice', [aRow(1), aRow(2, { machineId: machineId(1) })], 'a second time'],
    ['calls what is no machine', [aRow(1, { machineId: 'all' })], 'names no machine'],
    ['has rows in another order', [aRow(2), aRow(1)], 'not where it belongs'],
    ['has two calls in one place', [aRow(1, { position: 1 }), aRow(2, { position: 1 })], 'a place of their own'],
    ['has a call without a place', [aRow(1, { position: 1 }), aRow(2)], 'a place of their own'],
    ['has a place for what is no call', [aRow(1, { position: 1 }), aRow(2, { skip: 'excluded', position: 2 })], 'a place of their own'],
  ])('is refused, whatever its hash says, when it %s', (_, rows, why) => expect(readPlan(saved(rows))).toContain(why));

  it('keeps the places of its calls', () => {
    const placed = [aRow(1, { position: 2 }), aRow(2, { skip: 'excluded' }), aRow(3, { position: 1 })];
    const read = readPlan(saved(placed, { ...HEAD, order: 'active-first' }));
    expect(read).toMatchObject({ order: 'active-first', rows: placed });
  });

  it('is refused when it is of a format that this version does not know', () => {
    expect(readPlan(saved(ROWS, JSON.parse(JSON.stringify({ ...HEAD, format: 1 }))))).toContain('cannot be read');
  });
});
