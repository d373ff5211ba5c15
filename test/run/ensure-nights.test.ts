/** Thirty nights of `--ensure --release` against the emulator over a real socket; the clocks alone are a test's own. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { NO_EXCLUSIONS } from '../../src/core/exclusions.ts';
import { Secrets } from '../../src/core/secrets.ts';
import { startEmulator, type RunningEmulator } from '../../src/emulator/server.ts';
import { seeded } from '../../src/emulator/random.ts';
import type { Ending } from '../../src/run/ending.ts';
import { hashed } from '../../src/run/list.ts';
import { startIn } from '../../src/run/start.ts';
import { settingsOfValues, type SettingValues } from '../../src/settings/values.ts';
import { MemoryState } from '../../src/state/memory.ts';
import { openSession, type Session } from '../../src/wiring/session.ts';
import { machineId } from '../support/builders.ts';

const DAY = 86_400_000;
const NIGHTS = 30;
const MACHINES = Array.from({ length: 40 }, (_, i) => machineId(i + 1));
/** Somebody restricts these by hand on the fifth night: never ours to release. */
const BY_HAND = MACHINES.slice(35);
const OFFLINE = MACHINES.filter((_, i) => i % 4 === 0);
const quiet = (): void => {};

describe('thirty nights of --ensure', () => {
  let folder = '';
  let [emulator, session, state]: [RunningEmulator | undefined, Session | undefined, MemoryState] = [
    undefined,
    undefined,
    new MemoryState(),
  ];
  beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'cordon-nights-'))));
  beforeEach(() => void vi.useFakeTimers({ now: Date.UTC(2026, 10, 23, 1, 0), toFake: ['Date', 'performance'] }));
  afterEach(async () => {
    await rm(folder, { recursive: true, force: true });
    await session?.close();
    await emulator?.close();
    vi.useRealTimers();
  });

  const begin = async (
    more: SettingValues = {},
  ): Promise<{ there: RunningEmulator; night: (listed: readonly string[]) => Promise<Ending> }> => {
    state = new MemoryState();
    emulator = await startEmulator({ machines: MACHINES, offline: OFFLINE, offlineForMs: [2 * DAY, 14 * DAY], actionMs: [1000, 2000] });
    const env = { CORDON_ACCESS_TOKEN: 'opaque-token' };
    const settings = settingsOfValues(
      { apiUrl: emulator.url, auth: 'token', comment: 'SOC', yes: true, ensure: true, report: join(folder, '{run}'), ...more },
      env,
    );
    const log = { debug: quiet, info: quiet, warn: quiet, error: quiet };
    session = await openSession({ settings, state }, { env, log, secrets: new Secrets(), listener: quiet });
    const opened = session;
    const night = (listed: readonly string[]): Promise<Ending> => {
      const rows = listed.map((text, i) => ({ row: i + 1, text, deviceName: '', file: 'list.txt', line: i + 1 }));
      const list = { ...hashed(rows), exclusions: NO_EXCLUSIONS, notes: [], fromTenant: false };
      return startIn(opened, { jobName: 'restrict', list, confirm: () => Promise.resolve({ yes: true }) });
    };
    return { there: emulator, night };
  };
  /** Which nights each machine is listed: it comes, stays for some, goes, and may come again. */
  const lists = (): string[][] => {
    const random = seeded(7);
    const on = new Set<string>();
    return Array.from({ length: NIGHTS }, (_, n) => {
      for (const id of MACHINES) if (random() < (on.has(id) ? 0.2 : 0.12)) toggle(on, id);
      return n === 20 ? [] : [...on];
    });
  };

  it('call what is not in force, release what nobody asks for any more, and nothing else', async () => {
    const { there, night } = await begin({ release: true });
    const sent = { restrict: 0, release: 0, exits: new Set<number>() };
    for (const [n, listed] of lists().entries()) {
      if (n === 5) for (const id of BY_HAND) await byHand(there, id);
      const [calls, releases] = wanted(there, listed);
      const before = new Set(there.actions().map(({ id }) => id));
      const { exitCode, release } = await night(listed);
      const made = there.actions().filter(({ id }) => !before.has(id));
      const of = (type: string): string[] => made.flatMap((action) => (action.type === type ? action.machineId : [])).toSorted();
      expect({ n, restricted: of('RestrictCodeExecution'), released: of('UnrestrictCodeExecution'), refused: release?.refused }).toEqual({
        n,
        restricted: calls,
        released: releases,
        refused: undefined,
      });
      sent.exits.add(exitCode);
      sent.restrict += calls.length;
      sent.release += releases.length;
      vi.advanceTimersByTime(DAY);
    }
    expect(sent).toMatchObject({ exits: new Set([0]) });
    expect(sent.restrict).toBeGreaterThan(60);
    expect(sent.release).toBeGreaterThan(40);
  }, 60_000);

  it('do nothing the second time, and release nothing without being told to', async () => {
    const { there, night } = await begin();
    await night(MACHINES.slice(1, 4));
    vi.advanceTimersByTime(DAY);
    expect((await night(MACHINES.slice(1, 4))).summary?.outcomes).toEqual({ 'already-applied': 3 });
    expect((await night(MACHINES.slice(1, 2))).release).toBeUndefined();
    expect(there.actions()).toHaveLength(3);
  });

  it('hold a machine for as long as --for says since the list named it last', async () => {
    const { there, night } = await begin({ release: true, for: '36h' });
    await night(MACHINES.slice(1, 4));
    vi.advanceTimersByTime(DAY);
    expect((await night(MACHINES.slice(1, 2))).release).toMatchObject({ due: 0, held: 2 });
    vi.advanceTimersByTime(DAY);
    expect((await night(MACHINES.slice(1, 2))).release).toMatchObject({ due: 2, held: 0, ending: { exitCode: 0 } });
    expect(there.actions().map(({ type }) => type)).toEqual([
      ...Array(3).fill('RestrictCodeExecution'),
      ...Array(2).fill('UnrestrictCodeExecution'),
    ]);
  });

  it('release nothing where a row of the list could mean anybody', async () => {
    const { there, night } = await begin({ release: true });
    await night(MACHINES.slice(1, 4));
    vi.advanceTimersByTime(DAY);
    const ending = await night([...MACHINES.slice(1, 3), 'pc7']);
    expect(ending).toMatchObject({
      exitCode: 3,
      release: { due: 1, ending: undefined, refused: expect.stringContaining('name no machine') },
    });
    expect(there.actions()).toHaveLength(3);
  });

  it('remember what they did, whatever is forgotten of other runs', async () => {
    const { night } = await begin({ release: true });
    await night(MACHINES.slice(1, 4));
    vi.advanceTimersByTime(DAY);
    await night(MACHINES.slice(1, 4));
    expect(await state.prune(Date.now() + DAY)).toHaveLength(1);
    expect((await night(MACHINES.slice(1, 2))).release).toMatchObject({ due: 2 });
  });
});

