/** A list over many tenants: which tenant each row belongs to. Pure. */
import { squashed } from './column-names.ts';
import { UsageError } from './errors.ts';
import type { InputRow } from './types.ts';

/** Columns that name a row's tenant, the more certain first. Compared as all columns are: without case, spaces, `_` and `-`. */
const TENANT_COLUMNS = ['tenantId', 'aadTenantId', 'entraTenantId', 'azureTenantId', 'tenant', 'tenantName', 'customerTenantId'];

/** The rows of one tenant, in the list's order and with the list's row numbers. */
export interface TenantRows {
  /** The tenant's id, or its domain: what a token is asked of. */
  readonly tenant: string;
  readonly rows: readonly InputRow[];
}

/**
 * The column that tells the tenants apart: the one that was asked for, else the first known one that any row has.
 * Undefined: this is a list for one tenant.
 * @throws UsageError when the column that was asked for is in none of the lists
 */
export function tenantColumn(rows: Iterable<InputRow>, asked: string | undefined): string | undefined {
  const names = new Set<string>();
  for (const { input } of rows) for (const name of Object.keys(input ?? {})) names.add(squashed(name));
  if (asked === undefined) return TENANT_COLUMNS.find((name) => names.has(squashed(name)));
  if (names.has(squashed(asked))) return asked;
  throw new UsageError(`--tenant-column: the list has no column "${asked}"`, {
    hint: `It has ${[...names].join(', ') || 'no other columns'}.`,
  });
}

/**
 * The rows by tenant, tenants in the order in which the list first names them.
 * @param idOf what the list calls a tenant, as the id to sign in with; undefined when that is no tenant one may mean
 * @throws UsageError naming file and line when a row's tenant is missing or not known: a row is never given to a tenant by guess
 */
export function splitByTenant(rows: Iterable<InputRow>, column: string, idOf: (text: string) => string | undefined): readonly TenantRows[] {
  const byTenant = new Map<string, InputRow[]>();
  for (const row of rows) {
    const tenant = tenantOf(row, column, idOf);
    const known = byTenant.get(tenant);
    if (known) known.push(row);
    else byTenant.set(tenant, [row]);
  }
  return Array.from(byTenant, ([tenant, own]) => ({ tenant, rows: own }));
}

function tenantOf(row: InputRow, column: string, idOf: (text: string) => string | undefined): string {
  const text = cellOf(row, column);
  const where = `${row.file}:${row.line}`;
  if (text === '')
    throw new UsageError(`${where}: the row names no tenant in its column "${column}"`, { hint: 'Fill it in, or take the row out.' });
  const id = idOf(text);
  if (id === undefined)
    throw new UsageError(`${where}: "${text}" is no tenant that is known`, {
      hint: 'A tenant is a GUID or a domain, or a name that the file of --tenants gives.',
    });
  return id;
}

function cellOf({ input }: InputRow, column: string): string {
  const found = Object.entries(input ?? {}).find(([name]) => squashed(name) === squashed(column));
  return found?.[1].trim() ?? '';
}

const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const DOMAIN = /^(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/i;

/** A tenant as Entra takes it, in lower case: a GUID or a domain. Undefined for anything else. */
export function tenantIdOf(text: string): string | undefined {
  const id = text.trim().toLowerCase();
  return GUID.test(id) || DOMAIN.test(id) ? id : undefined;
}
