/** The fleet as people use it: real processes, a PostgreSQL of the test's own, and `cordon emulate` with several tenants. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openPostgres } from '../../src/state/postgres/index.ts';
import { machineId } from '../support/builders.ts';
import { cordon, readReport, scratch, type CliResult } from '../support/cli.ts';
import { BIN, startPostgres, type TestServer } from '../support/postgres.ts';
import { startCordon, type Started } from '../support/started.ts';

const tenantId = (n: number): string => `00000000-0000-4000-b000-00000000000${n}`;
const TENANTS = [tenantId(1), tenantId(2), tenantId(3)];
const STRANGER = tenantId(9);
const RATE = '10/1s,1500/60s';

interface Emulated {
  readonly started: Started;
  readonly url: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

/** What the emulator saw, told when it ends. */
interface Seen {
  readonly created: number;
  readonly doubles: number;
  readonly throttled: number;
}

async function startEmulate(): Promise<Emulated> {
  const others = TENANTS.flatMap((id) => ['--also-tenant', id]);
  const like = ['--rate', RATE, '--latency', '5-40ms', '--action-time', '200-400ms', '--require-auth', '--unconsented', STRANGER];
  const started = startCordon(['emulate', '--json', ...others, ...like], {});
  const text = await started.printed(/clientSecret.*\n/);
  return { started, ...JSON.parse(text.split('\n').find((line) => line.includes('clientSecret')) ?? '') };
}

async function endEmulate({ started }: Emulated): Promise<Seen> {
  started.process.kill('SIGINT');
  const { stdout } = await started.ended;
  const { stats } = JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
  const sum = (counts: readonly number[]): number => counts.reduce((a, b) => a + b, 0);
  return {
    created: sum(stats.created.map(({ count }: { count: number }) => count)),
    doubles: stats.doubles.length,
    throttled: sum(stats.apis.map(({ throttled }: { throttled: number }) => throttled)),
  };
}

let emulated: Emulated;
beforeEach(async () => void (emulated = await startEmulate()));
afterEach(() => void emulated.started.process.kill('SIGKILL'));

const base = (): NodeJS.ProcessEnv => ({
  AZURE_AUTHORITY_HOST: emulated.url,
  AZURE_CLIENT_ID: emulated.clientId,
  AZURE_CLIENT_SECRET: emulated.clientSecret,
  CORDON_API_URL: emulated.url,
  CORDON_RATE: RATE,
  CORDON_READ_LAG: '1s',
  CORDON_ATTEMPT_TIMEOUT: '2s',
});
const machines = (from: number, count: number): string => Array.from({ length: count }, (_, i) => machineId(from + i)).join('\n');
/** A list with a tenant in each row. */
const tenantList = (rows: readonly (readonly [machine: number, tenant: string])[]): string =>
  ['machineId,Tenant ID,owner', ...rows.map(([machine, tenant]) => `${machineId(machine)},${tenant},ops`)].join('\n');
const campaign = (list: string): string[] => ['restrict', list, '--comment', 'INC-7', '--tenant-column', 'auto', '--json'];

