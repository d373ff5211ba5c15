import { describe, expect, it } from 'vitest';
import { finalOf, guard, mostlyUnknown, type GuardInput } from '../../src/core/guards.ts';

const judge = (input: Partial<GuardInput> & { calls?: number } = {}) =>
  guard({ plan: { calls: input.calls ?? 10, unclear: undefined }, limit: { count: 1000 }, ...input });
const names = (...input: Parameters<typeof judge>): string[] => judge(...input).map((refusal) => refusal.guard);

describe('the guards', () => {
  it('let a set pass that nothing stands against', () => expect(judge()).toEqual([]));

  it('refuse one machine more than the limit', () => {
    expect(names({ limit: { count: 10 } })).toEqual([]);
    expect(names({ limit: { count: 9 } })).toEqual(['max-targets']);
  });

  it('take a share of the onboarded machines, rounded down', () => {
    expect(names({ limit: { percent: 10 }, onboarded: 100 })).toEqual([]);
    expect(names({ limit: { percent: 10 }, onboarded: 99 })).toEqual(['max-targets']);
    expect(judge({ limit: { percent: 10 } })).toMatchObject([{ guard: 'max-targets', canBeConfirmed: false }]);
  });

  it('refuse when more than 30 % are unknown, but not over one or two odd machines', () => {
    expect(mostlyUnknown({ asked: 10, unknown: 3 })).toBe(false);
    expect(mostlyUnknown({ asked: 10, unknown: 4 })).toBe(true);
    expect(mostlyUnknown({ asked: 3, unknown: 2 })).toBe(false);
    expect(mostlyUnknown({ asked: 3, unknown: 3 })).toBe(true);
  });

  it('refuse what cannot be judged or is not what was confirmed, whoever is there', () => {
    const refusals = judge({
      plan: { calls: 10, unclear: { count: 2, first: 'row 1' } },
      confirm: 9,
      known: { asked: 10, unknown: 10 },
      limit: { count: 5 },
    });
    expect(refusals.map((refusal) => refusal.guard)).toEqual(['max-targets', 'exclusions', 'unknown-ids', 'confirmation']);
    expect(finalOf(refusals, true).map((refusal) => refusal.guard)).toEqual(['exclusions', 'unknown-ids', 'confirmation']);
    expect(finalOf(refusals, false)).toHaveLength(4);
  });
});
