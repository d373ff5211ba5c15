/** A run as numbers for Prometheus: the text format, for node_exporter's textfile collector. */
import { mkdir } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { messageOf, UserError } from '../core/errors.ts';
import { formatRate } from '../core/rate.ts';
import type { Outcome, Run, Window } from '../core/types.ts';
import { replaceFile } from '../system/replace.ts';

export interface MetricsInput {
  readonly run: Run;
  /** Rows by outcome. */
  readonly outcomes: Readonly<Partial<Record<Outcome, number>>>;
  /** Actions by the API's status, as far as they were followed. */
  readonly statuses: Readonly<Record<string, number>>;
  /** What each API's windows have in use. */
  readonly quota: readonly { readonly api: string; readonly window: Window; readonly used: number }[];
  /** When a run of this job last ended with exit code 0, ms since the epoch; null: never, as far as the state knows. */
  readonly lastSuccessAt: number | null;
  readonly now: number;
  readonly version: string;
}

/** When a run of this job last ended well, as an earlier text says; null where it does not. Milliseconds since the epoch. */
export function lastSuccessIn(text: string, job: string): number | null {
  const start = `cordon_last_success_timestamp_seconds{job="${job}"} `;
  const line = text.split('\n').find((each) => each.startsWith(start));
  const seconds = Number(line?.slice(start.length));
  return line === undefined || Number.isNaN(seconds) ? null : seconds * 1000;
}

interface Metric {
  readonly name: string;
  readonly help: string;
  readonly samples: readonly { readonly labels: Readonly<Record<string, string>>; readonly value: number }[];
}

/** The text of all metrics. The library is loaded only when metrics are asked for. */
export async function metricsText(input: MetricsInput): Promise<string> {
  const { Gauge, Registry } = await import('prom-client');
  const registry = new Registry();
  for (const { name, help, samples } of metricsOf(input)) {
    if (samples.length === 0) continue;
    const gauge = new Gauge({ name, help, labelNames: Object.keys(samples[0]?.labels ?? {}), registers: [registry] });
    for (const { labels, value } of samples) gauge.set(labels, value);
  }
  return registry.metrics();
}

/**
 * Writes the metrics whole or not at all.
 * @throws UserError (exit 1) when the file cannot be written; a run goes on without, with a warning
 */
export async function writeMetrics(file: string, input: MetricsInput): Promise<void> {
  const text = await metricsText(input);
  try {
    await mkdir(dirname(resolve(file)), { recursive: true });
    await replaceFile(file, [text]);
  } catch (error) {
    throw new UserError(`the metrics cannot be written to ${file}: ${messageOf(error)}`, { exitCode: 1, cause: error });
  }
}

/** Every sample is about one job; names and units as Prometheus wants them: base units, seconds. */
function metricsOf({ run, outcomes, statuses, quota, lastSuccessAt, now, version }: MetricsInput): Metric[] {
  const { id, job, tenant, emulated, createdAt, finishedAt, exitCode } = run;
  const one = (value: number | null): Metric['samples'] => (value === null ? [] : [{ labels: { job }, value }]);
  const by = (label: string, counts: Readonly<Record<string, number>>): Metric['samples'] =>
    Object.entries(counts).map(([word, value]) => ({ labels: { job, [label]: word }, value }));
  const windows = (value: (of: MetricsInput['quota'][number]) => number): Metric['samples'] =>
    quota.map((of) => ({ labels: { api: of.api, window: formatRate([of.window]).split('/')[1] ?? '' }, value: value(of) }));
  const info = { job, run: id, tenant, emulated: String(emulated), version };
  return [
    { name: 'cordon_run_info', help: 'The newest run: its id, tenant and program.', samples: [{ labels: info, value: 1 }] },
    { name: 'cordon_rows', help: 'Rows of the run by outcome.', samples: by('outcome', outcomes) },
    { name: 'cordon_actions', help: 'Actions of the run by the status that the API last said.', samples: by('status', statuses) },
    { name: 'cordon_quota_used', help: 'Units of the quota in use, by API and window.', samples: windows(({ used }) => used) },
    { name: 'cordon_quota_limit', help: 'Units of the quota, by API and window.', samples: windows(({ window }) => window.limit) },
    { name: 'cordon_run_running', help: '1 while the run works, 0 when it has ended.', samples: one(run.status === 'running' ? 1 : 0) },
    {
      name: 'cordon_run_seconds',
      help: 'Time since the run was created, or that it took.',
      samples: one(((finishedAt ?? now) - createdAt) / 1000),
    },
    { name: 'cordon_run_exit_code', help: 'Exit code of the run; absent while it works.', samples: one(exitCode) },
    {
      name: 'cordon_last_success_timestamp_seconds',
      help: 'When a run of the job last ended with exit code 0; absent where none did.',
      samples: one(lastSuccessAt === null ? null : lastSuccessAt / 1000),
    },
    { name: 'cordon_updated_timestamp_seconds', help: 'When these numbers were written.', samples: one(now / 1000) },
  ];
}
