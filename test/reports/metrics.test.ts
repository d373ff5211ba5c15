import { mkdtempDisposable, readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { API_WINDOWS } from '../../src/core/rate.ts';
import { metricsText, writeMetrics, type MetricsInput } from '../../src/reports/metrics.ts';
import { aRun } from '../support/builders.ts';

const of = (more: Partial<MetricsInput> = {}): MetricsInput => ({
  run: aRun({ createdAt: 1_000_000, finishedAt: 1_090_500, status: 'done', exitCode: 3 }),
  outcomes: { created: 238, blocked: 2 },
  statuses: { Succeeded: 200, Pending: 38 },
  quota: API_WINDOWS.map((window, i) => ({ api: 'restrictCodeExecution', window, used: 40 + i })),
  lastSuccessAt: 500_000,
  now: 1_100_000,
  version: '0.1.0',
  ...more,
});
const lines = async (more: Partial<MetricsInput> = {}): Promise<string[]> =>
  (await metricsText(of(more))).split('\n').filter((line) => line !== '' && !line.startsWith('#'));

describe('a run as numbers for Prometheus', () => {
  it('counts rows, statuses, quota and time, each with the job', async () => {
    expect(await lines()).toEqual([
      'cordon_run_info{job="restrict",run="r-20261123-101530-k3f9",tenant="contoso",emulated="false",version="0.1.0"} 1',
      'cordon_rows{job="restrict",outcome="created"} 238',
      'cordon_rows{job="restrict",outcome="blocked"} 2',
      'cordon_actions{job="restrict",status="Succeeded"} 200',
      'cordon_actions{job="restrict",status="Pending"} 38',
      'cordon_quota_used{api="restrictCodeExecution",window="1m"} 40',
      'cordon_quota_used{api="restrictCodeExecution",window="1h"} 41',
      'cordon_quota_limit{api="restrictCodeExecution",window="1m"} 100',
      'cordon_quota_limit{api="restrictCodeExecution",window="1h"} 1500',
      'cordon_run_running{job="restrict"} 0',
      'cordon_run_seconds{job="restrict"} 90.5',
      'cordon_run_exit_code{job="restrict"} 3',
      'cordon_last_success_timestamp_seconds{job="restrict"} 500',
      'cordon_updated_timestamp_seconds{job="restrict"} 1100',
    ]);
  });

  it('says nothing of an exit code or a success that there is not', async () => {
    const text = (await lines({ run: aRun({ createdAt: 1_000_000 }), statuses: {}, lastSuccessAt: null })).join('\n');
    expect(text).toContain('cordon_run_running{job="restrict"} 1');
    expect(text).toContain('cordon_run_seconds{job="restrict"} 100');
    expect(text).not.toMatch(/exit_code|last_success|cordon_actions/);
  });

  it('stays one text of the format whatever the API’s words are', async () => {
    expect((await lines({ statuses: { 'a"b\\c\nd': 1 } })).join('\n')).toContain('status="a\\"b\\\\c\\nd"');
  });

  it('is written whole, into a folder that may not be there yet', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'cordon-'));
    const file = join(folder.path, 'metrics', 'cordon.prom');
    await writeMetrics(file, of());
    await writeMetrics(file, of({ outcomes: { created: 1 } }));
    expect(await readFile(file, 'utf8')).toContain('outcome="created"} 1\n');
    expect(await readdir(join(folder.path, 'metrics'))).toEqual(['cordon.prom']);
    await expect(writeMetrics(folder.path, of())).rejects.toMatchObject({
      exitCode: 1,
      message: expect.stringContaining('the metrics cannot be written'),
    });
  });
});
