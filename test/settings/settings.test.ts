import { describe, expect, it } from 'vitest';
import { sources } from '../../src/engine/reads/sources/index.ts';
import { UsageError } from '../../src/core/errors.ts';
import { envName, flagNames, flagOf, keptOf, saying, settingsFrom } from '../../src/settings/settings.ts';

describe('settings', () => {
  it('come from the flag, then the run, then the environment, then the default', () => {
    const env = { CORDON_RETRIES: '1' };
    const stored = { retries: ['2'] };
    expect(settingsFrom({ flags: { retries: ['3'] }, stored, env }).retries).toBe(3);
    expect(settingsFrom({ flags: {}, stored, env }).retries).toBe(2);
    expect(settingsFrom({ flags: {}, env }).retries).toBe(1);
    expect(settingsFrom({ flags: {}, env: {} }).retries).toBe(5);
  });

  it('take an empty variable for one that is not set', () => {
    expect(settingsFrom({ flags: {}, env: { CORDON_RETRIES: '', CORDON_FACTS: '' } })).toMatchObject({ retries: 5, facts: false });
  });

  it('name the variable that cannot be read', () => {
    expect(() => settingsFrom({ flags: {}, env: { CORDON_READ_LAG: 'soon' } })).toThrow(/CORDON_READ_LAG.*--read-lag is a time/);
  });

  it.each([
    [{ attemptTimeout: ['30'] }, '--attempt-timeout is a time'],
    [{ retries: ['-1'] }, '--retries is a whole number'],
    [{ concurrency: ['0'] }, '--concurrency is a whole number from 1 up'],
    [{ maxErrors: ['120%'] }, '--max-errors is a whole number or a percentage'],
    [{ cloud: ['moon'] }, '--cloud is one of commercial, gcc, gcchigh, dod'],
    [{ failOn: ['refused,green'] }, '"green" is no outcome'],
    [{ rate: ['fast'] }, '"fast" is no rate'],
    [{ reserve: ['200/30m'] }, 'the quota has no window of 30m'],
    [{ reserve: ['1500/1h'] }, 'nothing would be left'],
    [{ reserve: ['many'] }, '--reserve is a number'],
    [{ until: ['25:00'] }, '--until is a time of day'],
    [{ yes: ['perhaps'] }, '--yes is on or off'],
  ])('refuse %o in words', (flags, message) => {
    expect(() => settingsFrom({ flags, env: {} })).toThrow(UsageError);
    expect(() => settingsFrom({ flags, env: {} })).toThrow(message);
  });

  it('split lists of words, and never the names of files', () => {
    const settings = settingsFrom({
      flags: { failOn: ['refused,failed', 'unknown'], exclude: ['a,b.txt'], rate: ['100/3s,1500/180s'] },
      env: {},
    });
    expect(settings.failOn).toEqual(['refused', 'failed', 'unknown']);
    expect(settings.exclude).toEqual(['a,b.txt']);
    expect(settings.rate).toEqual([
      { limit: 100, ms: 3000 },
      { limit: 1500, ms: 180_000 },
    ]);
  });

  it('that must be typed each time are refused in the environment, where they would do nothing', () => {
    for (const name of ['CORDON_YES', 'CORDON_EMULATOR', 'CORDON_CONFIRM', 'CORDON_DRY_RUN'])
      expect(() => settingsFrom({ flags: {}, env: { [name]: 'true' } })).toThrow(/must be typed each time/);
  });

  it('know every variable that begins like theirs, and name the one that was meant', () => {
    const env = { CORDON_EXCLUDES: 'dc.txt' };
    expect(() => settingsFrom({ flags: {}, env })).toThrow(
      expect.objectContaining({
        exitCode: 2,
        message: expect.stringContaining('CORDON_EXCLUDES'),
        hint: expect.stringContaining('CORDON_EXCLUDE?'),
      }),
    );
    expect(() => settingsFrom({ flags: {}, env: { CORDON_ACCESS_TOKEN: 't', CORDON_NOTIFY_URL: 'u', CORDON_EXCLUDES: '' } })).not.toThrow();
  });

  it('leave what Kubernetes says of a Service called cordon alone', () => {
    const env = {
      CORDON_SERVICE_HOST: '10.0.0.1',
      CORDON_SERVICE_PORT_HTTP: '80',
      CORDON_PORT: 'tcp://10.0.0.1:80',
      CORDON_PORT_80_TCP_ADDR: '10.0.0.1',
    };
    expect(settingsFrom({ flags: {}, env }).port).toBe(0);
  });

  it('tell where each of them came from', () => {
    const { origin } = settingsFrom({ flags: { retries: ['1'] }, stored: { outage: ['9m'] }, env: { CORDON_READ_LAG: '1s' } });
    expect(origin).toMatchObject({ retries: 'flag', outage: 'run', readLag: 'environment', concurrency: 'default' });
  });

  it('are kept with a run as they were said, and read the same again', () => {
    const sources = { flags: { rate: ['60/1m'], yes: ['true'] }, env: { CORDON_RETRIES: '2', CORDON_ACCESS_TOKEN: 'secret' } };
    const kept = keptOf(sources);
    expect(kept).toEqual({ rate: ['60/1m'], retries: ['2'] });
    expect(settingsFrom({ flags: {}, stored: kept, env: {} })).toMatchObject({ retries: 2, rate: settingsFrom(sources).rate });
  });

  it('have a twin in the environment for every flag, by one rule', () => {
    expect(envName('maxTargets')).toBe('CORDON_MAX_TARGETS');
    for (const name of flagNames())
      expect(flagOf(name).usage.split(' ')[0]).toBe(`--${envName(name).slice('CORDON_'.length).toLowerCase().replaceAll('_', '-')}`);
  });
});