describe.skipIf(BIN === undefined)('a fleet on a PostgreSQL server', () => {
  let server: TestServer;
  let made = 0;
  let address = '';
  const workers: Started[] = [];
  beforeAll(async () => void (server = await startPostgres()), 60_000);
  afterAll(() => server.close());
  beforeEach(() => {
    made += 1;
    address = `${server.url}?schema=e${made}`;
  });
  afterEach(() => workers.splice(0).forEach(({ process }) => process.kill('SIGKILL')));

  const env = (more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv => ({ ...base(), ...server.env, CORDON_STATE: address, ...more });
  const submit = (args: readonly string[], cwd: string, more: NodeJS.ProcessEnv = {}): Promise<CliResult> =>
    cordon(['submit', ...args], { cwd, env: env(more) });
  const work = async (cwd: string): Promise<Started> => {
    const started = startCordon(['worker', '--concurrency', '2'], { cwd, env: env() });
    workers.push(started);
    await started.printed(/takes runs from/);
    return started;
  };

  it('carries out what was submitted, every machine once, though a worker is killed', async ({ signal }) => {
    using folder = scratch();
    const lists = Array.from({ length: 6 }, (_, i) => folder.file(`list${i}.txt`, machines(100 * i + 1, 25)));
    const results = await Promise.all(
      lists.map((list, i) =>
        submit(['restrict', list, '--comment', 'INC-7', '--confirm', '25'], folder.path, { AZURE_TENANT_ID: TENANTS[i % 3] }),
      ),
    );
    expect(results.map(({ code, stdout }) => [code, stdout])).toEqual(lists.map(() => [0, expect.stringMatching(/^Submitted: run r-/)]));
    const state = await openPostgres(address, { emulated: undefined, env: server.env });
    const created = async (): Promise<number> => (await state.runs()).reduce((sum, { outcomes }) => sum + (outcomes['created'] ?? 0), 0);
    const until = async (isSo: () => Promise<boolean>): Promise<void> => {
      while (!(await isSo())) {
        signal.throwIfAborted();
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    };
    expect(await created()).toBe(0);

    const [first, second] = await Promise.all([work(folder.path), work(folder.path)]);
    await Promise.all([first.printed(/taken from the queue/), second.printed(/taken from the queue/)]);
    await until(async () => (await created()) >= 20);
    first.process.kill('SIGKILL');
    const killedAt = performance.now();
    await until(async () => (await state.runs()).every(({ status }) => status === 'done'));
    expect(performance.now() - killedAt).toBeLessThan(60_000);

    second.process.kill('SIGTERM');
    expect(await second.ended).toMatchObject({ code: 0, stdout: expect.stringMatching(/Worker: \d runs ended, 0 handed back/) });
    expect((await state.runs()).map(({ outcomes, exitCode }) => [outcomes, exitCode])).toEqual(lists.map(() => [{ created: 25 }, 0]));
    await state.close();
    expect(await endEmulate(emulated)).toEqual({ created: 150, doubles: 0, throttled: 0 });
  });

  it('hands a run back at SIGTERM, and another worker goes on with it', async () => {
    using folder = scratch();
    const list = folder.file('list.txt', machines(1, 45));
    await submit(['restrict', list, '--comment', 'INC-7', '--yes'], folder.path, { AZURE_TENANT_ID: TENANTS[0] });
    const first = await work(folder.path);
    await first.printed(/taken from the queue[\s\S]*calls/);
    first.process.kill('SIGTERM');
    expect(await first.ended).toMatchObject({ code: 0, stdout: expect.stringContaining('1 handed back') });
    const second = await work(folder.path);
    await second.printed(/carried out/);
    const listed = JSON.parse((await cordon(['runs', '--json'], { cwd: folder.path, env: env() })).stdout);
    expect(listed.runs).toMatchObject([{ state: 'done', exitCode: 0, outcomes: { created: 45 } }]);
    expect(await endEmulate(emulated)).toEqual({ created: 45, doubles: 0, throttled: 0 });
  });

  it('takes a list over many tenants, of which one has not consented', async () => {
    using folder = scratch();
    const list = folder.file(
      'list.csv',
      tenantList([
        [1, tenantId(1)],
        [2, STRANGER],
        [3, tenantId(2)],
        [4, tenantId(1)],
      ]),
    );
    const { code, stdout } = await submit([...campaign(list), '--yes'], folder.path);
    const submitted = JSON.parse(stdout);
    expect([code, submitted.submitted.length]).toEqual([8, 2]);
    expect(submitted.tenants).toContainEqual(
      expect.objectContaining({ tenant: STRANGER, exitCode: 8, why: expect.stringContaining(`${emulated.url}/${STRANGER}/adminconsent`) }),
    );
    const worker = await work(folder.path);
    await worker.printed(/carried out[\s\S]*carried out/);
    const reported = await cordon(['report', submitted.campaign, '--report', 'all'], { cwd: folder.path, env: env() });
    expect(reported).toMatchObject({ code: 0, stdout: expect.stringContaining('3  accepted') });
    expect(
      readFileSync(join(folder.path, 'all', 'campaign.csv'), 'utf8')
        .trim()
        .split('\n'),
    ).toHaveLength(4);
  });

  it('keeps schedules, lists and removes them', async () => {
    using folder = scratch();
    const list = folder.file('list.txt', machines(1, 2));
    const nightly = ['restrict', list, '--comment', 'nightly', '--every', '0 2 * * *', '--timezone', 'Europe/Berlin', '--name', 'nightly'];
    const unsure = await submit(nightly, folder.path);
    expect(unsure).toMatchObject({ code: 6, stderr: expect.stringContaining('nobody is there to ask') });
    expect(await submit([...nightly, '--yes'], folder.path)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('Schedule nightly'),
    });
    const listed = await cordon(['schedules'], { cwd: folder.path, env: env() });
    expect(listed.stdout).toMatch(/nightly\s+0 2 \* \* \*\s+Europe\/Berlin\s+restrict/);
    const removed = await cordon(['schedules', '--remove', 'nightly'], { cwd: folder.path, env: env() });
    expect(removed).toMatchObject({ code: 0, stdout: 'There are no schedules.\n' });
    expect((await cordon(['schedules', '--remove', 'nightly'], { cwd: folder.path, env: env() })).code).toBe(2);
  });

  it('is looked at without being made, and a state in a file moves to it', async () => {
    using folder = scratch();
    const looked = { cwd: folder.path, env: env() };
    expect(await cordon(['runs'], looked)).toMatchObject({ code: 0, stdout: 'There are no runs yet.\n' });
    expect(await cordon(['serve'], looked)).toMatchObject({ code: 2, stderr: expect.stringContaining('there is no state') });
    expect((await server.query(`SELECT 1 FROM pg_namespace WHERE nspname = 'e${made}'`)).rowCount).toBe(0);
    const file = join(folder.path, 'state.db');
    const run = ['run', 'restrict', folder.file('list.txt', machines(1, 3)), '--comment', 'INC-7', '--yes', '--state', file];
    expect(await cordon(run, { ...looked, env: env({ AZURE_TENANT_ID: TENANTS[0] }) })).toMatchObject({ code: 0 });
    expect(await cordon(['state', 'copy', 'state.db', address], looked)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('1 runs, 3 rows'),
    });
    expect((await cordon(['runs'], looked)).stdout).toContain('3 accepted');
    const serving = startCordon(['serve'], looked);
    const [url = ''] = /http:\S+/.exec(await serving.printed(/http:\S+\n/)) ?? [];
    expect(await (await fetch(url)).text()).toContain('restrict');
    serving.process.kill('SIGINT');
    expect((await serving.ended).code).toBe(0);
  });
});

