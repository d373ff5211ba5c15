import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { describeOvertaking, opposedIn, overtaking } from '../../src/core/overtaking.ts';
import type { FollowedAction, MachineAction } from '../../src/core/types.ts';
import { anAction, machineId } from '../support/builders.ts';

const OPPOSITES = { type: 'Unisolate', opposite: 'Isolate', meaning: 'the isolation was applied' };
const at = (minute: number): string => `2026-11-23T10:${String(minute).padStart(2, '0')}:00.1234567Z`;
const made = (
  type: string,
  from: number | null,
  to: number | null,
  status = 'Succeeded',
  more: Partial<MachineAction> = {},
): MachineAction =>
  anAction({
    id: `${type}-${from}-${to}`,
    type,
    status,
    requestor: 'ana',
    creationDateTimeUtc: from === null ? null : at(from),
    lastUpdateDateTimeUtc: to === null ? null : at(to),
    ...more,
  });
const isolate = (from: number | null, to: number | null, status?: string) => made('Isolate', from, to, status);
const unisolate = (from: number | null, to: number | null, status?: string) => made('Unisolate', from, to, status);
/** Ours was asked for at 10 and ended at 20. */
const OURS = unisolate(10, 20);
const kindOf = (...actions: MachineAction[]) => overtaking(OURS, [OURS, ...actions], OPPOSITES)?.kind;

describe('an opposite action beside one of ours that Succeeded', () => {
  it.each([
    ['asked for before, and ended after', 'overtaken', isolate(5, 21)],
    ['asked for while ours was open, and ended after', 'overtaken', isolate(15, 21)],
    ['ended at the same time', 'overtaken', isolate(15, 20)],
    ['asked for as ours ended', 'overtaken', isolate(20, 25)],
    ['Succeeded, and nobody knows when', 'overtaken', isolate(5, null)],
    ['Succeeded, and changed before it was asked for, which is no time', 'overtaken', isolate(5, 4)],
    ['nobody knows when it was asked for', 'overtaken', isolate(null, 30)],
    ['is open', 'contested', isolate(15, 15, 'Pending')],
    ['has a status that nobody has seen before', 'contested', isolate(5, 15, 'Queued')],
    ['is open, and nobody knows since when', 'contested', isolate(null, null, 'InProgress')],
    ['was asked for after ours ended', 'revoked', isolate(21, 22)],
    ['was asked for after ours ended, and is open', 'revoked', isolate(21, 21, 'Pending')],
    ['ended before', undefined, isolate(5, 19)],
    ['failed', undefined, isolate(15, 25, 'Failed')],
    ['was cancelled', undefined, isolate(15, 25, 'Cancelled')],
    ['timed out', undefined, isolate(15, 25, 'TimeOut')],
  ])('that %s: %s', (_, kind, rival) => expect(kindOf(rival)).toBe(kind));

  it('is of no account once an action of our type has the last word again', () => {
    expect(kindOf(isolate(15, 25), unisolate(15, 26))).toBeUndefined();
    expect(kindOf(isolate(15, 25), unisolate(15, 25))).toBe('overtaken');
    expect(kindOf(isolate(15, 25), unisolate(15, 26, 'Failed'))).toBe('overtaken');
    // By its creation alone one that ended nobody knows when is later.
    expect(kindOf(isolate(15, 25), unisolate(26, null))).toBeUndefined();
    expect(kindOf(isolate(15, 25, 'Pending'), unisolate(15, 26))).toBe('contested');
  });

  it('is told by the worst of them', () => {
    const later = [isolate(21, 30), isolate(5, 5, 'Pending')];
    expect(kindOf(...later)).toBe('contested');
    expect(kindOf(...later, isolate(15, 25), isolate(14, 24))).toBe('overtaken');
    expect(overtaking(OURS, [OURS, ...later, isolate(14, 24), isolate(15, 25)], OPPOSITES)?.action.id).toBe('Isolate-15-25');
  });

  it('counts against ours where nobody knows when ours ended', () => {
    const ours = unisolate(10, null);
    const judge = (rival: MachineAction) => overtaking(ours, [ours, rival], OPPOSITES)?.kind;
    expect([judge(isolate(5, 25)), judge(isolate(5, 11)), judge(isolate(30, 31)), judge(isolate(5, 5, 'Pending'))]).toEqual([
      'overtaken',
      'overtaken',
      'overtaken',
      'contested',
    ]);
    // It did not end before it was asked for.
    expect(judge(isolate(5, 9))).toBeUndefined();
  });

  it('is not mistaken for later by a time without a zone', () => {
    const rival = isolate(5, null);
    const ending = (text: string) => overtaking(OURS, [OURS, { ...rival, lastUpdateDateTimeUtc: text }], OPPOSITES)?.kind;
    expect([ending('2026-11-23T10:19:59'), ending('2026-11-23T10:21:00'), ending('soon')]).toEqual([undefined, 'overtaken', 'overtaken']);
  });
});

