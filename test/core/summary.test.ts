import { describe, expect, it } from 'vitest';
import { DEFAULT_FAIL_ON, exitFor, failOnFrom, type FailOn } from '../../src/core/summary.ts';

const HOUR = 3_600_000;
const read = (...words: string[]): readonly FailOn[] => {
  const failOn = failOnFrom(words);
  if (typeof failOn === 'string') throw new Error(failOn);
  return failOn;
};

describe('--fail-on', () => {
  it('counts what is open for longer than it may', () => {
    const failOn = read('failed', 'open-longer-than=72h');
    expect(exitFor({ created: 1 }, failOn, [72 * HOUR])).toBe(0);
    expect(exitFor({ created: 1 }, failOn, [HOUR, 72 * HOUR + 1])).toBe(3);
    expect(exitFor({ failed: 1 }, failOn, [])).toBe(3);
    expect(exitFor({ created: 1 }, read('failed'), [1000 * HOUR])).toBe(0);
  });

  it('adds the time to the default outcomes where it stands alone, and not after none', () => {
    expect(read('open-longer-than=3d')).toEqual([...DEFAULT_FAIL_ON, 'open-longer-than=3d']);
    expect(read('none', 'open-longer-than=3d')).toEqual(['open-longer-than=3d']);
    expect(read('none')).toEqual([]);
  });

  it.each(['green', 'open-longer-than=', 'open-longer-than=72', 'open-longer-than'])('refuses %s', (word) =>
    expect(failOnFrom([word])).toContain(`"${word}" is no outcome`),
  );
});
