import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, statSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openPostgres } from '../../src/state/postgres/index.ts';
import { aRun, rows } from '../support/builders.ts';
import { BIN, freePort, hasProgram, PASSWORD, startPostgres, type TestServer } from '../support/postgres.ts';

describe.skipIf(BIN === undefined || !hasProgram('pgbouncer', ['/usr/sbin']))('behind a pooler', () => {
  let server: TestServer;
  let bouncer: ChildProcess | undefined;
  beforeAll(async () => void (server = await startPostgres()), 60_000);
  afterAll(() => server.close());
  afterEach(async () => {
    bouncer?.kill('SIGKILL');
    if (bouncer) await once(bouncer, 'exit');
  });

  const startPooler = async (mode: string): Promise<string> => {
    const port = await freePort();
    const owner = statSync(join(server.folder, 'data'));
    const [ini, users] = [join(server.folder, `${mode}.ini`), join(server.folder, 'users.txt')];
    writeFileSync(users, `"cordon" "${PASSWORD}"\n`);
    const target = `cordon = host=${server.folder} port=${server.port} user=cordon`;
    const pooler = [`listen_addr = 127.0.0.1`, `listen_port = ${port}`, 'unix_socket_dir =', 'auth_type = plain', `auth_file = ${users}`];
    writeFileSync(ini, ['[databases]', target, '[pgbouncer]', ...pooler, `pool_mode = ${mode}`].join('\n'));
    for (const file of [ini, users]) chownSync(file, owner.uid, owner.gid);
    bouncer = spawn('/usr/sbin/pgbouncer', [ini], { stdio: 'ignore', uid: owner.uid, gid: owner.gid });
    await listening(port);
    return `postgres://cordon@127.0.0.1:${port}/cordon?schema=${mode}`;
  };

  it('that gives each transaction another connection, no run is begun', async () => {
    const state = await openPostgres(await startPooler('transaction'), { emulated: false, env: server.env });
    await state.createRun(aRun(), rows(1));
    await expect(state.lockRun(aRun().id)).rejects.toThrow('pooler');
    expect(await state.callCounts(aRun().id)).toEqual({ calls: 1, open: 1 });
    await state.close();
  });

  it('that keeps a connection for each session, all is as ever', async () => {
    const state = await openPostgres(await startPooler('session'), { emulated: false, env: server.env });
    await state.createRun(aRun(), rows(1));
    const lock = await state.lockRun(aRun().id);
    expect((await state.runs())[0]?.active).toBe(true);
    await lock.release();
    await state.close();
  });
});

async function listening(port: number): Promise<void> {
  for (;;) {
    const socket = connect(port, '127.0.0.1');
    const [outcome] = await Promise.race([once(socket, 'connect').then(() => ['up']), once(socket, 'error')]).catch(() => ['down']);
    socket.destroy();
    if (outcome === 'up') return;
    await new Promise(setImmediate);
  }
}
