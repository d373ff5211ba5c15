/** Sources, roles and packages against the emulator, over real sockets and through real lanes. */
import { mkdtempDisposable, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseRole } from '../../src/core/roles.ts';
import type { Window } from '../../src/core/types.ts';
import { createApi } from '../../src/defender/client.ts';
import { startEmulator, type RunningEmulator } from '../../src/emulator/server.ts';
import { Halt } from '../../src/engine/attempts/halt.ts';
import { ServerClock } from '../../src/engine/attempts/server-clock.ts';
import { Lane } from '../../src/engine/attempts/lane.ts';
import { QuotaGate } from '../../src/engine/quota/gate.ts';
import { packageLink, packageStatuses } from '../../src/engine/reads/packages.ts';
import { readRestrictions } from '../../src/engine/reads/restrictions.ts';
import { readRoles } from '../../src/engine/reads/roles.ts';
import { PACKAGE_WINDOWS, type Service } from '../../src/engine/reads/service.ts';
import type { SourcePorts } from '../../src/engine/reads/sources/source.ts';
import { fetchZip } from '../../src/http/fetch-file.ts';
import { createTransport } from '../../src/http/transport.ts';
import { downloadPackages } from '../../src/run/download.ts';
import { asTargets, readSources } from '../../src/run/sources.ts';
import { MemoryState } from '../../src/state/memory.ts';
import { readTargets } from '../../src/targets/index.ts';
import { aRow, aRun, machineId } from '../support/builders.ts';

const SPEED = 600;
const clock = { now: () => Date.now(), mono: () => performance.now() };
const transport = createTransport();
const halt = new Halt();
const state = new MemoryState();
const quiet = (): void => {};
let emulator: RunningEmulator;

function service(prefix?: string): Service {
  const api = createApi({
    origin: emulator.url,
    transport,
    timeoutMs: 5000,
    userAgent: 'test',
    ...(prefix !== undefined && { prefix }),
  });
  return {
    api,
    lane: async (segment, given) => {
      const windows: readonly Window[] = given.map(({ limit, ms }) => ({ limit, ms: ms / SPEED }));
      return new Lane({
        server: new ServerClock(clock),
        gate: new QuotaGate({ windows, concurrency: 5, clock }),
        quotaKey: `${prefix}/${segment}`,
        windows,
        state,
        clock,
        halt,
        outageMs: 5000,
        tokens: { current: async () => ({ token: 'x', expiresAt: Infinity }), renew: async () => false },
        log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
        attemptTimeoutMs: 5000,
        what: segment,
      });
    },
  };
}

beforeAll(async () => {
  emulator = await startEmulator({
    speed: SPEED,
    actionMs: [1, 5],
    machines: [1, 2, 3, 4].map(machineId),
    fleet: [
      { id: machineId(1), computerDnsName: 'dc1.corp', machineTags: ['Tier0'], deviceRoles: ['DomainController'], criticalityLevel: 0 },
      { id: machineId(2), computerDnsName: 'pc2.corp', machineTags: ['tier0', 'x'], rbacGroupName: 'Clients' },
      { id: machineId(3), computerDnsName: 'pc3.corp', restrictedDeviceSecurityOperations: 'AdvancedResponse' },
    ],
    alerts: [{ id: 'da1', machineId: machineId(3), incidentId: 9 }],
    incidents: [
      { incidentId: 7, redirectIncidentId: 8 },
      { incidentId: 8, machineIds: [machineId(1), machineId(2)] },
    ],
  });
});
afterAll(async () => {
  transport.close();
  await emulator.close();
});

const ports = (): SourcePorts => ({
  mde: service(),
  graph: service('v1.0'),
  xdr: service(),
  state,
  halt,
  tenant: '',
  emulated: false,
  readText: async () => 'DeviceInfo | project DeviceId, DeviceName, OSPlatform',
});
const idsOf = async (text: string): Promise<string[]> => {
  const rows = await readTargets(asTargets(await readSources([text], ports(), { allowEmpty: true, now: () => 0 })));
  return Array.from(rows, (row) => row.text);
};

describe('against the emulated tenant', () => {
  it.each([
    ['tag:TIER0', [1, 2]],
    ['group:Clients', [2]],
    ['query:all.kql', [1, 2, 3, 4]],
    ['alert:da1', [3]],
    ['incident:7', [1, 2]],
    ['tag:none', []],
  ])('reads %s', async (text, machines) => {
    expect((await idsOf(text)).sort()).toEqual(machines.map(machineId));
  });

  it('finds the domain controllers, and what is restricted', async () => {
    const found = await readRoles([parseRole('DomainController'), parseRole('criticality:0')], { graph: service('v1.0'), halt });
    expect(found.exclusions.map(({ values }) => values)).toEqual([[machineId(1)], ['dc1.corp'], [machineId(1)], ['dc1.corp']]);
    expect([...(await readRestrictions({ graph: service('v1.0'), halt }))]).toEqual([[machineId(3), 'AdvancedResponse']]);
  });

  it('downloads what a run collected, and nothing twice', async () => {
    const mde = service();
    const run = aRun({ id: 'r-1', job: 'collect' });
    await state.createRun(
      run,
      [1, 2, 3].map((n) => aRow(n)),
    );
    for (const n of [1, 2, 3]) {
      const posted = await mde.api.post(
        { token: 'x', expiresAt: Infinity },
        `machines/${machineId(n)}/collectInvestigationPackage`,
        { Comment: 'x' },
        halt.signal,
      );
      expect(posted).toMatchObject({ kind: 'response', status: 201 });
      const { id } = JSON.parse(posted.kind === 'response' ? posted.body : '{}');
      await state.settle(run.id, n, { outcome: 'created', actionId: id }, 1);
    }
    await using folder = await mkdtempDisposable(join(tmpdir(), 'cordon-packages-'));
    const lane = await mde.lane('getPackageUri', PACKAGE_WINDOWS);
    let fetches = 0;
    const download = () =>
      downloadPackages(
        run,
        { folder: folder.path, until: Date.now() + 10_000 },
        {
          rows: () => state.rows(run.id),
          statuses: () => packageStatuses(mde, halt),
          link: (id) => packageLink(mde, lane, halt, id),
          fetch: (url, file) => {
            fetches += 1;
            return fetchZip({ url, file, maxBytes: 1e8, idleMs: 5000, signal: halt.signal });
          },
          pause: () => new Promise((resolve) => void setTimeout(resolve, 20)),
          told: quiet,
          hide: quiet,
          now: Date.now,
        },
      );
    expect((await download()).packages.map(({ outcome }) => outcome)).toEqual(['downloaded', 'downloaded', 'downloaded']);
    expect((await download()).packages.map(({ outcome }) => outcome)).toEqual(['already-there', 'already-there', 'already-there']);
    lane.close();
    expect(fetches).toBe(3);
    expect((await readdir(folder.path)).filter((name) => name.endsWith('.zip'))).toHaveLength(3);
    expect(emulator.stats().apis.filter(({ throttled }) => throttled > 0)).toEqual([]);
  });
});
