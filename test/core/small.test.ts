import { describe, expect, it } from 'vitest';
import { formatDuration, parseDuration } from '../../src/core/durations.ts';
import { EXIT, weightiest } from '../../src/core/exit.ts';
import { hashOf } from '../../src/core/hash.ts';
import { machineIdOf, whyNoMachineId } from '../../src/core/ids.ts';
import { API_WINDOWS, evenPace, formatRate, holdOf, windowsFrom } from '../../src/core/rate.ts';
import { newRunId } from '../../src/core/run-id.ts';
import { countOutcomes, DEFAULT_FAIL_ON, describeCounts, exitFor } from '../../src/core/summary.ts';
import { carriesAnotherTag, carriesTag, tagged } from '../../src/core/tag.ts';

describe('durations', () => {
  it.each([
    ['30s', 30_000],
    ['1.5m', 90_000],
    ['250ms', 250],
    ['24h', 86_400_000],
    ['90d', 7_776_000_000],
  ])('reads %s', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });
  it.each(['30', 's', '-1s', '1 s', '1w', '', '36526d', `${'9'.repeat(400)}d`])('does not read "%s"', (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });
  it.each([
    [850, '850ms'],
    [12_000, '12s'],
    [200_000, '3m 20s'],
    [4_440_000, '1h 14m'],
    [180_000, '3m'],
    [259_200_000, '3d'],
  ])('writes %i', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });
});

describe('rates', () => {
  const rate = (...values: string[]): string => {
    const windows = windowsFrom(values);
    return typeof windows === 'string' ? windows : formatRate(windows);
  };
  it('is the API’s when nothing is said', () => expect(rate()).toBe('100/1m,1500/1h'));
  it('replaces the window of its length when one value is given', () => {
    expect(rate('60/1m')).toBe('60/1m,1500/1h');
    expect(rate('900/60m')).toBe('100/1m,900/1h');
  });
  it('replaces the whole quota when several are given, in any order', () => expect(rate('1500/180s', '100/3s')).toBe('100/3s,1500/3m'));
  it('refuses a single value of another length, and says what to write', () => expect(rate('100/3s')).toContain('100/3s,1500/1h'));
  it.each(['100', '100/', '0/1m', 'x/1m', '100/1w', '1.5/1m'])('refuses "%s"', (value) => expect(rate(value)).toContain('is no rate'));
  it('holds a unit for its window and a margin of at most 1 % of it', () => {
    expect(API_WINDOWS.map(holdOf)).toEqual([60_050, 3_602_000]);
    expect(holdOf({ limit: 100, ms: 3000 })).toBeLessThanOrEqual(3030);
  });
  it('spreads calls over the shortest window, and over a longer one once that was used up', () => {
    expect([0, 1499, 1500, 5000].map((begun) => Math.round(evenPace(API_WINDOWS, begun)))).toEqual([612, 612, 2448, 2448]);
  });
});

describe('machine ids', () => {
  it('are compared without case', () =>
    expect(machineIdOf('ABCDEF0123456789ABCDEF0123456789ABCDEF01')).toBe('abcdef0123456789abcdef0123456789abcdef01'));
  it.each([
    ['', 'empty'],
    ['0f8fad5b-d9cb-469f-a165-70867728950e', 'Entra device id'],
    ['a'.repeat(64), 'SHA-256'],
    ['a'.repeat(32), '32 hex digits'],
    ['a'.repeat(39), '39 hex digits'],
    ['10.0.0.1', 'IP address'],
    ['pc1.contoso.com', 'device name'],
    ['<script>', 'not an MDE machine id'],
  ])('says what "%s" looks like', (text, words) => {
    expect(machineIdOf(text)).toBeUndefined();
    expect(whyNoMachineId(text)).toContain(words);
  });
});

describe('runs', () => {
  it('have ids that sort by time and say when nothing real was touched', () => {
    expect(newRunId(Date.UTC(2026, 10, 23, 10, 15, 30), false, () => 0)).toBe('r-20261123-101530-aaaa');
    expect(newRunId(Date.UTC(2026, 10, 23, 10, 15, 30), true, () => 0.999)).toBe('emulated-r-20261123-101530-9999');
  });
  it('mark their comments so that only their own are theirs', () => {
    const run = 'r-20261123-101530-k3f9';
    const ours = ['(cordon r-20261123-101530-k3f9) x', 'cordon r-20261123-101530-k3f9', ' “[Cordon  r-20261123-101530-k3f9]” x'];
    expect(ours.map((text) => carriesTag(text, run))).toEqual([true, true, true]);
    const others = ['see [cordon r-20261123-101530-k3f9]', '[cordon r-20261123-101530-k3f99] x', '[cordonr-20261123-101530-k3f9]', ''];
    expect(others.map((text) => carriesTag(text, run))).toEqual([false, false, false, false]);
    const another = [
      '[cordon r-20261122-101530-aaaa] x',
      'cordon emulated-r-20261122-101530-aaaa',
      'x [cordon r-20261122-101530-aaaa]',
      ours[0] ?? '',
    ];
    expect(another.map((text) => carriesAnotherTag(text, run))).toEqual([true, true, false, false]);
    const comment = tagged('r-1', 'INC-7');
    expect(comment).toBe('[cordon r-1] INC-7');
    expect([carriesTag(comment, 'r-1'), carriesTag(comment, 'r-12'), carriesTag('INC-7', 'r-1'), carriesTag(null, 'r-1')]).toEqual([
      true,
      false,
      false,
      false,
    ]);
  });
});

describe('summaries and exit codes', () => {
  it('count in the order of the vocabulary', () =>
    expect(describeCounts(countOutcomes(['created', 'invalid', 'created']))).toBe('1 invalid, 2 created'));
  it('are 0 for created, in progress, duplicate, excluded and applied rows', () => {
    expect(exitFor(countOutcomes(['created', 'already-in-progress', 'duplicate', 'excluded', 'already-applied']), DEFAULT_FAIL_ON)).toBe(
      EXIT.ok,
    );
  });
  it.each(DEFAULT_FAIL_ON)('are 3 when a row is %s', (outcome) =>
    expect(exitFor(countOutcomes(['created', outcome]), DEFAULT_FAIL_ON)).toBe(EXIT.outcomes),
  );
  it('let the weightiest reason win', () => {
    expect(weightiest([EXIT.outcomes, EXIT.budget, EXIT.sigterm])).toBe(EXIT.sigterm);
    expect(weightiest([EXIT.outcomes, EXIT.outage, EXIT.budget])).toBe(EXIT.outage);
    expect(weightiest([EXIT.credentials, EXIT.internal, EXIT.sigint])).toBe(EXIT.internal);
    expect(weightiest([])).toBe(EXIT.ok);
  });
});

it('hashes of lists tell apart where a text ends', () => {
  expect(hashOf(['ab', 'c'])).not.toBe(hashOf(['a', 'bc']));
  expect(hashOf(['a'])).toHaveLength(64);
});
