import { describe, expect, it } from 'vitest';
import { byMachine, countHeld, describeHeld, heldOf } from '../../src/core/in-force.ts';
import type { MachineAction } from '../../src/core/types.ts';
import { anAction, machineId, someFacts } from '../support/builders.ts';

const TYPES = { type: 'RestrictCodeExecution', inverse: 'UnrestrictCodeExecution' };
const MACHINE = { machineId: machineId(1), deviceName: 'pc1' };
const NOW = Date.UTC(2026, 10, 25);
const day = (n: number): string => `2026-11-${n}T08:00:00Z`;
const made = (status: string, from: number, to: number, type = TYPES.type): MachineAction =>
  anAction({ id: `${type}${from}`, type, status, creationDateTimeUtc: day(from), lastUpdateDateTimeUtc: day(to), requestor: 'ana' });
const undone = (status: string, from: number, to: number) => made(status, from, to, TYPES.inverse);
const say = (actions: MachineAction[], facts = someFacts({ lastSeen: day(19) })) =>
  describeHeld(heldOf(MACHINE, actions, facts, TYPES), NOW);

describe('what the record says of a machine', () => {
  it.each<[MachineAction[], string]>([
    [[made('Succeeded', 20, 21)], `in force since ${day(21)} by ana`],
    [[made('Succeeded', 20, 21), undone('Succeeded', 22, 23)], `not in force: UnrestrictCodeExecution since ${day(23)} by ana`],
    // What ended last counts, whatever was asked for first.
    [[made('Succeeded', 20, 24), undone('Succeeded', 21, 22)], `in force since ${day(24)} by ana`],
    [
      [made('Succeeded', 20, 21), undone('Pending', 22, 22)],
      `in force since ${day(21)} by ana; an open UnrestrictCodeExecution action would take it back`,
    ],
    [[made('Pending', 24, 24)], `pending since ${day(24)} by ana; last seen ${day(19)}; times out at 2026-11-27T08:14Z`],
    [[made('Pending', 20, 20)], `pending since ${day(20)} by ana; last seen ${day(19)}; should have timed out at 2026-11-23T08:14Z`],
    [[made('Odd', 24, 24)], `Odd since ${day(24)} by ana; last seen ${day(19)}; times out at 2026-11-27T08:14Z`],
    [[made('TimeOut', 20, 23)], `ended TimeOut at ${day(23)}`],
    [[made('Succeeded', 20, 21), made('Failed', 22, 23)], `in force since ${day(21)} by ana`],
    [[undone('Succeeded', 20, 21), made('Cancelled', 22, 23)], `ended Cancelled at ${day(23)}`],
    [[made('Failed', 18, 19), undone('Succeeded', 20, 21)], `not in force: UnrestrictCodeExecution since ${day(21)} by ana`],
    [[], 'not in force: no action on record'],
  ])('%#', (actions, text) => {
    expect(say(actions)).toBe(text);
  });

  it('is not known of a machine that the tenant does not have', () => {
    expect(heldOf(MACHINE, [], undefined, TYPES)).toMatchObject({ state: 'not-known', deviceName: 'pc1' });
  });

  it('finds a machine whatever the case of its id', () => {
    const id = machineId(171);
    expect(byMachine([anAction({ machineId: id.toUpperCase() })]).get(id)).toHaveLength(1);
  });

  it('counts pending machines that are not active apart', () => {
    const held = (state: 'pending' | 'in-force', healthStatus: string | null) => ({ state, healthStatus });
    const counts = countHeld([held('pending', 'Inactive'), held('pending', 'Active'), held('pending', null), held('in-force', 'Inactive')]);
    expect(counts).toMatchObject({ states: { pending: 3, 'in-force': 1, ended: 0 }, inactive: 1 });
  });
});
