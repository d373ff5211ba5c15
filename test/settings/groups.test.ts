import { describe, expect, it } from 'vitest';
import { defaultText, GROUPS, groupsOf } from '../../src/settings/groups.ts';
import { flagNames, flagOf } from '../../src/settings/settings.ts';

describe('groups of flags', () => {
  it('name no flag twice, and every flag is shown under some heading', () => {
    const named = GROUPS.flatMap(({ flags }) => flags);
    expect(new Set(named).size).toBe(named.length);
    expect(
      groupsOf(flagNames())
        .flatMap(({ flags }) => flags)
        .sort(),
    ).toEqual(flagNames().sort());
  });

  it('are left out where a command has none of their flags', () => {
    expect(groupsOf(['json', 'comment']).map(({ title }) => title)).toEqual(['What, and on which machines', 'What comes out']);
  });
});

describe('defaults', () => {
  it('are written as one would type them', () => {
    const shown = Object.fromEntries(flagNames().map((name) => [name, defaultText(name)]));
    expect(shown).toMatchObject({
      rate: '100/1m,1500/1h',
      concurrency: '50',
      attemptTimeout: '30s',
      maxErrors: '10%',
      maxTargets: '1000',
      cloud: 'commercial',
      report: 'reports/{run}',
      keep: '90d',
      latency: '0ms-0ms',
      yes: undefined,
      comment: undefined,
      exclude: undefined,
    });
  });

  it('stand nowhere else: no help text of a flag repeats its own', () => {
    for (const name of flagNames()) expect(flagOf(name).help).not.toMatch(/default/i);
  });
});
