/** Where the server's password comes from: PGPASSWORD, or a password file as psql reads it. Never the command line. */
import { readFileSync, statSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import { messageOf, UsageError } from '../../core/errors.ts';
import type { Address } from './address.ts';

/**
 * The password for this address, or undefined where none is kept (a server may ask for none).
 * @throws UsageError when PGPASSFILE names a file that cannot be read, or that others may read
 */
export function passwordFor(address: Address, env: NodeJS.ProcessEnv): string | undefined {
  if (env['PGPASSWORD'] !== undefined) return env['PGPASSWORD'];
  const named = env['PGPASSFILE'];
  const file = named ?? (env['HOME'] === undefined ? undefined : join(env['HOME'], '.pgpass'));
  const text = file === undefined ? undefined : read(file, named !== undefined);
  return text?.split(/\r?\n/).flatMap((line) => passwordOf(line, address) ?? [])[0];
}

function read(file: string, mustExist: boolean): string | undefined {
  const found = statSync(file, { throwIfNoEntry: false });
  if (!found && !mustExist) return undefined;
  if (found && process.platform !== 'win32' && isOpen(found))
    throw new UsageError(`the password file ${file} can be read by others`, { hint: `chmod 600 ${file}` });
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new UsageError(`the password file ${file} cannot be read: ${messageOf(error)}`, { cause: error });
  }
}

/** A group may read a file that is somebody else's: a secret that an orchestrator mounts is root's, for a group of ours. */
function isOpen({ mode, uid }: Stats): boolean {
  return (mode & 0o007) !== 0 || ((mode & 0o070) !== 0 && uid === process.getuid?.());
}

/** `host:port:database:user:password`: `*` matches anything, a backslash makes the next character plain. */
function passwordOf(line: string, { host, port, database, user }: Address): string | undefined {
  if (line.startsWith('#')) return undefined;
  const fields = [...line.matchAll(/((?:\\.|[^:\\])*)(?::|$)/g)].map(([, field = '']) => field);
  const [forHost, forPort, forDatabase, forUser, password] = fields;
  const wanted = [host.startsWith('/') ? 'localhost' : host, String(port), database, user];
  const matches = [forHost, forPort, forDatabase, forUser].every((field, i) => field === '*' || plain(field ?? '') === wanted[i]);
  return matches && password !== undefined ? plain(password) : undefined;
}

function plain(field: string): string {
  return field.replaceAll(/\\(.)/g, '$1');
}
