import { describe, expect, it } from 'vitest';
import { comparedWith } from '../../src/core/disagreement.ts';
import type { Held } from '../../src/core/in-force.ts';
import { machineId } from '../support/builders.ts';

const NOW = Date.UTC(2026, 10, 25, 12);
const hours = (n: number): string => new Date(NOW - n * 3_600_000).toISOString();
const held = (state: Held['state'], since: number, lastSeen: number | null = 1): Held => ({
  machineId: machineId(1),
  deviceName: 'pc1',
  state,
  action: undefined,
  since: hours(since),
  releasing: undefined,
  timesOutAt: null,
  lastSeen: lastSeen === null ? null : hours(lastSeen),
  healthStatus: 'Active',
});
const none: ReadonlySet<string> = new Set();
const it1: ReadonlySet<string> = new Set([machineId(1)]);
const SAYS_SO = 'hunting says that it is isolated';
const SAYS_NOT = 'hunting does not say that it is isolated';

describe('record of actions and hunting', () => {
  it.each<[string, Held, ReadonlySet<string>, boolean, string | undefined]>([
    ['agree on what is isolated', held('in-force', 5), it1, true, undefined],
    ['agree on what is not', held('not-in-force', 5), none, true, undefined],
    ['disagree on what should be isolated', held('in-force', 5), none, true, SAYS_NOT],
    ['disagree on what should be free', held('not-in-force', 5), it1, true, SAYS_SO],
    ['disagree the other way round for a release', held('in-force', 5), it1, false, SAYS_SO],
    ['cannot disagree on what was done just now', held('in-force', 1), none, true, undefined],
    ['cannot disagree on a machine that is silent', held('in-force', 50, 40), none, true, undefined],
    ['cannot disagree on one of which nobody knows when it was seen', held('in-force', 50, null), none, true, undefined],
    ['are not compared while an action is pending', held('pending', 50), it1, true, undefined],
  ])('%s', (_, one, isolated, isolates, words) => {
    expect(comparedWith(one, isolated, isolates, NOW).disagrees).toBe(words);
  });
});
