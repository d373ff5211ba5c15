import { describe, expect, it } from 'vitest';
import { madeAt, prunableFolders } from '../../src/core/report-folders.ts';
import { newRunId } from '../../src/core/run-id.ts';

const NOW = Date.parse('2026-11-23T10:15:30Z');

describe('folders of reports', () => {
  it.each([true, false])('tell when their run was made (emulated: %s)', (emulated) =>
    expect(madeAt(newRunId(NOW, emulated, Math.random))).toBe(NOW),
  );
  it.each(['', 'evidence', 'r-2026', 'preview-20261123-101530-k3f9', 'r-20261123-101530-k3f9.bak', '../r-20261123-101530-k3f9'])(
    '%j is no run’s',
    (name) => expect(madeAt(name)).toBeUndefined(),
  );

  it('are old where their run is, and the state has forgotten it', () => {
    const [old, known, young] = ['r-20261101-000000-aaaa', 'r-20261101-000000-bbbb', 'r-20261123-000000-cccc'];
    const names = [old, known, young, 'evidence', `emulated-${old}`];
    const of = { names, known: new Set([known]), before: Date.parse('2026-11-10T00:00:00Z') };
    expect(prunableFolders({ ...of, emulated: false })).toEqual([old]);
    expect(prunableFolders({ ...of, emulated: true })).toEqual([`emulated-${old}`]);
  });
});
