import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { renameOver } from '../../src/files/rename.ts';

describe('renaming onto a file that a reader holds', () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  /** A system that refuses so often, then does it. */
  function system(refusals: number, code: string): { move: () => Promise<void>; tries: () => number } {
    let tries = 0;
    const move = async (): Promise<void> => {
      tries += 1;
      if (tries <= refusals) throw Object.assign(new Error(code), { code });
    };
    return { move, tries: () => tries };
  }

  it.each(['EPERM', 'EBUSY', 'EACCES'])('is tried again on Windows after %s', async (code) => {
    const { move, tries } = system(3, code);
    const done = renameOver('a', 'b', 'win32', move);
    await vi.runAllTimersAsync();
    await expect(done).resolves.toBeUndefined();
    expect(tries()).toBe(4);
  });

  it('is given up after some two seconds', async () => {
    const { move, tries } = system(Infinity, 'EPERM');
    const begun = Date.now();
    const done = renameOver('a', 'b', 'win32', move).catch(String);
    await vi.runAllTimersAsync();
    expect(await done).toBe('Error: EPERM');
    expect([tries(), Date.now() - begun]).toEqual([8, 1880]);
  });

  it.each([
    ['win32', 'ENOSPC'],
    ['linux', 'EPERM'],
    ['darwin', 'EBUSY'],
  ] as const)('is not tried again on %s after %s', async (platform, code) => {
    const { move, tries } = system(1, code);
    await expect(renameOver('a', 'b', platform, move)).rejects.toThrow(code);
    expect(tries()).toBe(1);
  });
});