describe('sources', () => {
  it('keep their commas: the flag is repeated, and in the variable each begins with what kind it is', () => {
    const typed = ['run:r-1:created,refused', 'tag:a,b'];
    expect(settingsFrom({ flags: { from: typed }, env: {} }).from).toEqual(typed);
    const from = (value: string) => settingsFrom({ flags: {}, env: { CORDON_FROM: value } }).from;
    expect(from('tag:a,group:B, run:r-1:created,refused')).toEqual(['tag:a', 'group:B', 'run:r-1:created,refused']);
    expect(from('tag:a,b\nincident:7')).toEqual(['tag:a,b', 'incident:7']);
    expect(sources.flatMap(({ kind }) => from(`tag:a,${kind}:b`).length)).toEqual(sources.map(() => 2));
  });
});

describe('--facts and --no-facts', () => {
  const both = { facts: ['true'], noFacts: ['true'] };
  it('contradict each other: exit 2', () => {
    const refused = expect.objectContaining({ exitCode: 2, message: expect.stringContaining('--facts and --no-facts') });
    expect(() => settingsFrom({ flags: both, env: {} })).toThrow(refused);
    expect(() => settingsFrom({ flags: {}, env: { CORDON_FACTS: '1', CORDON_NO_FACTS: '1' } })).toThrow(refused);
  });

  it('outweigh the variable of the other', () => {
    const { facts, noFacts } = settingsFrom({ flags: { noFacts: ['true'] }, env: { CORDON_FACTS: 'true' } });
    expect([facts, noFacts]).toEqual([false, true]);
  });
});

describe('the same words with some said otherwise', () => {
  it('hold them for typed, or for nobody’s, whatever the environment says', () => {
    const sources = { flags: { rate: ['60/1m'], yes: ['true'] }, env: { CORDON_CONCURRENCY: '7', CORDON_RETRIES: '2', PATH: '/bin' } };
    const settings = settingsFrom(saying(sources, { concurrency: undefined, yes: undefined, tenant: 'contoso.com' }));
    expect([settings.concurrency, settings.yes, settings.tenant, settings.retries]).toEqual([50, false, 'contoso.com', 2]);
    expect([settings.origin.concurrency, settings.origin.tenant]).toEqual(['default', 'flag']);
    expect(settings.sources.env).toEqual({ CORDON_RETRIES: '2', PATH: '/bin' });
    expect(sources.flags.yes).toEqual(['true']);
  });
});
