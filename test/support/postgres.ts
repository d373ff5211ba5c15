/** A PostgreSQL of the test's own: from the system's package, in a folder that goes away with it, on loopback and a socket. */
import { execFile, execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, chownSync, existsSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { Client, type QueryResult } from 'pg';

export const PASSWORD = 'one:of\\ours';
const USER = 'cordon';

export interface TestServer {
  /** `postgres://…` of a database of its own, without a password: that is in `env`. */
  readonly url: string;
  readonly env: NodeJS.ProcessEnv;
  readonly folder: string;
  readonly port: number;
  query(text: string, values?: unknown[]): Promise<QueryResult>;
  /** Ends every connection to the server but the one that says so. */
  cut(): Promise<void>;
  stop(how?: 'fast' | 'immediate'): Promise<void>;
  start(): Promise<void>;
  /** Stops it and removes its folder. */
  close(): Promise<void>;
}

/** Where the server's programs are; undefined where the package is missing, and the reason is printed. */
export const BIN = findBin();

function findBin(): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), ...globSync('/usr/lib/postgresql/*/bin').toSorted().toReversed()];
  const found = folders.find((folder) => existsSync(join(folder, 'pg_ctl')) && existsSync(join(folder, 'initdb')));
  if (found === undefined) console.warn('SKIPPED: no PostgreSQL here (apt-get install postgresql), so nothing on it was tested');
  return found;
}

/** The server refuses to run as root: then another user of the system owns it. */
function owner(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const users = readFileSync('/etc/passwd', 'utf8').split('\n');
  const [, , uid, gid] = (
    users.find((line) => line.startsWith('postgres:')) ??
    users.find((line) => line.startsWith('nobody:')) ??
    ''
  ).split(':');
  return { uid: Number(uid), gid: Number(gid) };
}

export interface ServerOptions {
  /** Lines for postgresql.conf. */
  readonly settings?: readonly string[] | ((folder: string) => readonly string[]);
}

export async function startPostgres({ settings = [] }: ServerOptions = {}): Promise<TestServer> {
  if (BIN === undefined) throw new Error('no PostgreSQL');
  const folder = mkdtempSync(join(tmpdir(), 'cordon-pg-'));
  const as = owner();
  if (as) chownSync(folder, as.uid, as.gid);
  const data = join(folder, 'data');
  const passwordFile = join(folder, 'password');
  writeFileSync(passwordFile, PASSWORD, { mode: 0o644 });
  const initdb = [
    '-D',
    data,
    '-U',
    USER,
    '-A',
    'scram-sha-256',
    '--auth-local=trust',
    `--pwfile=${passwordFile}`,
    '-E',
    'UTF8',
    '--no-sync',
  ];
  await promisify(execFile)(join(BIN, 'initdb'), [...initdb, '--no-locale'], { ...as, cwd: folder });
  const port = await freePort();
  const conf = [
    `port = ${port}`,
    `unix_socket_directories = '${folder}'`,
    "listen_addresses = '127.0.0.1'",
    'fsync = off',
    ...(typeof settings === 'function' ? settings(folder) : settings),
  ];
  appendFileSync(join(data, 'postgresql.conf'), `${conf.join('\n')}\n`);
  let server: ChildProcess | undefined;
  const start = async (): Promise<void> => {
    server = spawn(join(BIN ?? '', 'postgres'), ['-D', data], { ...as, cwd: folder, stdio: 'ignore' });
    await ready(folder, port);
  };
  const stop = async (how: 'fast' | 'immediate' = 'fast'): Promise<void> => {
    if (!server || server.exitCode !== null) return;
    const gone = once(server, 'exit');
    server.kill(how === 'fast' ? 'SIGINT' : 'SIGQUIT');
    await gone;
  };
  const query = async (text: string, values: unknown[] = [], database = USER): Promise<QueryResult> => {
    const client = new Client({ host: folder, port, user: USER, database });
    await client.connect();
    try {
      return await client.query(text, values);
    } finally {
      await client.end();
    }
  };
  await start();
  await query(`CREATE DATABASE ${USER}`, [], 'postgres');
  return {
    url: `postgres://${USER}@127.0.0.1:${port}/${USER}`,
    env: { PGPASSWORD: PASSWORD },
    folder,
    port,
    query,
    start,
    stop,
    cut: async () => {
      await query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'",
      );
    },
    close: async () => {
      await stop('immediate');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function ready(folder: string, port: number): Promise<void> {
  for (;;) {
    const client = new Client({ host: folder, port, user: USER, database: 'postgres' });
    client.on('error', () => {});
    try {
      await client.connect();
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 30));
    } finally {
      await client.end().catch(() => {});
    }
  }
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
  server.close();
  await once(server, 'close');
  return port;
}

/** Lines that make a server use TLS, with a certificate for 127.0.0.1 beside its data: `server.crt`. Needs openssl. */
export function withTls(folder: string): readonly string[] {
  const [key, certificate] = [join(folder, 'server.key'), join(folder, 'server.crt')];
  const request = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-subj', '/CN=db'];
  execFileSync('openssl', [...request, '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', key, '-out', certificate], { stdio: 'ignore' });
  const as = owner();
  if (as) for (const path of [key, certificate]) chownSync(path, as.uid, as.gid);
  return ['ssl = on', `ssl_key_file = '${key}'`, `ssl_cert_file = '${certificate}'`];
}

/** Whether a program is to be had; where not, the reason is printed. */
export function hasProgram(name: string, folders: readonly string[] = []): boolean {
  const found = [...(process.env['PATH'] ?? '').split(delimiter), ...folders].some((folder) => existsSync(join(folder, name)));
  if (!found) console.warn(`SKIPPED: no ${name} here, so what needs it was not tested`);
  return found;
}
