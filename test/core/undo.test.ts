import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chooseUndo } from '../../src/core/undo.ts';
import type { MachineAction } from '../../src/core/types.ts';
import { anAction } from '../support/builders.ts';

const RULES = { type: 'RestrictCodeExecution', inverse: 'UnrestrictCodeExecution' };
const at = (minute: number): string => new Date(Date.UTC(2026, 10, 23, 10, minute)).toISOString();
const OWN = { actionId: 'own', actionStatus: 'Pending' };

function action(id: string, from: number, to: number, more: Partial<MachineAction> = {}): MachineAction {
  return anAction({ id, status: 'Succeeded', creationDateTimeUtc: at(from), lastUpdateDateTimeUtc: at(to), requestor: id, ...more });
}
const release = (id: string, from: number, to: number, status = 'Succeeded') => action(id, from, to, { type: RULES.inverse, status });
const own = action('own', 10, 12);

describe('what an undo does with a machine of the run', () => {
  it.each<[string, MachineAction[], object]>([
    ['is released when the run alone holds it', [own], { kind: 'release' }],
    ['is released when others’ actions were taken back before', [action('bob', 1, 2), release('bob', 3, 4), own], { kind: 'release' }],
    ['is released when others’ actions came to nothing', [action('bob', 1, 2, { status: 'Failed' }), own], { kind: 'release' }],
    ['has its own open action cancelled', [action('own', 10, 10, { status: 'InProgress' })], { kind: 'cancel' }],
    ['has its own action cancelled that no list shows yet', [], { kind: 'cancel' }],
    ['stays for somebody’s older action', [action('bob', 1, 2), own], { kind: 'leave', skip: 'excluded' }],
    ['stays for somebody’s newer action', [own, action('bob', 20, 21)], { kind: 'leave', skip: 'excluded' }],
    ['stays for somebody’s open action', [own, action('bob', 20, 20, { status: 'Pending' })], { kind: 'leave', skip: 'excluded' }],
    ['was released already', [own, release('bob', 20, 21)], { kind: 'leave', skip: 'already-applied' }],
    ['is released by a release that is open', [own, release('bob', 20, 20, 'Pending')], { kind: 'leave', skip: 'already-in-progress' }],
    ['never was held', [action('own', 10, 12, { status: 'TimeOut' })], { kind: 'leave', skip: 'already-applied' }],
  ])('%s', (_, actions, choice) => {
    expect(chooseUndo(OWN, actions, RULES)).toMatchObject(choice);
  });

  it('says who else holds the machine', () => {
    expect(chooseUndo(OWN, [action('bob', 1, 2), own], RULES)).toMatchObject({
      why: `stays as it is: also an action of ${at(1)} by bob`,
    });
  });

  it('goes by the state where the API’s record no longer has the action', () => {
    expect(chooseUndo({ ...OWN, actionStatus: 'Succeeded' }, [], RULES)).toEqual({ kind: 'release' });
  });
});

/** Who holds the machine, by playing the record back. */
function holders(actions: readonly MachineAction[]): ReadonlySet<string> {
  const held = new Set<string>();
  for (const { id, type } of actions.filter(({ status }) => status === 'Succeeded').toSorted((a, b) => ended(a) - ended(b)))
    if (type === RULES.inverse) held.clear();
    else held.add(id);
  return held;
}
const ended = ({ lastUpdateDateTimeUtc }: MachineAction): number => Date.parse(lastUpdateDateTimeUtc ?? '');

describe('in any history', () => {
  const status = fc.constantFrom('Pending', 'InProgress', 'Succeeded', 'Failed', 'TimeOut', 'Cancelled', 'NeverSeenBefore');
  const kind = fc.constantFrom(RULES.type, RULES.inverse);
  const history = fc
    .tuple(fc.uniqueArray(fc.nat(500), { minLength: 1, maxLength: 7 }), fc.infiniteStream(fc.tuple(status, kind)), fc.nat(6), status)
    .map(([ends, kinds, which, ownStatus]) =>
      ends.map((end, i) => {
        const [theirs, type] = kinds.next().value ?? ['Succeeded', RULES.type];
        const isOwn = i === which % ends.length;
        return isOwn ? action('own', 0, end, { status: ownStatus }) : action(`o${i}`, 0, end, { status: theirs, type });
      }),
    );

  it('a machine is released exactly when the run alone holds it and nobody is about to change that', () => {
    fc.assert(
      fc.property(history, (actions) => {
        const mine = actions.find(({ id }) => id === 'own');
        const held = holders(actions);
        const others = actions.filter(({ id }) => id !== 'own');
        const isQuiet = others.every(({ status: theirs }) => ['Succeeded', 'Failed', 'TimeOut', 'Cancelled'].includes(theirs ?? ''));
        const choice = chooseUndo(OWN, actions, RULES);
        const isOpen = !['Succeeded', 'Failed', 'TimeOut', 'Cancelled'].includes(mine?.status ?? '');
        expect(choice.kind === 'cancel').toBe(isOpen);
        expect(choice.kind === 'release').toBe(!isOpen && held.has('own') && held.size === 1 && isQuiet);
      }),
      { numRuns: 2000 },
    );
  });
});