function toggle(on: Set<string>, id: string): void {
  if (!on.delete(id)) on.add(id);
}

async function byHand({ url }: RunningEmulator, id: string): Promise<void> {
  const init = {
    method: 'POST',
    headers: { authorization: 'Bearer portal', 'content-type': 'application/json' },
    body: JSON.stringify({ Comment: 'by hand' }),
  };
  await fetch(`${url}/api/machines/${id}/restrictCodeExecution`, init);
}

/** By the emulator's own record of effects: whom to call, and whom to release. */
function wanted(there: RunningEmulator, listed: readonly string[]): [calls: string[], releases: string[]] {
  const restricted = new Set(there.inForce().flatMap((one) => (one.restricted ? one.machineId : [])));
  const of = (id: string) => there.actions().filter((action) => action.machineId === id);
  const isOpen = (id: string, type: string): boolean =>
    of(id).some((action) => action.type === type && ['Pending', 'InProgress'].includes(action.status));
  const calls = listed.filter((id) => !restricted.has(id) && !isOpen(id, 'RestrictCodeExecution'));
  const isOurs = (id: string): boolean =>
    of(id)
      .findLast(({ type, status }) => type === 'RestrictCodeExecution' && status === 'Succeeded')
      ?.requestorComment.startsWith('[cordon') ?? false;
  const releases = MACHINES.filter(
    (id) =>
      restricted.has(id) &&
      !listed.includes(id) &&
      isOurs(id) &&
      !isOpen(id, 'UnrestrictCodeExecution') &&
      !isOpen(id, 'RestrictCodeExecution'),
  );
  return [calls.toSorted(), releases.toSorted()];
}
