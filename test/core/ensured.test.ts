import { describe, expect, it } from 'vitest';
import { releasesOf, type ReleaseInput } from '../../src/core/ensured.ts';
import type { MachineAction } from '../../src/core/types.ts';
import { anAction } from '../support/builders.ts';

const RUN = 'r-20261123-101530-k3f9';
const HOUR = 3_600_000;
const of = (actions: Readonly<Record<string, Partial<MachineAction>>>) =>
  new Map(Object.entries(actions).map(([machine, action]) => [machine, anAction(action)]));
const releases = (
  more: Partial<ReleaseInput> & { applied?: ReadonlyMap<string, MachineAction>; open?: ReadonlyMap<string, MachineAction> },
) =>
  releasesOf({
    ensured: [{ machineId: 'm', actionIds: ['a'], lastRun: RUN }],
    runs: new Map([[RUN, { createdAt: 0, forMs: 0 }]]),
    listed: new Set(),
    now: HOUR,
    knowledge: { applied: more.applied ?? new Map(), open: more.open ?? new Map() },
    ...more,
  });
const NONE = { due: [], held: [], pending: [] };
const theirs = { id: 'x', requestorComment: 'by hand' };

describe('what ensure gives back', () => {
  it('is what it did itself, and nobody asks for any more', () => {
    expect(releases({ applied: of({ m: { id: 'a', requestorComment: null } }) })).toEqual({ ...NONE, due: ['m'] });
    expect(releases({ applied: of({ m: { id: 'found by its tag' } }) })).toEqual({ ...NONE, due: ['m'] });
  });
  it('is nothing that is listed', () => expect(releases({ listed: new Set(['m']), applied: of({ m: { id: 'a' } }) })).toEqual(NONE));
  it('is nothing that somebody else asked for', () => {
    expect(releases({ applied: of({ m: theirs }) })).toEqual(NONE);
    expect(releases({ applied: of({ m: { id: 'x', requestorComment: '[cordon r-20250101-000000-abcd] another run' } }) })).toEqual(NONE);
  });
  it('is nothing that is not in force', () => expect(releases({})).toEqual(NONE));
  it('waits for an action that has not ended', () =>
    expect(releases({ open: of({ m: { id: 'a' } }) })).toEqual({ ...NONE, pending: ['m'] }));
  it('waits as long as --for says since the list named it last', () => {
    const runs = new Map([[RUN, { createdAt: HOUR, forMs: 8 * HOUR }]]);
    const applied = of({ m: { id: 'a' } });
    expect(releases({ runs, applied, now: 9 * HOUR - 1 })).toEqual({ ...NONE, held: ['m'] });
    expect(releases({ runs, applied, now: 9 * HOUR })).toEqual({ ...NONE, due: ['m'] });
  });
});
