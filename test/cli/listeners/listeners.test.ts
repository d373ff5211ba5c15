/** What follows a run for a person or for others: each told of events alone. */
import { stripVTControlCharacters } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Cli } from '../../../src/cli/context.ts';
import { createBar } from '../../../src/cli/listeners/bar.ts';
import { createNotices } from '../../../src/cli/listeners/notices.ts';
import { createPage } from '../../../src/cli/listeners/page.ts';
import { nextSignal, stopOnSignals } from '../../../src/cli/listeners/signals.ts';
import { createDisplay } from '../../../src/cli/views/display.ts';
import { quietTools, working } from '../../../src/cli/working.ts';
import { UsageError } from '../../../src/core/errors.ts';
import type { RunEvent, RunProgress } from '../../../src/core/events.ts';
import { Secrets } from '../../../src/core/secrets.ts';
import { StopRequest } from '../../../src/run/stop.ts';
import { settingsFrom } from '../../../src/settings/settings.ts';
import { aRun } from '../../support/builders.ts';

const PROGRESS: RunProgress = {
  calls: 4,
  done: 1,
  outcomes: { created: 1 },
  underWay: 1,
  parked: 0,
  windows: [],
  waitMs: 0,
  lastSentAt: null,
  isOut: false,
  recent: 1,
  now: 0,
};
const run = aRun();
/** What clears the line of the bar. */
const CLEAR = '\r\u001B[2K';

/** A command's surroundings; `signals` holds who listens to which. */
function aCli(isTTY: boolean): { cli: Cli; printed: () => string; signals: Map<string, () => void>; exits: number[] } {
  const [signals, exits, secrets] = [new Map<string, () => void>(), [] as number[], new Secrets()];
  let text = '';
  const stderr = { isTTY, columns: 100, write: (piece: string) => (text += piece) };
  const io: Cli['io'] = {
    env: {},
    stdin: process.stdin,
    stdout: { write: () => true },
    stderr,
    onSignal: (signal, handle) => {
      signals.set(signal, handle);
      return () => signals.delete(signal);
    },
    exitNow: (code) => void exits.push(code),
    now: () => 0,
  };
  const cli = { io, secrets, display: createDisplay({ level: 'info', secrets, stderr }), ask: async () => undefined };
  return { cli, printed: () => text, signals, exits };
}

const begun = (progress: () => RunProgress = () => PROGRESS, resumed = false): RunEvent => ({ kind: 'begun', run, resumed, progress });
const ended: RunEvent = { kind: 'ended', run, exitCode: 0, note: null, outcomes: { created: 4 } };

describe('the bar', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('is drawn anew while the run works, and removed at its end', () => {
    const { cli, printed } = aCli(true);
    let done = 1;
    const tell = createBar(cli.display);
    tell({ kind: 'reading', what: 'machine facts' });
    tell({ kind: 'facts', machines: 4, actions: 0 });
    tell(begun(() => ({ ...PROGRESS, done })));
    vi.advanceTimersByTime(200);
    done = 3;
    vi.advanceTimersByTime(200);
    expect(printed()).toMatch(/reading machine facts …[^]*Run r-.*: 4 calls\..*\n[^]* 1\/4 [^]* 3\/4 /);
    tell(ended);
    expect(printed().endsWith(CLEAR)).toBe(true);
    const before = printed();
    vi.advanceTimersByTime(10_000);
    expect(printed()).toBe(before);
  });

  it('stands beside sentences about what hinders the run', () => {
    const { cli, printed } = aCli(true);
    const tell = createBar(cli.display);
    tell(begun(undefined, true));
    tell({ kind: 'paused', api: 'restrictCodeExecution', waitMs: 30_000, message: 'x' });
    tell({ kind: 'outage', api: 'machines', why: 'HTTP 503' });
    tell({ kind: 'recovered', api: 'machines' });
    tell({ kind: 'stalled', why: 'no usable answers' });
    tell(ended);
    expect(
      printed()
        .split('\n')
        .map((line) => stripVTControlCharacters(line.split(CLEAR).at(-1) ?? '')),
    ).toEqual([
      `Resuming run ${run.id} of ${new Date(run.createdAt).toISOString().slice(0, 16).replace('T', ' ')}Z: 3 of 4 calls open`,
      '429 from restrictCodeExecution: somebody else uses this quota; waiting 30s, then at an even pace',
      'No usable answers from machines (HTTP 503): probing one at a time',
      'machines answers again',
      'Nothing has gone out for a while: no usable answers',
      '',
    ]);
  });
});

describe('signals', () => {
  it('stop a run from its beginning to its end, and no longer', () => {
    const { cli, signals, exits, printed } = aCli(true);
    const controller = new AbortController();
    const tell = stopOnSignals(controller, cli);
    expect(signals.size).toBe(0);
    tell(begun());
    expect([...signals.keys()]).toEqual(['SIGINT', 'SIGTERM', 'SIGHUP']);
    signals.get('SIGTERM')?.();
    expect(controller.signal.reason).toEqual(new StopRequest(143, 'interrupted by SIGTERM'));
    expect(exits).toEqual([]);
    signals.get('SIGINT')?.();
    expect(exits).toEqual([130]);
    expect(printed()).toContain(`cordon resume ${run.id}`);
    tell(ended);
    expect(signals.size).toBe(0);
  });

  it('end a server, once', async () => {
    const { cli, signals } = aCli(false);
    const signal = nextSignal(cli.io);
    signals.get('SIGTERM')?.();
    await signal;
    expect(signals.size).toBe(0);
  });
});

describe('what a run cannot do without stopping', () => {
  const settings = (flags: Record<string, string[]>) => settingsFrom({ flags, env: {} });

  it('a page that cannot be served is a warning, and none is tried where nobody asked for it', async () => {
    const { cli, printed } = aCli(false);
    const none = createPage(settings({}), cli.display, quietTools(cli));
    none.listener(begun());
    await none.close();
    expect(printed()).toBe('');
    const page = createPage(settings({ page: ['true'], state: ['/dev/null/none.db'] }), cli.display, quietTools(cli));
    page.listener(begun());
    await page.close();
    expect(printed()).toContain('the live page cannot be served');
  });

  it('a file of notices that cannot be read is a warning', async () => {
    const { cli, printed } = aCli(false);
    const notices = createNotices(settings({ notifyFile: ['/dev/null/none'] }), cli);
    for (const event of [begun(), { kind: 'stalled', why: 'x' } as const, ended]) notices.listener(event);
    await notices.close();
    expect(printed()).toContain('nobody will be told of this run');
  });

  it('a use case that throws is still cleaned up after, and its error handed on', async () => {
    const { cli, signals } = aCli(false);
    const failing = working(cli, settings({}), async ({ listener }) => {
      listener(begun());
      listener(ended);
      throw new UsageError('no such thing');
    });
    await expect(failing).rejects.toThrow('no such thing');
    expect(signals.size).toBe(0);
    expect(await working(cli, settings({}), async ({ signal }) => signal?.aborted)).toBe(false);
  });
});
