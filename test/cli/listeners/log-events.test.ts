/** What the log says is what docs/logs.md promises: no event, level or field that is not listed. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { restrict } from '../../../jobs/restrict.ts';
import { createLogLines } from '../../../src/cli/listeners/log-lines.ts';
import type { RunEvent, RunProgress } from '../../../src/core/events.ts';
import { LOG_EVENTS, type LogEventSpec } from '../../../src/core/log-events.ts';
import { plan } from '../../../src/core/plan.ts';
import { createDisplay, type Display } from '../../../src/cli/views/display.ts';
import { Secrets } from '../../../src/core/secrets.ts';
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
  { kind: 'following', run: aRun(), standings: () => ({ confirmed: 0, pending: 1, failed: 0 }) },
  { kind: 'followed', run: aRun(), standings: { confirmed: 1, pending: 0, failed: 0 } },
];

interface Line {
  readonly level: string;
  readonly event: string;
  readonly [field: string]: unknown;
}

/** Everything that a display writes where no person reads along, line by line. */
function listening(level: string): Display & { readonly lines: () => Line[] } {
  let text = '';
  const display = createDisplay({ level, secrets: new Secrets(), stderr: { write: (part) => (text += part) } });
  const lines = (): Line[] =>
    text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
  return { ...display, lines };
}

/** All that is told of a run, with half a minute between two events. */
function tellAll(display: Display): void {
  const tell = createLogLines(display);
  for (const event of EVENTS) {
    tell(event);
    vi.advanceTimersByTime(30_000);
  }
}

it('writes the events that are listed, at their level and with their fields', () => {
  const display = listening('debug');
  tellAll(display);
  const lists: Readonly<Record<string, LogEventSpec>> = LOG_EVENTS;
  const begun = display.lines().findIndex(({ event }) => event === 'run.begin');
  for (const [at, { level, time, event, msg, run, job, ...fields }] of display.lines().entries()) {
    const spec = lists[event];
    const strays = Object.keys(fields).filter((field) => !(spec?.fields ?? []).includes(field));
    expect({ event, level, strays, isInRun: at >= begun }).toEqual({
      event,
      level: spec?.level,
      strays: [],
      isInRun: run === 'r-20261123-101530-k3f9' && job === 'restrict',
    });
    expect([typeof time, typeof msg]).toEqual(['string', 'string']);
  }
  // These are written by whoever fails, or has something else to say.
  const others = ['error', 'facts.missing', 'metrics.failed', 'note', 'package', 'tenant.failed'];
  const ofWorkers = ['run.taken', 'run.carried', 'run.failed', 'run.handed-back'];
  const seen = new Set([...display.lines().map(({ event }) => event), ...others, ...ofWorkers]);
  expect([...seen].sort()).toEqual(Object.keys(LOG_EVENTS).sort());
});

it('says at least once a minute how far it is', () => {
  const display = listening('info');
  tellAll(display);
  const at = display.lines().flatMap(({ event, time }) => (event.startsWith('run.') ? [Date.parse(String(time))] : []));
  expect(at.length).toBeGreaterThan(5);
  for (const [i, time] of at.entries()) expect(time - (at[i - 1] ?? time)).toBeLessThanOrEqual(60_000);
});

it('keeps the ending where it is told to be quiet', () => {
  const display = listening('error');
  tellAll(display);
  expect(display.lines()).toMatchObject([{ event: 'run.end', exitCode: 0, run: 'r-20261123-101530-k3f9' }]);
});

it('gives notes and errors of others an event, the run and the job', () => {
  const display = listening('info');
  display.log.warn({ kept: 'x' }, 'odd');
  createLogLines(display)(EVENTS.find(({ kind }) => kind === 'begun') ?? { kind: 'reading', what: '' });
  display.log.warn({}, 'odd again');
  display.fail({ exitCode: 1, error: 'broken', hint: 'mend it' });
  const [before, , after, failure] = display.lines();
  expect(before).toMatchObject({ event: 'note', kept: 'x' });
  expect(before).not.toHaveProperty('run');
  expect(after).toMatchObject({ event: 'note', run: 'r-20261123-101530-k3f9', job: 'restrict' });
  expect(failure).toMatchObject({ event: 'error', level: 'error', run: 'r-20261123-101530-k3f9', exitCode: 1, hint: 'mend it' });
});