/** What is true of an action, and how much of it the record tells. */
interface Truth {
  readonly type: string;
  readonly status: string;
  readonly from: number;
  readonly takes: number;
  readonly told: string;
}
const action: fc.Arbitrary<Truth> = fc.record({
  type: fc.constantFrom('Isolate', 'Unisolate'),
  status: fc.constantFrom('Succeeded', 'Succeeded', 'Failed', 'TimeOut', 'Cancelled', 'Pending', 'InProgress', 'Odd'),
  from: fc.integer({ min: 0, max: 8 }),
  takes: fc.integer({ min: 0, max: 8 }),
  told: fc.constantFrom('all', 'all', 'no end', 'no beginning', 'nothing', 'no zone', 'no time', 'the first of times'),
});
const text = (second: number): string => `2026-11-23T10:00:0${second}`;
const record = ({ type, status, from, takes, told }: Truth, n: number): MachineAction => {
  const [begun, ended] = [from, from + takes].map((time) => `${text(Math.floor(time / 2))}.${(time % 2) * 5}`);
  const zone = told === 'no zone' ? '' : 'Z';
  const end = { 'no time': 'n/a', 'the first of times': '0001-01-01T00:00:00Z' }[told] ?? `${ended}${zone}`;
  return anAction({
    id: `a${n}`,
    type,
    status,
    creationDateTimeUtc: told === 'no beginning' || told === 'nothing' ? null : `${begun}${zone}`,
    lastUpdateDateTimeUtc: told === 'no end' || told === 'nothing' ? null : end,
  });
};
/** Whose type the machine is left as, when all that Succeeded is played in the order of the ends; of equal ones the opposite is last. */
const lastWord = (truths: readonly Truth[]): string | undefined =>
  truths
    .filter(({ status }) => status === 'Succeeded')
    .toSorted((a, b) => a.from + a.takes - (b.from + b.takes) || Number(a.type === 'Isolate') - Number(b.type === 'Isolate'))
    .at(-1)?.type;

describe('whatever the order of the actions, and whatever their record leaves out', () => {
  const ours = action.map((one) => ({ ...one, type: 'Unisolate', status: 'Succeeded' }));
  const worlds = fc.tuple(ours, fc.array(action, { maxLength: 6 }), fc.integer({ min: 0, max: 6 }));

  /** What is said of ours, and what is true. */
  const judge = ([mine, others, place]: readonly [Truth, readonly Truth[], number], tellsAll: boolean) => {
    const truths = others.toSpliced(place, 0, mine).map((one) => (tellsAll ? { ...one, told: 'all' } : one));
    const actions = truths.map(record);
    const said = overtaking(actions[Math.min(place, others.length)] ?? anAction(), actions, OPPOSITES);
    const theirs = truths.filter(({ type }) => type === 'Isolate');
    return {
      said,
      isOpposed: lastWord(truths) === 'Isolate',
      isOpen: theirs.some(({ status }) => ['Pending', 'InProgress', 'Odd'].includes(status)),
      isLater: theirs.some(({ from }) => from > mine.from + mine.takes),
    };
  };

  it('something is said wherever the opposite type has the last word, or may yet get it', () => {
    const always = fc.property(worlds, (world) => {
      const { said, isOpposed, isOpen } = judge(world, false);
      return said ? said.action.type === 'Isolate' : !isOpposed && !isOpen;
    });
    expect(fc.check(always, { numRuns: 5000 })).toMatchObject({ failed: false });
  });

  it('nothing is said that is not so, as long as the record tells all', () => {
    const isSo = { overtaken: 'isOpposed', contested: 'isOpen', revoked: 'isLater' } as const;
    const onlyTrue = fc.property(worlds, (world) => {
      const { said, ...truth } = judge(world, true);
      return said === undefined || truth[isSo[said.kind]];
    });
    expect(fc.check(onlyTrue, { numRuns: 5000 })).toMatchObject({ failed: false });
  });
});

