/** What a tenant whose administrator has not consented to the app answers, and where that is mended. Pure. */

/**
 * Codes of the sign-in service that mean "this app is not known or not consented to in this tenant".
 * @see https://learn.microsoft.com/entra/identity-platform/reference-error-codes
 */
const NO_CONSENT = /\bAADSTS(65001|700016|7000229)\b/;

/** Whether a refusal of the sign-in service says that the tenant's administrator has to consent first. */
export function isMissingConsent(refusal: string): boolean {
  return NO_CONSENT.test(refusal);
}

/**
 * The address at which an administrator of the tenant consents to the app.
 * @param authority origin of the cloud's sign-in service
 * @see https://learn.microsoft.com/entra/identity/enterprise-apps/grant-admin-consent
 */
export function consentAddress(authority: string, tenant: string, clientId: string): string {
  const url = new URL(`/${encodeURIComponent(tenant)}/adminconsent`, authority);
  url.searchParams.set('client_id', clientId);
  return url.href;
}
