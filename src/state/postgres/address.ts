/** `--state postgres://…`: where the shared state is, and how the way there is kept safe. */
import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import type { ConnectionOptions } from 'node:tls';
import { messageOf, UsageError } from '../../core/errors.ts';

export interface Address {
  /** A host name, an address, or the folder of a Unix socket. */
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly database: string;
  /** The schema that holds the state's tables. */
  readonly schema: string;
  /** `false`: no TLS. Otherwise the server's certificate is verified, always. */
  readonly tls: false | ConnectionOptions;
  /** For messages: no secret is ever in it. */
  readonly shown: string;
}

const HELP = 'Write postgres://USER@HOST/DATABASE, and give the password by PGPASSWORD or PGPASSFILE.';

/** Whether `--state` names a server rather than a file. */
export function isPostgres(state: string | undefined): state is string {
  return /^postgres(ql)?:\/\//i.test(state ?? '');
}

/**
 * Reads the address. What it leaves out comes from `env` (PGHOST, PGPORT, PGUSER, PGDATABASE, PGSSLMODE, PGSSLROOTCERT), as psql does.
 * Parameters: `host` (a socket's folder), `schema` (default cordon), `sslmode`, `sslrootcert`.
 * @throws UsageError when it is no address, holds a password, or names something that is not known
 */
export function parseAddress(text: string, env: NodeJS.ProcessEnv): Address {
  // psql allows a user without a host where a socket is meant; a URL does not.
  const url = URL.parse(text.replace(/^([a-z]+:\/\/[^/?#]*@)(?=[/?]|$)/i, '$1localhost'));
  if (!url) throw new UsageError(`--state ${withoutPassword(text)} is no address of a PostgreSQL server`, { hint: HELP });
  if (url.password !== '')
    throw new UsageError('--state holds a password, which every process list would show', {
      hint: 'Leave it out, and give it by PGPASSWORD or PGPASSFILE.',
    });
  const given = parametersOf(url);
  const host = given.get('host') || decodeURIComponent(url.hostname).replace(/^\[|\]$/g, '') || env['PGHOST'] || 'localhost';
  const user = decodeURIComponent(url.username) || env['PGUSER'] || osUser();
  return {
    host,
    user,
    port: Number(url.port || env['PGPORT'] || 5432),
    database: decodeURIComponent(url.pathname.slice(1)) || env['PGDATABASE'] || user,
    schema: schemaOf(given.get('schema') ?? 'cordon'),
    tls: tlsOf(host, given.get('sslmode') ?? env['PGSSLMODE'], given.get('sslrootcert') ?? env['PGSSLROOTCERT']),
    shown: text,
  };
}

/** The address as it may be shown. */
function withoutPassword(text: string): string {
  return text.replace(/:[^:@/]*@/, ':…@');
}

const PARAMETERS = new Set(['host', 'schema', 'sslmode', 'sslrootcert']);

function parametersOf(url: URL): Map<string, string> {
  const given = new Map(url.searchParams);
  const stray = [...given.keys()].find((name) => !PARAMETERS.has(name));
  if (stray !== undefined)
    throw new UsageError(`--state: "${stray}" is no parameter of the address; known are ${[...PARAMETERS].join(', ')}`);
  return given;
}

function schemaOf(name: string): string {
  if (!/^[a-z_][a-z0-9_]{0,40}$/.test(name))
    throw new UsageError(`--state: a schema's name is of small letters, digits and underscores, not "${name}"`);
  return name;
}

/**
 * TLS is verified wherever the network is touched. `disable` is honoured because a private network may have no
 * certificates at all; every other mode means the strictest one: a certificate that nobody checks protects from nobody.
 */
function tlsOf(host: string, mode: string | undefined, caFile: string | undefined): false | ConnectionOptions {
  const local = host.startsWith('/') || /^(localhost|127\.\d+\.\d+\.\d+|::1)$/.test(host);
  if (mode === 'disable' || (local && mode === undefined)) return false;
  const known = ['verify-full', 'verify-ca', 'require', 'prefer', 'allow'];
  if (mode !== undefined && !known.includes(mode)) throw new UsageError(`--state: sslmode is disable or verify-full, not "${mode}"`);
  return { rejectUnauthorized: true, ...(caFile && caFile !== 'system' && { ca: readCa(caFile) }) };
}

function readCa(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new UsageError(`--state: the certificates of sslrootcert cannot be read: ${messageOf(error)}`, { cause: error });
  }
}

function osUser(): string {
  try {
    return userInfo().username;
  } catch {
    throw new UsageError('--state names no user, and this process has no name', { hint: HELP });
  }
}