describe('a campaign in one process', () => {
  it('is a run for each tenant, side by side; one without consent stops nobody, and is resumed by its name', async () => {
    using folder = scratch();
    const options = { cwd: folder.path, env: { ...base(), HOME: folder.path } };
    const rows = [...Array.from({ length: 12 }, (_, i) => [i + 1, TENANTS[i % 2] ?? ''] as const), [50, STRANGER] as const];
    const { code, stdout } = await cordon(['run', ...campaign(folder.file('list.csv', tenantList(rows))), '--confirm', '12'], options);
    const ended = JSON.parse(stdout);
    expect([code, ended.outcomes, ended.unfinished]).toEqual([8, { created: 12 }, []]);
    expect(ended.tenants).toMatchObject([
      { tenant: STRANGER, exitCode: 8, why: expect.stringContaining('adminconsent?client_id=') },
      { tenant: TENANTS[0], exitCode: 0, outcomes: { created: 6 } },
      { tenant: TENANTS[1], exitCode: 0, outcomes: { created: 6 } },
    ]);
    const all = join(folder.path, 'reports', ended.campaign);
    expect(readFileSync(join(all, 'campaign.csv'), 'utf8')).toMatch(/tenant,row,machine_id,.*in_owner/);
    expect(readFileSync(join(all, 'targets.csv'), 'utf8')).toContain(machineId(50));
    expect(readReport(join(folder.path, 'reports', ended.tenants[1].run))).toHaveLength(6);
    expect(await cordon(['resume', ended.campaign], options)).toMatchObject({ code: 0, stdout: expect.stringContaining('12  accepted') });
    expect(await endEmulate(emulated)).toEqual({ created: 12, doubles: 0, throttled: 0 });
  });

  it('asks about all tenants at once, and sends nothing where the number is another one', async () => {
    using folder = scratch();
    const options = { cwd: folder.path, env: { ...base(), HOME: folder.path } };
    const list = folder.file(
      'list.csv',
      tenantList([
        [1, tenantId(1)],
        [2, tenantId(2)],
      ]),
    );
    const miscounted = await cordon(['run', ...campaign(list), '--confirm', '1'], options);
    expect(miscounted).toMatchObject({ code: 6, stderr: expect.stringContaining('2 machines would be called') });
    const unasked = await cordon(['run', ...campaign(list)], options);
    expect(unasked).toMatchObject({ code: 6, stderr: expect.stringContaining('--confirm 2') });
    const tooMany = await cordon(['run', ...campaign(list), '--yes', '--max-targets', '1'], options);
    expect(tooMany).toMatchObject({ code: 6, stderr: expect.stringContaining('--max-targets is 1') });
    const preview = await cordon(['run', ...campaign(list), '--dry-run'], options);
    expect(preview).toMatchObject({ code: 2, stderr: expect.stringContaining('one tenant at a time') });
    expect(await endEmulate(emulated)).toEqual({ created: 0, doubles: 0, throttled: 0 });
  });

  it('never gives a row to the tenant of another one’s token', async () => {
    using folder = scratch();
    const options = {
      cwd: folder.path,
      env: { HOME: folder.path, CORDON_API_URL: emulated.url, CORDON_ACCESS_TOKEN: await tokenOf(tenantId(1)) },
    };
    const list = folder.file(
      'list.csv',
      tenantList([
        [1, tenantId(1)],
        [2, tenantId(2)],
      ]),
    );
    const { code, stdout } = await cordon(['run', ...campaign(list), '--yes'], options);
    expect([code, JSON.parse(stdout).tenants]).toMatchObject([
      8,
      [{ tenant: tenantId(2), why: expect.stringContaining('the token is for tenant') }, { exitCode: 0 }],
    ]);
    expect(await endEmulate(emulated)).toMatchObject({ created: 1 });
  });

  it('is what submit and worker are not for: they need a state that is shared', async () => {
    using folder = scratch();
    const options = { cwd: folder.path, env: { ...base(), HOME: folder.path } };
    const list = folder.file('list.txt', machines(1, 1));
    for (const args of [['submit', 'restrict', list, '--comment', 'x', '--yes'], ['worker'], ['schedules']])
      expect(await cordon(args, options)).toMatchObject({ code: 2, stderr: expect.stringContaining('--state postgres://') });
  });
});

async function tokenOf(tenant: string): Promise<string> {
  const scope = 'https://api.securitycenter.microsoft.com/.default';
  const { url, clientId, clientSecret } = emulated;
  const form = { grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret, scope };
  const answer = await fetch(`${url}/${tenant}/oauth2/v2.0/token`, { method: 'POST', body: new URLSearchParams(form) });
  const { access_token: token }: { access_token?: unknown } = Object(await answer.json());
  return String(token);
}
