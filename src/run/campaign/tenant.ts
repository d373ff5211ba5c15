/** One tenant of a campaign: who it is, with what it is signed in to, and what its run is told. */
import { inCampaign, ofTenant } from '../../core/campaign.ts';
import { consentAddress, isMissingConsent } from '../../core/consent.ts';
import { AuthError, messageOf } from '../../core/errors.ts';
import type { TenantRows } from '../../core/tenants.ts';
import type { Run } from '../../core/types.ts';
import { resolveEndpoints } from '../../defender/clouds.ts';
import { saying, settingsFrom, type Settings } from '../../settings/settings.ts';
import type { TenantEntry } from '../../settings/tenants-file.ts';
import type { Session } from '../../wiring/session.ts';
import type { Tools } from '../../wiring/tools.ts';
import { toolsOfTenant } from '../tenant-tools.ts';

export interface Tenant extends TenantRows {
  /** What a file of tenants says of it. */
  readonly entry: TenantEntry | undefined;
}

export interface TenantPlace {
  readonly settings: Settings;
  readonly tools: Tools;
}

/** No run of a campaign has a limit of its own by default: the whole campaign has. */
const NO_LIMIT = String(Number.MAX_SAFE_INTEGER);

/** The settings and the environment of this tenant's run alone. @throws UsageError, AuthError when its credential cannot be had */
export async function placeOf({ tenant, entry }: Tenant, campaign: Settings, given: Tools): Promise<TenantPlace> {
  const tools = await toolsOfTenant(entry ?? { name: tenant, id: tenant }, given);
  const { cloud, geo, clientId, credential } = entry ?? {};
  const sources = saying(
    { ...campaign.sources, env: tools.env },
    {
      tenant,
      report: reportOfEach(campaign.report),
      ...(cloud !== undefined && { cloud }),
      ...(geo !== undefined && { geo }),
      ...(clientId !== undefined && { clientId }),
      ...(credential && { auth: 'certificateFile' in credential ? 'certificate' : 'secret', tokenFile: undefined }),
      ...('count' in campaign.maxTargets && { maxTargets: NO_LIMIT }),
      // What is said beforehand, and asked, is about the campaign.
      yes: campaign.yes || campaign.confirm !== undefined ? 'true' : undefined,
      confirm: undefined,
      tenantColumn: undefined,
      tenants: undefined,
      resumeIfInterrupted: undefined,
    },
  );
  return { settings: settingsFrom(sources), tools: { ...tools, env: sources.env } };
}

/** Runs side by side have a folder each. */
export function reportOfEach(report: string | undefined): string | undefined {
  return report === undefined || report.includes('{run}') ? report : `${report}/{run}`;
}

/** What the tenant's run keeps besides its settings. */
export function keptOfTenant({ entry }: Tenant, campaign: string): Run['settings'] {
  const kept = inCampaign({}, campaign);
  return entry?.credential ? ofTenant(kept, entry.name) : kept;
}

const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
/** Ways to sign in that take no tenant: the token says whose it is. */
const UNASKED: ReadonlySet<string> = new Set(['token', 'managed-identity']);

/** A row is never given to another tenant than its own. @throws AuthError */
export function checkTenant({ tenant }: Tenant, { identity, mode }: Session): void {
  const isOther = GUID.test(tenant) && GUID.test(identity.tenant) && identity.tenant.toLowerCase() !== tenant;
  const isUnsure = !GUID.test(tenant) && UNASKED.has(mode) && identity.tenant !== tenant;
  if (!isOther && !isUnsure) return;
  throw new AuthError(`the token is for tenant ${identity.tenant || '(it does not say)'}, and these rows are of ${tenant}`, {
    hint: 'One token is for one tenant: sign in with a client secret, a certificate or a workload identity, or name the credentials in a file: --tenants FILE',
  });
}

/** Why a tenant could not begin, and what is to be done; never a secret. */
export function whyNot(error: unknown, { tenant }: Tenant, { settings, tools }: TenantPlace): string {
  const why = tools.secrets.scrub(messageOf(error));
  const clientId = settings.clientId ?? tools.env['AZURE_CLIENT_ID'];
  if (!(error instanceof AuthError) || clientId === undefined || !isMissingConsent(why)) return why;
  const { cloud, geo, apiUrl } = settings;
  const { authorityHost } = resolveEndpoints({ cloud, geo, apiUrl, authorityHost: tools.env['AZURE_AUTHORITY_HOST'] });
  return `${why}; an administrator of the tenant consents at ${consentAddress(authorityHost, tenant, clientId)}`;
}
