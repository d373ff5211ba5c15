import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { findJob, jobs } from '../../jobs/index.ts';
import type { Job, MachineFacts, Parameters } from '../../src/core/types.ts';
import { someFacts } from '../support/builders.ts';
import { someParameters } from './support.ts';

describe.each(jobs.map((job) => [job.name, job] as const))('the job %s', (_, job) => {
  const parameters = someParameters(job);
  const ineligible = (facts: Partial<MachineFacts> = {}): string | undefined => job.ineligible(someFacts(facts), parameters);

  it('is found by its name, which is its own', () => {
    expect(jobs.filter(({ name }) => name === job.name)).toEqual([job]);
    expect(findJob(job.name)).toBe(job);
    expect(jobs.filter(({ segment }) => segment === job.segment)).toEqual([job]);
  });

  it('has an inverse that names it back, if any', () => {
    expect(job.inverse === undefined || findJob(job.inverse)?.inverse === job.name).toBe(true);
  });

  it('calls a healthy Windows machine, and one of which nothing is known', () => {
    expect(ineligible()).toBeUndefined();
    expect(ineligible({ osPlatform: null, onboardingStatus: null, osBuild: null })).toBeUndefined();
    expect(ineligible({ osPlatform: 'SomethingNew' })).toBeUndefined();
  });

  it('knows for certain that a merged record and a telephone cannot take it', () => {
    expect(ineligible({ mergedIntoMachineId: 'abc' })).toContain('merged');
    expect(ineligible({ osPlatform: 'iOS' })).toContain('iOS');
  });

  it('declares flags whose names nobody else uses', () => {
    const names = (job.parameters ?? []).map(({ name }) => name);
    const others = new Set(jobs.filter((other) => other !== job).flatMap((other) => (other.parameters ?? []).map(({ name }) => name)));
    expect(names.filter((name) => others.has(name) || !/^[a-z][a-z0-9-]*$/.test(name))).toEqual([]);
  });

  it('speaks of risks only for words that its flags know', () => {
    for (const { when = {} } of job.risks)
      for (const [name, words] of Object.entries(when)) {
        const kind = job.parameters?.find((parameter) => parameter.name === name)?.kind;
        expect(Object.keys(typeof kind === 'object' ? kind.choice : {})).toEqual(expect.arrayContaining([...words]));
      }
  });
});

describe('where a job works', () => {
  const on = (name: string, facts: Partial<MachineFacts>, parameters?: Parameters): string | undefined => {
    const job = findJob(name);
    return job?.ineligible(someFacts(facts), parameters ?? someParameters(job));
  };

  it.each(['restrict', 'unrestrict', 'quarantine', 'offboard'])('%s: on Windows only', (name) => {
    for (const osPlatform of ['macOS', 'Ubuntu', 'RedHatEnterpriseLinux']) expect(on(name, { osPlatform })).toContain(osPlatform);
  });

  it.each(['isolate', 'unisolate', 'scan', 'collect'])('%s: on macOS and Linux too', (name) => {
    for (const osPlatform of ['macOS', 'Ubuntu', 'RedHatEnterpriseLinux']) expect(on(name, { osPlatform })).toBeUndefined();
  });

  it.each(['restrict', 'unrestrict', 'isolate', 'scan', 'collect', 'quarantine', 'offboard'])('%s: on onboarded machines only', (name) => {
    expect(on(name, { onboardingStatus: 'CanBeOnboarded' })).toContain('not onboarded');
  });

  it('isolates what has no sensor as unmanaged, and releases it too', () => {
    const unmanaged = { 'isolation-type': 'unmanaged' };
    expect(on('isolate', {}, unmanaged)).toBeUndefined();
    expect(findJob('isolate')?.warnings?.(someFacts(), unmanaged)).toEqual([
      expect.stringContaining('unmanaged for those without a sensor'),
    ]);
    expect(on('isolate', { onboardingStatus: 'CanBeOnboarded' }, unmanaged)).toBeUndefined();
    expect(on('unisolate', { onboardingStatus: 'CanBeOnboarded' })).toBeUndefined();
  });
});

describe('what a job warns of', () => {
  const RESTRICTED = someFacts({ machineTags: ['Restricted security operations'] });
  const warnings = (job: Job | undefined, facts: MachineFacts, parameters: Parameters = {}): readonly string[] =>
    job?.warnings?.(facts, parameters) ?? [];

  it('restricted onboarding, where it stands in the way: not for scan and collect', () => {
    const warned = jobs.filter((job) => warnings(job, RESTRICTED).some((text) => text.includes('restricted'))).map(({ name }) => name);
    expect(warned).toEqual(['restrict', 'unrestrict', 'isolate', 'unisolate', 'quarantine', 'offboard']);
  });

  it('what hunting says is restricted, which knows more than the tag', () => {
    const restricted = (restrictedOperations: string): readonly string[] =>
      warnings(findJob('isolate'), someFacts({ machineTags: RESTRICTED.machineTags, restrictedOperations }), { 'isolation-type': 'full' });
    expect(restricted('AdvancedResponse')).toEqual([expect.stringContaining('(AdvancedResponse)')]);
    expect(restricted('LiveResponse')).toEqual([]);
  });

  it('old builds for restrict alone, and selective isolation on Linux', () => {
    const warned = jobs.filter((job) => warnings(job, someFacts({ osBuild: 10_240 })).length > 0).map(({ name }) => name);
    expect(warned).toEqual(['restrict']);
    const linux = someFacts({ osPlatform: 'Ubuntu' });
    expect(warnings(findJob('isolate'), linux, { 'isolation-type': 'selective' })).toHaveLength(1);
    expect(warnings(findJob('isolate'), linux, { 'isolation-type': 'full' })).toHaveLength(0);
  });
});

it('docs/extending.md shows isolate as it is', () => {
  expect(readFileSync('docs/extending.md', 'utf8')).toContain(`\`\`\`ts\n${readFileSync('jobs/isolate.ts', 'utf8')}\`\`\``);
});
