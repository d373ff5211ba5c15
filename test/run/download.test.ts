import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { lstat, mkdir, readdir, readFile, symlink, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { StoppedError, UsageError } from '../../src/core/errors.ts';
import { packageName, readPackageLink, readSums, sumsText, type FileResult } from '../../src/core/packages.ts';
import type { RunRow } from '../../src/core/types.ts';
import { downloadPackages, type DownloadPorts, type Downloaded, type Package } from '../../src/run/download.ts';
import { MemoryState } from '../../src/state/memory.ts';
import { aRow, aRun, machineId } from '../support/builders.ts';

const RUN = aRun({ job: 'collect' });
const actionId = (row: number): string => `ed74c544-91d4-414d-8805-${String(row).padStart(12, '0')}`;
const sum = (text: string): string => createHash('sha256').update(text).digest('hex');
const file = (row: number): string => packageName({ machineId: machineId(row), deviceName: `pc${row}`, actionId: actionId(row) });

async function* collected(count: number): AsyncGenerator<RunRow> {
  const state = new MemoryState();
  await state.createRun(
    RUN,
    Array.from({ length: count + 1 }, (_, i) => aRow(i + 1, { deviceName: `pc${i + 1}` })),
  );
  for (let row = 1; row <= count; row += 1) await state.settle(RUN.id, row, { outcome: 'created', actionId: actionId(row) }, 1);
  await state.settle(RUN.id, count + 1, { outcome: 'refused' }, 1);
  yield* state.rows(RUN.id);
}

/** Links are `link-ROW-N`; what is behind them says so. */
class World {
  readonly log: string[] = [];
  readonly hidden: string[] = [];
  readonly told: Package[] = [];
  clock = 0;
  readonly #overrides: Partial<DownloadPorts>;

  constructor(overrides: Partial<DownloadPorts> = {}) {
    this.#overrides = overrides;
  }

  ports(count: number): DownloadPorts {
    let links = 0;
    return {
      rows: () => collected(count),
      statuses: async () => new Map(Array.from({ length: count }, (_, i) => [actionId(i + 1), 'Succeeded'])),
      link: async (id) => {
        this.log.push(`link ${Number(id.slice(-12))}`);
        return `link-${Number(id.slice(-12))}-${(links += 1)}`;
      },
      fetch: async (url, to) => {
        this.log.push(`fetch ${url}`);
        await writeFile(to, url);
        return { kind: 'file', bytes: url.length, sha256: sum(url) };
      },
      pause: async (ms) => void (this.clock += ms),
      told: (each) => void this.told.push(each),
      hide: (secret) => void this.hidden.push(secret),
      now: () => this.clock,
      ...this.#overrides,
    };
  }
}

describe('downloading packages', () => {
  let folder: string;
  beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'cordon-download-'))));
  afterEach(() => rmSync(folder, { recursive: true }));
  const download = (world: World, count: number, until?: number): Promise<Downloaded> =>
    downloadPackages(RUN, { folder: join(folder, 'to'), until }, world.ports(count));
  const outcomes = ({ packages }: Downloaded): string[] => packages.map(({ outcome }) => outcome);
  const files = async (): Promise<string[]> => (await readdir(join(folder, 'to'))).sort();

  it('fetches every package of the run once, each with its sum', async () => {
    const world = new World();
    const result = await download(world, 2);
    expect(outcomes(result)).toEqual(['downloaded', 'downloaded']);
    expect(await files()).toEqual(['SHA256SUMS', file(1), file(2)].sort());
    expect(await readFile(join(folder, 'to', 'SHA256SUMS'), 'utf8')).toBe(
      [1, 2].map((n) => `${sum(`link-${n}-${n}`)}  ${file(n)}\n`).join(''),
    );
    expect(world.hidden).toEqual(['link-1-1', 'link-2-2']);
    expect(world.told).toEqual(result.packages);
  });

  it('does not fetch again what is there, and asks for no link to it', async () => {
    await download(new World(), 3);
    await unlink(join(folder, 'to', file(2)));
    const world = new World();
    expect(outcomes(await download(world, 3))).toEqual(['already-there', 'downloaded', 'already-there']);
    expect(world.log).toEqual(['link 2', 'fetch link-2-1']);
    expect(outcomes(await download(new World({ statuses: async () => Promise.reject(new Error('not to be read')) }), 3))).toEqual(
      Array(3).fill('already-there'),
    );
  });

  it('leaves alone what is not its own, or was changed since', async () => {
    await download(new World(), 2);
    await writeFile(join(folder, 'to', file(1)), 'changed');
    await writeFile(join(folder, 'to', file(3)), 'somebody else’s');
    expect(outcomes(await download(new World(), 3))).toEqual(['failed', 'already-there', 'failed']);
    expect(await readFile(join(folder, 'to', file(3)), 'utf8')).toBe('somebody else’s');
  });

  it('writes through no link that somebody put where it writes', async () => {
    await mkdir(join(folder, 'to'));
    await writeFile(join(folder, 'victim'), 'precious');
    await symlink(join(folder, 'victim'), join(folder, 'to', '.SHA256SUMS.tmp'));
    expect(outcomes(await download(new World(), 1))).toEqual(['downloaded']);
    expect(await readFile(join(folder, 'victim'), 'utf8')).toBe('precious');
    expect((await lstat(join(folder, 'to', 'SHA256SUMS'))).isFile()).toBe(true);
  });

  it('asks for a new link when one has expired, and tries again when a connection broke', async () => {
    const results: FileResult[] = [
      { kind: 'expired', why: 'HTTP 401' },
      { kind: 'failed', why: 'ECONNRESET' },
    ];
    const world = new World();
    const ports = world.ports(1);
    const result = await downloadPackages(
      RUN,
      { folder: join(folder, 'to') },
      { ...ports, fetch: async (url, to) => results.shift() ?? ports.fetch(url, to) },
    );
    expect(outcomes(result)).toEqual(['downloaded']);
    expect(world.log).toEqual(['link 1', 'link 1', 'fetch link-1-2']);
  });

  it('gives one up that is too big or never comes, leaves nothing of it, and goes on', async () => {
    const world = new World();
    const ports = world.ports(3);
    const result = await downloadPackages(
      RUN,
      { folder: join(folder, 'to') },
      {
        ...ports,
        fetch: async (url, to) => {
          await writeFile(to, 'half');
          if (url.startsWith('link-1')) return { kind: 'too-big', why: 'larger' };
          return url.startsWith('link-2') ? { kind: 'failed', why: 'ECONNRESET' } : ports.fetch(url, to);
        },
      },
    );
    expect(result.packages.map(({ outcome, message }) => [outcome, message])).toEqual([
      ['failed', 'larger'],
      ['failed', 'ECONNRESET'],
      ['downloaded', undefined],
    ]);
    expect(await files()).toEqual(['SHA256SUMS', file(3)]);
  });

  it('waits for what is not ready, as long as it may, and asks for no link before', async () => {
    let looks = 0;
    const statuses = async (): Promise<Map<string, string>> => {
      looks += 1;
      return new Map([
        [actionId(1), looks > 3 ? 'Succeeded' : 'Pending'],
        [actionId(2), 'Failed'],
        [actionId(3), 'InProgress'],
      ]);
    };
    const world = new World({ statuses });
    const result = await download(world, 3, 600_000);
    expect(result.packages.map(({ outcome, message }) => [outcome, message])).toEqual([
      ['downloaded', undefined],
      ['no-package', 'the action ended Failed'],
      ['pending', 'not ready yet'],
    ]);
    expect(world.log).toEqual(['link 1', 'fetch link-1-1']);
    expect(world.clock).toBe(600_000);
    expect(outcomes(await download(new World({ statuses }), 3))).toContain('pending');
  });

  it('asks for the package of an action that the list does not show', async () => {
    const none = { statuses: async () => new Map<string, string>() };
    expect(outcomes(await download(new World({ ...none, link: async () => undefined }), 1))).toEqual(['pending']);
    expect(outcomes(await download(new World(none), 1))).toEqual(['downloaded']);
  });

  it('tells an action without a package from a failure', async () => {
    const world = new World({ link: async () => Promise.reject(new UsageError('no collect action')) });
    expect((await download(world, 1)).packages[0]).toMatchObject({ outcome: 'no-package', message: 'no collect action' });
  });

  it('stops between packages when it is told to, and can go on later', async () => {
    const world = new World();
    const ports = world.ports(3);
    const link: DownloadPorts['link'] = async (id) => (id === actionId(2) ? Promise.reject(new StoppedError('stopped')) : ports.link(id));
    const result = await downloadPackages(RUN, { folder: join(folder, 'to') }, { ...ports, link });
    expect(result.stopped).toBe('stopped');
    expect(outcomes(result)).toEqual(['downloaded', 'pending', 'pending']);
    expect(outcomes(await download(new World(), 3))).toEqual(['already-there', 'downloaded', 'downloaded']);
  });

  it('is for runs of collect', async () => {
    await expect(downloadPackages(aRun(), { folder }, new World().ports(1))).rejects.toThrow('only collect leaves packages');
  });
});

