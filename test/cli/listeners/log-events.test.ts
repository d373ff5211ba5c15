/** What the log says is what docs/logs.md promises: no event, level or field that is not listed. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { restrict } from '../../../jobs/restrict.ts';
import { createLogLines } from '../../../src/cli/listeners/log-lines.ts';
import type { RunEvent, RunProgress } from '../../../src/core/events.ts';
import { LOG_EVENTS, type LogEventSpec } from '../../../src/core/log-events.ts';
import { plan } from '../../../src/core/plan.ts';
import type { Log } from '../../../src/core/ports.ts';
import { aRun, excluding, machineId } from '../../support/builders.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const STANDINGS = { confirmed: 1, pending: 1, failed: 0 };
const PROGRESS: RunProgress = {
  standings: STANDINGS,
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
};
const row = { row: 1, text: machineId(1), deviceName: '', file: 'list.txt', line: 1 };
const EVENTS: readonly RunEvent[] = [
  { kind: 'reading', what: 'machine facts' },
  { kind: 'facts', machines: 1, actions: 0 },
  { kind: 'planned', plan: plan({ job: restrict, rows: [row], exclusions: excluding('ghost') }), refusals: [] },
  { kind: 'asked', confirmed: true },
  { kind: 'begun', run: aRun(), resumed: false, progress: () => PROGRESS },
  { kind: 'wave', stage: 'sent', wave: 1, of: 2, result: { calls: 1, confirmed: 0, open: 1, bad: 0 } },
  { kind: 'wave', stage: 'ended', wave: 1, of: 2, result: { calls: 1, confirmed: 1, open: 0, bad: 0 } },
  { kind: 'settled', row: 1, settlement: { outcome: 'created', actionId: 'a', actionStatus: 'Pending', httpStatus: 201 } },
  { kind: 'parked', row: 1, machineId: machineId(1), why: 'reset' },
  { kind: 'paused', api: 'restrict', waitMs: 8000, message: 'quota' },
  { kind: 'outage', api: 'restrict', why: '503' },
  { kind: 'recovered', api: 'restrict' },
  { kind: 'stalled', why: 'outage' },
  { kind: 'status-changed', row: 1, actionId: 'a', status: 'Succeeded' },
  { kind: 'stopping', exitCode: 130, why: 'SIGINT' },
  { kind: 'following', run: aRun(), standings: () => STANDINGS },
  { kind: 'followed', run: aRun(), standings: STANDINGS },
  { kind: 'ended', run: aRun({ finishedAt: 2_000_000 }), exitCode: 0, note: null, outcomes: { created: 1 } },
];

it('writes the events that are listed, at their level and with their fields', () => {
  const seen = new Set<string>();
  const lists: Readonly<Record<string, LogEventSpec>> = LOG_EVENTS;
  const check =
    (level: string) =>
    (line: object): void => {
      const { event, run, job, ...fields } = Object.assign({ event: '', run: undefined, job: undefined }, line);
      const spec = lists[event];
      const strays = Object.keys(fields).filter((field) => !(spec?.fields ?? []).includes(field));
      const isInRun = seen.has('run.begin') || event === 'run.begin';
      expect({ event, level, strays, isInRun }).toEqual({
        event,
        level: spec?.level,
        strays: [],
        isInRun: run !== undefined && job !== undefined,
      });
      seen.add(event);
    };
  const log: Log = { debug: check('debug'), info: check('info'), warn: check('warn'), error: check('error') };
  const tell = createLogLines(log);
  for (const event of EVENTS) {
    tell(event);
    vi.advanceTimersByTime(30_000);
  }
  // These are written by whoever fails, or goes on without something.
  expect([...seen, 'error', 'facts.missing', 'metrics.failed'].sort()).toEqual(Object.keys(LOG_EVENTS).sort());
});
