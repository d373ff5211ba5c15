import { describe, expect, it } from 'vitest';
import { findJob, jobs } from '../jobs/index.ts';
import { someFacts } from './support/builders.ts';

describe.each(jobs.map((job) => [job.name, job] as const))('the job %s', (_, job) => {
  it('is found by its name, which is its own', () => {
    expect(jobs.filter(({ name }) => name === job.name)).toEqual([job]);
    expect(findJob(job.name)).toBe(job);
  });

  it('has an inverse that names it back, if any', () => {
    expect(job.inverse === undefined || findJob(job.inverse)?.inverse === job.name).toBe(true);
  });

  it('sends the comment under the name that the API reads, with this case', () => {
    expect(job.body('why')).toMatchObject({ Comment: 'why' });
  });

  it('calls a healthy Windows machine, and one of which nothing is known', () => {
    expect(job.ineligible(someFacts())).toBeUndefined();
    expect(job.ineligible(someFacts({ osPlatform: null, onboardingStatus: null, osBuild: null }))).toBeUndefined();
    expect(job.ineligible(someFacts({ osPlatform: 'SomethingNew' }))).toBeUndefined();
  });

  it.each([
    [{ osPlatform: 'macOS' }, 'macOS'],
    [{ osPlatform: 'Ubuntu' }, 'Ubuntu'],
    [{ osPlatform: 'RedHatEnterpriseLinux' }, 'RedHat'],
    [{ osPlatform: 'iOS' }, 'iOS'],
    [{ onboardingStatus: 'CanBeOnboarded' }, 'not onboarded'],
    [{ mergedIntoMachineId: 'abc' }, 'merged'],
  ])('knows for certain that %o cannot take it', (facts, why) => {
    expect(job.ineligible(someFacts(facts))).toContain(why);
  });
});
