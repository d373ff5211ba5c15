/** What the sign-in service says when it says no, in words that help. */
import * as v from 'valibot';
import { AuthError } from '../../core/errors.ts';

const text = v.fallback(v.optional(v.string()), undefined);

/** OAuth errors, and the shapes in which managed identity endpoints put theirs. */
const errorSchema = v.object({
  error: v.fallback(v.optional(v.union([v.string(), v.object({ code: text, message: text })])), undefined),
  error_description: text,
  message: text,
});

/** The commonest refusals. @see https://learn.microsoft.com/entra/identity-platform/reference-error-codes */
const HINTS: Readonly<Record<string, string>> = {
  AADSTS7000215: 'AZURE_CLIENT_SECRET must be the value of the secret, not its id; it may also have been replaced.',
  AADSTS7000222: 'The client secret has expired: make a new one for the app registration.',
  AADSTS700016: 'Check AZURE_CLIENT_ID, and that AZURE_TENANT_ID is the tenant in which the app is registered.',
  AADSTS90002: 'Check AZURE_TENANT_ID, and --cloud when the tenant is in a government cloud.',
  AADSTS900023: 'Check AZURE_TENANT_ID: a GUID or a domain name.',
  AADSTS700027: 'Add this certificate to the app registration, and check that it has not expired.',
  AADSTS70021: 'The federated credential of the app must name this issuer, subject and audience exactly.',
  AADSTS700211: 'The federated credential of the app must name this issuer exactly.',
  AADSTS700213: 'The federated credential of the app must name this subject exactly.',
  AADSTS500011: "The tenant has no Defender for Endpoint, or --cloud is not the tenant's cloud.",
  AADSTS7000218: 'For device-code, allow public client flows in the app registration.',
  AADSTS53003: 'A conditional access policy forbids this sign-in.',
};
const DEFAULT_HINT = 'Check tenant, client id and credential.';

interface RefusalContext {
  readonly what: string;
  scrub(text: string): string;
}

/** The error for an answer of 400 to 499. */
export function refusalOf(body: unknown, status: number, host: string, context: RefusalContext): AuthError {
  const { code, description } = read(body);
  const said = firstLine(description ?? code ?? `status ${status}`);
  const hint = HINTS[/AADSTS\d+/.exec(said)?.[0] ?? ''] ?? DEFAULT_HINT;
  return new AuthError(context.scrub(`${host} refused ${context.what}: ${said}`), { hint });
}

/** The user of a device code has not typed it yet. */
export function isPending(body: unknown): boolean {
  return read(body).code === 'authorization_pending';
}

/** Errors that OAuth means to go away by themselves, whatever the status is. */
export function isTemporary(body: unknown): boolean {
  const { code } = read(body);
  return code === 'temporarily_unavailable' || code === 'server_error';
}

function read(body: unknown): { code: string | undefined; description: string | undefined } {
  const parsed = v.safeParse(errorSchema, body);
  if (!parsed.success) return { code: undefined, description: undefined };
  const { error, error_description, message } = parsed.output;
  return typeof error === 'object'
    ? { code: error.code, description: error.message ?? message }
    : { code: error, description: error_description ?? message };
}

/** Behind it come trace and correlation ids and times, on lines of their own or on the same one. */
function firstLine(description: string): string {
  return (description.split(/\r?\n| Trace ID:/)[0] ?? '').trim().slice(0, 400);
}
