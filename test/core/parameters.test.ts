import { describe, expect, it } from 'vitest';
import { isolate } from '../../jobs/isolate.ts';
import { offboard } from '../../jobs/offboard.ts';
import { quarantine } from '../../jobs/quarantine.ts';
import { restrict } from '../../jobs/restrict.ts';
import { scan } from '../../jobs/scan.ts';
import { UsageError } from '../../src/core/errors.ts';
import { isConfirmWord, jobHelp, missingPermissions, permissionsText, risksOf, whyWordIsMissing } from '../../src/core/job-words.ts';
import { describeParameters, hashTextOf, holdToRun, readParameters, sameParameters } from '../../src/core/parameters.ts';

const SHA1 = 'aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d';

describe('a job’s own flags', () => {
  it('are read in our words, without case, defaults filled in', () => {
    expect(readParameters(isolate, { 'isolation-type': ' Selective ' })).toEqual({ 'isolation-type': 'selective' });
    expect(readParameters(isolate, {})).toEqual({ 'isolation-type': 'full' });
    expect(readParameters(quarantine, { sha1: SHA1.toUpperCase() })).toEqual({ sha1: SHA1 });
    expect(readParameters(quarantine, {})).toEqual({});
    expect(readParameters(restrict, {})).toEqual({});
  });

  it.each([
    [isolate, { 'isolation-type': 'UnManagedDevice' }, /"UnManagedDevice" is none of full, selective, unmanaged/],
    [isolate, { 'isolation-type': 'constructor' }, /is none of/],
    [scan, {}, /scan needs --scan-type/],
    [quarantine, { sha1: 'abc' }, /40 hex digits/],
    [quarantine, { sha1: 'a'.repeat(64) }, /SHA-256/],
  ])('are exit 2 when they make no sense', (job, said, why) => {
    expect(() => readParameters(job, said)).toThrow(UsageError);
    expect(() => readParameters(job, said)).toThrow(why);
  });

  it('a required flag names its words', () => {
    const hint = expect.stringContaining('One of quick, full');
    expect(() => readParameters(scan, {})).toThrow(expect.objectContaining({ hint, exitCode: 2 }));
  });

  it('cannot be changed by a resume', () => {
    const kept = { 'isolation-type': 'full' };
    expect(holdToRun(isolate, kept, {})).toEqual(kept);
    expect(holdToRun(isolate, kept, { 'isolation-type': 'Full' })).toEqual(kept);
    expect(() => holdToRun(isolate, kept, { 'isolation-type': 'selective' })).toThrow(/differs from the run's: full/);
    expect(() => holdToRun(quarantine, {}, { sha1: SHA1 })).toThrow(/not given then/);
  });

  it('a request that lacks one is never made', () => {
    expect(() => isolate.body('why', {}, {})).toThrow('--isolation-type');
    expect(() => quarantine.body('why', {}, { input: { sha1: 'none' } })).toThrow('--sha1');
  });

  it('make another list of the same machines with other files', () => {
    const row = (sha1: string) => ({ text: 'ABC', input: { sha1 } });
    expect(hashTextOf(quarantine, {}, row(SHA1))).not.toBe(hashTextOf(quarantine, {}, row('b'.repeat(40))));
    expect(hashTextOf(quarantine, { sha1: SHA1 }, row('b'.repeat(40)))).toBe('abc');
    expect(hashTextOf(restrict, {}, row(SHA1))).toBe('abc');
  });

  it('tell a run from another of the same list', () => {
    expect(sameParameters({ a: '1' }, { a: '1' })).toBe(true);
    expect(sameParameters(undefined, {})).toBe(true);
    for (const other of [undefined, {}, { a: '2' }, { a: '1', b: '1' }]) expect(sameParameters({ a: '1' }, other)).toBe(false);
  });

  it('are told in words', () => {
    expect(describeParameters({ 'isolation-type': 'full' })).toBe('isolation-type full');
    expect(describeParameters(undefined)).toBe('');
  });
});

describe('what is told of a job', () => {
  it('the risks of the words that were chosen, and all of them in help', () => {
    expect(risksOf(isolate, { 'isolation-type': 'full' }).join(' ')).toMatch(/VPN.*Hyper-V.*iptables/);
    expect(risksOf(isolate, { 'isolation-type': 'unmanaged' })).toEqual([expect.stringContaining('router')]);
    expect(risksOf(isolate)).toHaveLength(isolate.risks.length);
    expect(risksOf(restrict, {})).toHaveLength(1);
  });

  it('which permissions a token lacks: of each group one will do', () => {
    expect(missingPermissions(quarantine, ['Machine.StopAndQuarantine'])).toEqual([expect.stringMatching(/^Machine\.Read\.All or /)]);
    expect(missingPermissions(quarantine, ['Machine.StopAndQuarantine', 'Machine.ReadWrite.All'])).toEqual([]);
    expect(permissionsText(quarantine)).toMatch(/^Machine\.StopAndQuarantine and \(Machine\.Read\.All or /);
  });

  it('its page of help holds what somebody must know', () => {
    const page = jobHelp(isolate).join('\n');
    for (const part of ['Machine.Isolate', '--isolation-type <full|selective|unmanaged>', 'default: full', 'cordon undo RUN', 'Hyper-V'])
      expect(page).toContain(part);
    expect(jobHelp(offboard).join('\n')).toContain('type the word "offboard"');
    expect(jobHelp(scan).join('\n')).toContain('(required)');
  });

  it('offboard wants its word or a plan, whatever else was said', () => {
    expect(whyWordIsMissing(offboard, { planned: false, canAsk: false })).toContain('type the word "offboard"');
    expect(whyWordIsMissing(offboard, { planned: true, canAsk: false })).toBeUndefined();
    expect(whyWordIsMissing(offboard, { planned: false, canAsk: true })).toBeUndefined();
    expect(whyWordIsMissing(isolate, { planned: false, canAsk: false })).toBeUndefined();
    expect([' offboard\n', 'Offboard', 'yes', '12'].map((typed) => isConfirmWord(offboard, typed))).toEqual([true, false, false, false]);
    expect(isConfirmWord(isolate, '')).toBe(false);
  });
});