describe('the words for it', () => {
  const words = (rival: MachineAction, ours = OURS): string => {
    const found = overtaking(ours, [ours, rival], OPPOSITES);
    return found ? describeOvertaking(found, ours, OPPOSITES) : '';
  };
  it('say whose action it is, how it stands, and what that means', () => {
    expect(words(isolate(5, 25))).toBe(
      `an Isolate action of ana (Isolate-5-25) Succeeded after this one, at ${at(25)}: by the record the isolation was applied`,
    );
    expect(words(isolate(5, null))).toBe(
      'an Isolate action of ana (Isolate-5-null) Succeeded, and the record does not tell which of the two was last: it may be that the isolation was applied',
    );
    expect(words(isolate(5, 20))).toContain('(Isolate-5-20) Succeeded at the same time as this one: it may be that');
    expect(words(isolate(null, null, 'Pending'))).toContain('(Isolate-null-null) is still Pending: it may yet be that');
    expect(words(isolate(5, 6, 'Pending'))).toBe(
      'an Isolate action of ana (Isolate-5-6), asked for before this one ended, is still Pending: it may yet be that the isolation was applied',
    );
    expect(words(isolate(30, 31))).toBe(
      'an Isolate action of ana (Isolate-30-31) was asked for later, and Succeeded: by the record the isolation was applied',
    );
    expect(words(isolate(30, 31, 'InProgress'))).toContain('was asked for later, and is InProgress');
  });
  it('are one line, whoever is named', () => {
    const odd = made('Isolate', 5, 25, 'Succeeded', { requestor: 'a\nb\u001b[31m', id: 'x\ry' });
    expect(words(odd)).toContain('of a b [31m (x y) Succeeded');
    expect(words({ ...odd, requestor: null })).toContain('of somebody');
  });
});

describe('all actions of a run, by one read', () => {
  const followed = (row: number, actionId: string, status: string | null = 'Succeeded'): FollowedAction => ({
    row,
    machineId: machineId(row),
    actionId,
    status,
    isOwn: true,
    settledAt: 5,
    lastSeen: null,
  });
  const on = (row: number, action: MachineAction, id: string): MachineAction => ({
    ...action,
    id,
    machineId: machineId(row).toUpperCase(),
  });

  it('are each judged by what is on their own machine, whatever the case of ids', () => {
    const actions = [on(10, OURS, 'A10'), on(11, OURS, 'a11'), on(10, isolate(15, 25), 'r1'), on(12, isolate(15, 25), 'r2')];
    const { seen, gaps } = opposedIn([followed(10, 'a10'), followed(11, 'a11'), followed(12, 'a12', 'Pending')], actions, OPPOSITES);
    expect(seen).toEqual([
      { row: 10, actionId: 'a10', opposed: { kind: 'overtaken', words: expect.stringContaining('(r1)') } },
      { row: 11, actionId: 'a11', opposed: null },
    ]);
    expect(gaps).toEqual([]);
  });

  it('are not judged where the read does not show them, or shows them as they were', () => {
    const stale = on(2, { ...OURS, status: 'InProgress' }, 'a2');
    const { seen, gaps } = opposedIn([followed(1, 'a1'), followed(2, 'a2')], [stale], OPPOSITES);
    expect(seen).toEqual([]);
    expect(gaps).toEqual(["the list does not show 2 of the run's actions as Succeeded"]);
  });

  it('leave a gap where the list says not whose an action is', () => {
    const nameless = [
      { ...isolate(5, 25), machineId: null },
      { ...isolate(6, 25), type: null },
    ];
    const { gaps } = opposedIn([followed(1, 'a1')], [on(1, OURS, 'a1'), ...nameless], OPPOSITES);
    expect(gaps).toEqual(['2 actions in the list name no machine or no type']);
  });

  it('are judged by both records of a machine that was merged into another', () => {
    const actions = [on(9, OURS, 'a1'), on(9, isolate(15, 25), 'r1')];
    expect(opposedIn([followed(1, 'a1')], actions, OPPOSITES).seen).toMatchObject([{ opposed: { kind: 'overtaken' } }]);
  });
});
