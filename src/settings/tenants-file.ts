/** `tenants.json`: the tenants of a provider by name, and where each one's credential is kept. It holds no secret itself. */
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import * as v from 'valibot';
import { messageOf, UsageError } from '../core/errors.ts';
import { tenantIdOf } from '../core/tenants.ts';
import { CLOUDS, GEOS, type Cloud } from '../defender/clouds.ts';
import { readCredentialFile } from '../defender/credentials/files.ts';

/** Where a tenant's own credential is; absent where the environment's one serves all: one registration, consented to by each. */
export type CredentialReference =
  | { readonly secretVariable: string }
  /** A file that holds a client secret and nothing else. */
  | { readonly secretFile: string }
  /** A PEM file with key and certificate. */
  | { readonly certificateFile: string };

export interface TenantEntry {
  readonly name: string;
  readonly id: string;
  readonly cloud?: Cloud;
  readonly geo?: string;
  /** Where it is not the environment's. */
  readonly clientId?: string;
  readonly credential?: CredentialReference;
}

export interface Tenants {
  readonly entries: readonly TenantEntry[];
  /** By name or id, without case. */
  find(text: string): TenantEntry | undefined;
}

const MAX_BYTES = 4_000_000;
const HELP = 'Write { "tenants": [ { "name": "contoso", "id": "00000000-…", "credential": { "secretVariable": "CONTOSO_SECRET" } } ] }.';

const line = v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(200));
const path = v.pipe(v.string(), v.minLength(1), v.maxLength(4000));
const reference = v.union(
  [
    v.strictObject({ secretVariable: v.pipe(v.string(), v.regex(/^[A-Za-z_]\w*$/, 'a variable’s name')) }),
    v.strictObject({ secretFile: path }),
    v.strictObject({ certificateFile: path }),
  ],
  'one of { "secretVariable": NAME }, { "secretFile": PATH }, { "certificateFile": PATH }: a reference, never the secret itself',
);
const entry = v.strictObject({
  name: line,
  id: v.pipe(
    v.string(),
    v.check((text) => tenantIdOf(text) !== undefined, 'a tenant’s id is a GUID or a domain'),
  ),
  cloud: v.exactOptional(v.picklist(CLOUDS, `one of ${CLOUDS.join(', ')}`)),
  geo: v.exactOptional(v.picklist(GEOS, `one of ${GEOS.join(', ')}`)),
  clientId: v.exactOptional(line),
  credential: v.exactOptional(reference),
});
const file = v.strictObject({ tenants: v.pipe(v.array(entry), v.minLength(1, 'at least one tenant')) });

/** @throws UsageError naming the file and what is wrong in it; a value is never repeated: it might be a secret */
export function readTenants(path_: string): Tenants {
  const parsed = v.safeParse(file, jsonOf(path_));
  if (!parsed.success) throw new UsageError(`${path_}: ${wordsOf(parsed.issues[0])}`, { hint: HELP });
  const entries = parsed.output.tenants.map((each) => withPaths({ ...each, id: each.id.trim().toLowerCase() }, dirname(path_)));
  const byText = new Map<string, TenantEntry>();
  for (const [at, each] of entries.entries())
    for (const text of new Set([each.name.toLowerCase(), each.id])) {
      if (byText.has(text)) throw new UsageError(`${path_}: tenants[${at}] is named like another one: "${text}"`);
      byText.set(text, each);
    }
  return { entries, find: (text) => byText.get(text.trim().toLowerCase()) };
}

function jsonOf(name: string): unknown {
  try {
    const bytes = readFileSync(name);
    if (bytes.length > MAX_BYTES) throw new Error(`it is larger than ${MAX_BYTES / 1_000_000} MB`);
    return JSON.parse(bytes.toString('utf8').replace(/^\uFEFF/, ''));
  } catch (error) {
    // What JSON.parse says may quote the text.
    const why = error instanceof SyntaxError ? 'it is no JSON' : messageOf(error);
    throw new UsageError(`the tenants’ file ${name} cannot be read: ${why}`, { hint: HELP, cause: error });
  }
}

function wordsOf({ path: at, message, type, expected }: v.BaseIssue<unknown>): string {
  const where = (at ?? []).map(({ key }) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('');
  const said =
    type === 'strict_object' && expected === 'never'
      ? 'is not known here'
      : message.replace(/ but received.*/s, '').replace(/^Invalid \w+: /, '');
  return `${where.replace(/^\./, '') || 'the file'}: ${said}`;
}

function withPaths(each: TenantEntry, folder: string): TenantEntry {
  const { credential } = each;
  if (credential === undefined || 'secretVariable' in credential) return each;
  if ('secretFile' in credential) return { ...each, credential: { secretFile: resolve(folder, credential.secretFile) } };
  return { ...each, credential: { certificateFile: resolve(folder, credential.certificateFile) } };
}

/** What decides how to sign in: where a tenant has a credential of its own, none of the others may be found. */
const OTHERS = new Set([
  'CORDON_ACCESS_TOKEN',
  'CORDON_TOKEN_FILE',
  'AZURE_CLIENT_SECRET',
  'AZURE_CLIENT_CERTIFICATE_PATH',
  'AZURE_FEDERATED_TOKEN_FILE',
]);

/**
 * The environment in which to sign in to this tenant.
 * @throws UsageError when the variable is not set; AuthError when the file cannot be read
 */
export async function environmentOf(tenant: TenantEntry, env: NodeJS.ProcessEnv): Promise<NodeJS.ProcessEnv> {
  const { id, clientId, credential } = tenant;
  const own = { ...env, AZURE_TENANT_ID: id, ...(clientId !== undefined && { AZURE_CLIENT_ID: clientId }) };
  if (credential === undefined) return own;
  const bare = Object.fromEntries(Object.entries(own).filter(([name]) => !OTHERS.has(name)));
  if ('certificateFile' in credential) return { ...bare, AZURE_CLIENT_CERTIFICATE_PATH: credential.certificateFile };
  if ('secretFile' in credential) return { ...bare, AZURE_CLIENT_SECRET: await readCredentialFile(credential.secretFile, 'client secret') };
  const secret = env[credential.secretVariable];
  if (!secret) throw new UsageError(`tenant ${tenant.name}: the variable ${credential.secretVariable} is not set`);
  return { ...bare, AZURE_CLIENT_SECRET: secret };
}
