import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { EmulatorOptions } from '../../src/emulator/world/options.ts';
import { machineId } from '../support/builders.ts';
import { cordon, errorOf, outcomesOf, readReport, scratch, type CliResult } from '../support/cli.ts';
import { record, type Instead, type Recorder } from '../support/recorder.ts';

const ids = (count: number, from = 1): string[] => Array.from({ length: count }, (_, i) => machineId(from + i));

describe('guards', () => {
  let api: Recorder;
  const folder = scratch();
  afterEach(() => api[Symbol.asyncDispose]());

  const start = async (options: Partial<EmulatorOptions> = {}, instead?: Instead): Promise<void> => {
    api = await record({ machines: ids(50), ...options }, instead);
  };
  const call = (command: string, list: string, ...more: string[]): Promise<CliResult> =>
    cordon(
      [
        command,
        'restrict',
        list,
        '--comment',
        'INC-7',
        '--state',
        join(folder.path, `${crypto.randomUUID()}.db`),
        '--report',
        join(folder.path, 'report'),
        ...more,
      ],
      {
        cwd: folder.path,
        env: { CORDON_ACCESS_TOKEN: 'opaque', CORDON_API_URL: api.url },
      },
    );
  const list = (rows: readonly string[]): string => folder.file('list.txt', rows.join('\n'));
  const outcomes = (): Record<string, number> => outcomesOf(readReport(join(folder.path, 'report')));
  const expectRefusal = async (result: Promise<CliResult>, why: string): Promise<void> => {
    const ended = await result;
    expect(ended.code).toBe(6);
    expect(errorOf(ended).error).toContain(why);
    expect(api.requestsOf('POST')).toEqual([]);
  };

  it('let 47 of 50 machines be called when one is a Mac, one offboarded and one unknown', async () => {
    await start({
      unknown: [machineId(30)],
      fleet: [
        { id: machineId(10), osPlatform: 'macOS' },
        { id: machineId(20), onboardingStatus: 'CanBeOnboarded' },
      ],
    });
    const result = await call('run', list(ids(50)), '--facts', '--confirm', '47');
    expect(result.code).toBe(3);
    expect(outcomes()).toEqual({ created: 47, ineligible: 2, invalid: 1 });
    expect(api.requestsOf('POST')).toHaveLength(47);
  });

  it('call the Mac too with --call-ineligible', async () => {
    await start({ fleet: [{ id: machineId(1), osPlatform: 'macOS' }] });
    await call('run', list(ids(2)), '--facts', '--yes', '--call-ineligible');
    expect(api.requestsOf('POST')).toHaveLength(2);
  });

  it('read nothing in a run that does without', async () => {
    await start();
    await call('run', list(ids(3)), '--yes', '--no-facts');
    expect(api.requestsOf('GET')).toEqual([]);
  });

  it('cannot be demanded and gone without in one line, whichever comes first', async () => {
    await start();
    for (const both of [
      ['--facts', '--no-facts'],
      ['--no-facts', '--facts'],
    ]) {
      const { code, stderr } = await call('run', list(ids(3)), '--yes', ...both);
      expect([code, stderr]).toEqual([2, expect.stringContaining('--facts and --no-facts contradict each other')]);
    }
    expect(api.requestsOf('POST')).toEqual([]);
  });

  it('refuse more machines than --max-targets, in a preview too, with all reasons', async () => {
    await start();
    await expectRefusal(
      call('run', list(ids(11)), '--max-targets', '10'),
      '11 machines would be called, and --max-targets is 10; nobody confirmed',
    );
    await expectRefusal(call('run', list(ids(11)), '--max-targets', '10', '--yes'), '--max-targets is 10');
    const preview = await call('preview', list(ids(11)), '--max-targets', '10');
    expect(preview).toMatchObject({ code: 6, stdout: expect.stringContaining('REFUSED (max-targets)') });
    expect((await call('preview', list(ids(10)), '--max-targets', '10')).code).toBe(0);
  });

  it('count a share of the onboarded machines', async () => {
    await start({ fleet: [{ id: machineId(50), onboardingStatus: 'CanBeOnboarded' }] });
    await expectRefusal(
      call('run', list(ids(5)), '--max-targets', '10%', '--yes'),
      '5 machines would be called, and --max-targets is 4 (10% of 49 onboarded machines)',
    );
    expect((await call('run', list(ids(4)), '--max-targets', '10%', '--yes')).code).toBe(0);
  });

  it('refuse a set of which more than 30 % are unknown', async () => {
    await start();
    await expectRefusal(
      call('run', list([...ids(6), ...ids(4, 900)]), '--facts', '--yes'),
      '4 of 10 ids are not known to the tenant: wrong tenant or wrong column?',
    );
    expect((await call('run', list([...ids(7), ...ids(3, 900)]), '--facts', '--yes')).code).toBe(3);
    expect(outcomes()).toEqual({ created: 7, invalid: 3 });
  });

  it('refuse an empty list unless it may be empty', async () => {
    await start();
    expect((await call('run', list([]), '--yes')).code).toBe(2);
    expect((await call('run', list([]), '--yes', '--allow-empty')).code).toBe(0);
    expect((await call('preview', list([]), '--allow-empty')).code).toBe(0);
    expect(api.requestsOf('POST')).toEqual([]);
  });

  it('refuse what nobody confirmed', async () => {
    await start();
    await expectRefusal(call('run', list(ids(2))), 'nobody confirmed');
    await expectRefusal(call('run', list(ids(2)), '--confirm', '3'), '--confirm 3 does not match: 2 machines would be called');
  });

  describe('on exclusions', () => {
    it('spare machines by id, name, tag and group, and tell which entries match nothing', async () => {
      await start({
        fleet: [
          { id: machineId(1), computerDnsName: 'dc01.corp.example' },
          { id: machineId(2), machineTags: ['Crown Jewel'] },
          { id: machineId(3), rbacGroupName: 'Domain Controllers' },
        ],
      });
      const spare = folder.file('spare.txt', `${machineId(4).toUpperCase()}\nDC01\ntag:crown jewel\ngroup:domain controllers\ndc02\n`);
      await expectRefusal(call('run', list(ids(6)), '--exclude', spare, '--yes'), 'exclusions that match no machine of the tenant: "dc02"');
      const result = await call('run', list(ids(6)), '--exclude', spare, '--yes', '--allow-unmatched-exclusions');
      expect(result.code).toBe(0);
      expect(outcomes()).toEqual({ excluded: 4, created: 2 });
      expect(result.stderr).toContain('exclusions that match no machine of the tenant: \\"dc02\\"');
    });

    it('stop the run when one cannot be read', async () => {
      await start();
      await expectRefusal(call('run', list(ids(2)), '--exclude', 'nowhere.txt', '--yes'), 'nowhere.txt');
    });

    it('stop the run when the facts that they need cannot be read', async () => {
      await start({}, (method) =>
        method === 'GET' ? { status: 403, body: { error: { code: 'Forbidden', message: 'Missing application roles' } } } : undefined,
      );
      await expectRefusal(
        call('run', list(ids(2)), '--exclude', folder.file('spare.txt', 'tag:x'), '--yes'),
        'exclusions by name, tag, group or os cannot be judged',
      );
    });

    it('stop the run when a machine has no name that they could be compared with', async () => {
      await start({ fleet: [{ id: machineId(1), computerDnsName: null }] });
      await expectRefusal(call('run', list(ids(2)), '--exclude', folder.file('spare.txt', 'dc01'), '--yes'), 'its name is not known');
    });

    it('refuse a preview without the API where only facts could tell', async () => {
      await start();
      const named = folder.file('named.csv', `DeviceId,DeviceName\n${machineId(1)},pc1\n${machineId(2)},\n`);
      const preview = await call('preview', named, '--no-api', '--exclude', folder.file('spare.txt', 'dc01'));
      expect(preview).toMatchObject({ code: 6, stdout: expect.stringContaining('its name is not known') });
      const tags = await call('preview', named, '--no-api', '--exclude', folder.file('spare.txt', 'tag:x'));
      expect(tags).toMatchObject({ code: 6, stdout: expect.stringContaining('its tags are not known') });
    });
  });

  it('say that nothing was sent when the facts cannot be had', async () => {
    await start({}, (method) => (method === 'GET' ? { status: 503, body: {} } : undefined));
    const result = await call('run', list(ids(2)), '--facts', '--yes', '--outage', '2s');
    expect(result).toMatchObject({ code: 6, stderr: expect.stringContaining('the list (--facts) cannot be judged') });
    expect(api.requestsOf('POST')).toEqual([]);
    expect((await call('run', list(ids(2)), '--yes', '--no-facts')).code).toBe(0);
  });
});