describe('a package’s file', () => {
  it.each([
    ['pc1.contoso.com', 'package-pc1-'],
    ['', 'package-0'],
    ['../../etc/passwd', 'package-0'],
    ['CON', 'package-con-'],
    ['ÄÖ\u0000/..\\x', 'package-0'],
    ['x'.repeat(300), 'package-xxx'],
  ])('is safely named for a machine called %j', (deviceName, start) => {
    const name = packageName({ machineId: machineId(1), deviceName, actionId: actionId(1) });
    expect(name).toMatch(/^package-[a-z0-9_-]+\.zip$/);
    expect(name.length).toBeLessThan(220);
    expect(name.startsWith(start)).toBe(true);
  });

  it('is named after its machine and action, so that no two are the same', () => {
    const names = [1, 2].flatMap((n) =>
      [1, 2].map((m) => packageName({ machineId: machineId(n), deviceName: 'pc', actionId: actionId(m) })),
    );
    expect(new Set(names).size).toBe(4);
  });

  it('has its link in quotes or not', () => {
    for (const value of ['https://a/x?token=1', '"https://a/x?token=1"'])
      expect(readPackageLink(JSON.stringify({ value }))).toBe('https://a/x?token=1');
    for (const body of ['', '{}', '{"value":""}', '{"value":7}', 'null']) expect(readPackageLink(body)).toBeUndefined();
  });

  it('has its sum in a file that sha256sum takes', () => {
    const sums = new Map([
      ['b c.zip', sum('b')],
      ['a.zip', sum('a')],
    ]);
    expect(readSums(sumsText(sums))).toEqual(sums);
    expect(readSums(`# note\n${sum('a').toUpperCase()} *a.zip\r\n`)).toEqual(new Map([['a.zip', sum('a')]]));
  });
});
