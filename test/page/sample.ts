/** Reports like real ones, made by arithmetic: the same each time. */
import type { QuotaAttempt } from '../../src/core/ports.ts';
import { schedule } from '../../src/core/eta.ts';
import { API_WINDOWS } from '../../src/core/rate.ts';
import type { Run, RunRow } from '../../src/core/types.ts';
import { reportOf, type Extras, type Report } from '../../src/reports/report.ts';
import { aRun, aRunRow } from '../support/builders.ts';

const T0 = Date.UTC(2026, 10, 23, 10, 15, 30);
const SITES = ['BER', 'MUC', 'VIE', 'ZRH', 'AMS'];

export interface SampleOptions {
  readonly rows: number;
  readonly run?: Partial<Run>;
  readonly extras?: Extras;
  /** Changes a row. */
  readonly each?: (row: RunRow) => RunRow;
}

/** A run over so many machines, most of them confirmed, some of everything else. */
export async function aReport({ rows, run = {}, extras, each = (row) => row }: SampleOptions): Promise<Report> {
  const sent = schedule({ calls: rows, windows: API_WINDOWS, now: T0, latencyMs: 400 });
  const made = Array.from({ length: rows }, (_, i) => each(sampleRow(i + 1, sent[i] ?? T0)));
  const attempts = made.filter(({ attempts: n }) => n > 0).map(({ firstSentAt }) => attemptAt(firstSentAt ?? T0, true));
  const others = Array.from({ length: 60 }, (_, i) => attemptAt(T0 - 300_000 + i * 2000, false));
  const all = [...others, ...attempts].sort((a, b) => a.begunAt - b.begunAt);
  const whole = aRun({
    id: 'r-20261123-101530-k3f9',
    comment: 'INC-20481 ransomware beacon, contain wave 1',
    operator: 'ana.keller',
    tenant: '9c1f4c7e-5a6b-4d52-9f0e-2a1d6f1f0b11',
    clientId: '4b2d6b0a-0d5b-4a57-8d50-9c8a4f1c7e02',
    listHash: 'b5bb9d8014a0f9b1d61e21e796d78dccdf1352f23cd32812f4850b878ae4944c',
    createdAt: T0 - 4000,
    finishedAt: (sent.at(-1) ?? T0) + 30_000,
    status: 'done',
    exitCode: 3,
    ...run,
  });
  return reportOf(whole, () => generate(made), {
    attempts: () => generate(all),
    job: { title: 'restrict app execution', inverse: 'unrestrict' },
    ...extras,
  });
}

function attemptAt(begunAt: number, own: boolean): QuotaAttempt {
  return { begunAt, countsFrom: begunAt + 420, own };
}

async function* generate<T>(values: readonly T[]): AsyncIterable<T> {
  yield* values;
}

function sampleRow(row: number, at: number): RunRow {
  const deviceName = `${SITES[row % 5]}-${row % 7 === 0 ? 'SRV' : 'WKS'}-${String(1000 + row)}.corp.contoso.com`;
  const machineId = (row * 7_919_993).toString(16).padStart(10, '0').repeat(4);
  const base = aRunRow(row, { machineId, deviceName, file: 'machines.csv', firstSentAt: at, settledAt: at + 400, actionId: actionId(row) });
  return { ...base, ...sampleOutcome(row, at) };
}

const NOT_CALLED = { attempts: 0, firstSentAt: null, settledAt: null, actionId: null, actionStatus: null, httpStatus: null } as const;

function sampleOutcome(row: number, at: number): Partial<RunRow> {
  if (row % 61 === 0) return { ...NOT_CALLED, outcome: 'duplicate', message: `same machine as row ${row - 7}` };
  if (row % 53 === 0) return { ...NOT_CALLED, outcome: 'excluded', message: 'excluded by "tag:domain-controller" (never.txt:4)' };
  if (row % 71 === 0)
    return {
      outcome: 'refused',
      httpStatus: 400,
      errorCode: 'ClientVersionNotSupported',
      actionId: null,
      actionStatus: null,
      message: 'Action is not supported on this client version.',
    };
  if (row % 97 === 0)
    return {
      outcome: 'unknown',
      httpStatus: 504,
      actionId: null,
      actionStatus: null,
      settledAt: null,
      message: 'the answer was lost: upstream timed out',
    };
  if (row % 83 === 0)
    return {
      outcome: 'already-in-progress',
      httpStatus: 400,
      errorCode: 'ActiveRequestAlreadyExists',
      message: 'open action since 09:51 by soc@contoso.com',
    };
  if (row % 37 === 0) return { actionStatus: 'TimeOut', actionEndedAt: at + 3_900_000, lastSeen: '2026-11-19T04:11:09Z' };
  if (row % 43 === 0) return { actionStatus: 'Failed', actionEndedAt: at + 45_000, message: 'the sensor answered: policy in conflict' };
  if (row % 9 === 0) return { actionStatus: 'Pending', lastSeen: '2026-11-22T17:40:00Z', message: 'inactive for 3 days' };
  return { actionStatus: 'Succeeded', actionEndedAt: at + 8000 + ((row * 37) % 60) * 1000 };
}

function actionId(row: number): string {
  return `ed74c544-91d4-414d-8805-${row.toString(16).padStart(12, '0')}`;
}
