import { describe, expect, it } from 'vitest';
import { answersTo, finalOf, guard, mostlyUnknown, type GuardInput, type Refusal } from '../../src/core/guards.ts';
import { excluding } from '../support/builders.ts';

const judge = (input: Partial<GuardInput> & { calls?: number } = {}) =>
  guard({ plan: { calls: input.calls ?? 10, unclear: undefined }, limit: { count: 1000 }, ...input });
const spare = excluding('dc1', 'dc2').entries;
const names = (...input: Parameters<typeof judge>): string[] => judge(...input).map((refusal) => refusal.guard);

describe('what answers a refusal', () => {
  const answers = (...guards: Refusal['guard'][]): string =>
    answersTo(guards.map((guard_) => ({ guard: guard_, why: '', canBeConfirmed: false })));
  it('is about that refusal alone', () => {
    expect(answers('unmatched-exclusions')).toContain('--allow-unmatched-exclusions');
    expect(answers('max-targets')).toContain('Raise --max-targets');
    expect(answers('unmatched-exclusions')).not.toContain('--max-targets');
  });

  it('to a wrong number is the right one, also where that is what the default limit was asked about', () => {
    expect(answers('max-targets', 'confirmation')).toContain('--confirm the number');
    expect(answers('max-targets', 'confirmation')).not.toContain('--max-targets');
  });
});

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

  it('take a right --confirm for an answer to the limit that nobody chose, and only to that', () => {
    expect(names({ limit: { count: 9 }, limitIsDefault: true, confirm: 10 })).toEqual([]);
    expect(names({ limit: { count: 9 }, limitIsDefault: false, confirm: 10 })).toEqual(['max-targets']);
    expect(names({ limit: { count: 9 }, limitIsDefault: true, confirm: 11 })).toEqual(['max-targets', 'confirmation']);
  });

  it('say of a list that names no machine that it does not', () => {
    const judgeRows = (size: number, outcomes: object) => names({ plan: { calls: 0, unclear: undefined, size, outcomes } });
    expect(judgeRows(3, { invalid: 3 })).toEqual(['invalid']);
    expect(judgeRows(3, { invalid: 2, 'already-applied': 1 })).toEqual([]);
    expect(judgeRows(3, { excluded: 3 })).toEqual([]);
    expect(judgeRows(2, { invalid: 2 })).toEqual([]);
    expect(judgeRows(0, {})).toEqual([]);
  });

  it('ask about exclusions that match no machine of the tenant, and about files without any', () => {
    const plan = { calls: 1, unclear: undefined, unmatched: spare, unmatchedIn: 'tenant' } as const;
    expect(judge({ plan, emptyFiles: ['never.txt'] })).toEqual([
      {
        guard: 'unmatched-exclusions',
        canBeConfirmed: true,
        why: 'exclusions that match no machine of the tenant: "dc1" (spare.txt:1), "dc2" (spare.txt:2); exclusion files without an entry: never.txt',
      },
    ]);
    expect(names({ plan, emptyFiles: ['never.txt'], allowUnmatchedExclusions: true })).toEqual([]);
    expect(names({ plan: { ...plan, unmatchedIn: 'list' } })).toEqual([]);
    expect(names({ emptyFiles: ['never.txt'] })).toEqual(['unmatched-exclusions']);
  });

  it('keep to the cap over all runs, and say what is counted', () => {
    const cap = { count: 1000, ms: 86_400_000, sent: 900, open: 90 };
    expect(names({ cap })).toEqual([]);
    expect(judge({ calls: 11, cap })).toEqual([
      {
        guard: 'cap',
        canBeConfirmed: false,
        why: '--cap allows 1000 calls in 1d: this would be 11 more after 900 sent and 90 still to come in unfinished runs',
      },
    ]);
    expect(names({ calls: 0, cap: { ...cap, sent: 2000 } })).toEqual([]);
  });
});
