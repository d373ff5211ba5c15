/** What a tenant's runs are signed in with: the environment's credential, or one of the tenant's own. */
import { UsageError } from '../core/errors.ts';
import { tenantNameOf } from '../core/campaign.ts';
import { secretsIn } from '../core/secrets.ts';
import type { Run } from '../core/types.ts';
import { environmentOf, readTenants, type TenantEntry, type Tenants } from '../settings/tenants-file.ts';
import type { Tools } from '../wiring/tools.ts';

/** The tenants of `--tenants`, where there is such a file. @throws UsageError when it cannot be read */
export function tenantsOf(file: string | undefined): Tenants | undefined {
  return file === undefined ? undefined : readTenants(file);
}

/** The tools for one tenant: an environment in which only its own credential is found. @throws UsageError, AuthError */
export async function toolsOfTenant(entry: TenantEntry, tools: Tools): Promise<Tools> {
  const env = await environmentOf(entry, tools.env);
  for (const secret of secretsIn(env)) tools.secrets.hide(secret);
  return { ...tools, env };
}

/** The tools for a run that is in the state already. @throws UsageError when its tenant's credential was a file's, which now does not name it */
export async function toolsOfRun(run: Run, tenants: Tenants | undefined, tools: Tools): Promise<Tools> {
  const name = tenantNameOf(run);
  const entry = tenants?.find(name ?? run.tenant) ?? tenants?.find(run.tenant);
  if (entry) return toolsOfTenant({ ...entry, id: run.tenant || entry.id }, tools);
  if (name === undefined) return tools;
  throw new UsageError(`run ${run.id} is of tenant ${name}, which ${tenants ? 'the file of --tenants does not name' : 'a file named'}`, {
    hint: 'Name the file that says where its credential is kept: --tenants FILE',
  });
}
