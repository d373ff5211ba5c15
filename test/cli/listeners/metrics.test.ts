import { mkdtempDisposable, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { createMetrics, type Metrics } from '../../../src/cli/listeners/metrics.ts';
import type { RunProgress } from '../../../src/core/events.ts';
import type { ExitCode } from '../../../src/core/exit.ts';
import { aRun } from '../../support/builders.ts';

const progress = (): RunProgress => ({
  calls: 2,
  done: 1,
  outcomes: { created: 1 },
  underWay: 1,
  parked: 0,
  windows: [{ limit: 100, ms: 60_000, used: 2 }],
  waitMs: 0,
  lastSentAt: 1,
  isOut: false,
  recent: 1,
  now: 1,
});
const warnings: object[] = [];
const log = { debug: () => {}, info: () => {}, warn: (fields: object) => void warnings.push(fields), error: () => {} };

async function folder(): Promise<string> {
  const made = await mkdtempDisposable(join(tmpdir(), 'cordon-'));
  onTestFinished(() => made.remove());
  return made.path;
}
async function ran(file: string, now: number, exitCode: ExitCode, emulated = false): Promise<string> {
  const metrics: Metrics = createMetrics(file, log, () => now);
  metrics.listener({ kind: 'begun', run: aRun(), resumed: false, progress });
  metrics.listener({ kind: 'status-changed', row: 1, actionId: 'a', status: 'Pending' });
  metrics.listener({ kind: 'status-changed', row: 1, actionId: 'a', status: 'Succeeded' });
  metrics.listener({
    kind: 'ended',
    run: aRun({ status: 'done', finishedAt: now, emulated }),
    exitCode,
    note: null,
    outcomes: { created: 2 },
  });
  await metrics.close();
  return readFile(file, 'utf8');
}

it('writes the end of a run, and remembers the last success over runs that failed', async () => {
  const file = join(await folder(), 'cordon.prom');
  expect(await ran(file, 2_000_000, 0)).toContain('cordon_last_success_timestamp_seconds{job="restrict"} 2000\n');
  const failed = await ran(file, 3_000_000, 3);
  expect(failed).toContain('cordon_last_success_timestamp_seconds{job="restrict"} 2000\n');
  expect(failed).toContain('cordon_run_exit_code{job="restrict"} 3\n');
  expect(failed).toContain('cordon_rows{job="restrict",outcome="created"} 2\n');
  expect(failed).toContain('cordon_actions{job="restrict",status="Succeeded"} 1\n');
  expect(failed).not.toContain('Pending');
  expect(await ran(file, 4_000_000, 0, true)).toContain('cordon_last_success_timestamp_seconds{job="restrict"} 2000\n');
});

it('says while the run works that it does', async () => {
  const file = join(await folder(), 'cordon.prom');
  const metrics = createMetrics(file, log, () => 1_500_000);
  metrics.listener({ kind: 'begun', run: aRun(), resumed: false, progress });
  await metrics.close();
  const text = await readFile(file, 'utf8');
  expect(text).toContain('cordon_run_running{job="restrict"} 1\n');
  expect(text).toContain('cordon_quota_used{api="restrict",window="1m"} 2\n');
  expect(text).not.toContain('exit_code');
});

it('warns once where it cannot be written, and keeps nobody from working', async () => {
  const path = await folder();
  await writeFile(join(path, 'file'), '');
  const metrics = createMetrics(join(path, 'file', 'cordon.prom'), log, () => 2);
  metrics.listener({ kind: 'begun', run: aRun(), resumed: false, progress });
  metrics.listener({ kind: 'ended', run: aRun(), exitCode: 0, note: null, outcomes: undefined });
  await metrics.close();
  expect(warnings).toEqual([{ event: 'metrics.failed', reason: expect.stringContaining('the metrics cannot be written') }]);
});
