/** Keeps what must never be read out of every text that leaves the program. */

const HIDDEN = '[hidden]';
/** Shorter values would blot out ordinary words. */
const SHORTEST = 6;

const JWT = /\beyJ[\w-]+\.[\w-]+\.[\w-]*/g;
/** Ends at a backslash too: inside JSON the next quote is an escaped one. */
const FORM_FIELD = /\b(client_secret|client_assertion|refresh_token|access_token)=[^&\s"'\\]+/gi;
const BEARER = /\b(Bearer\s+)(?!\[hidden\])[\w.~+/=-]{6,}/gi;
/** One look that tells whether any of the patterns can match at all. */
const SUSPECT = /eyJ|client_secret=|client_assertion=|refresh_token=|access_token=|bearer\s/i;

/** Variables whose whole value is one; an address to notify lets whoever knows it post there. */
const VARIABLES = [
  'AZURE_CLIENT_SECRET',
  'AZURE_CLIENT_CERTIFICATE_PASSWORD',
  'CORDON_ACCESS_TOKEN',
  'CORDON_NOTIFY_URL',
  'IDENTITY_HEADER',
  'PGPASSWORD',
];
const PROXIES = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy', 'ALL_PROXY', 'all_proxy'];

/** The secrets of an environment, used by this run or not: hidden from the first line on. */
export function secretsIn(env: NodeJS.ProcessEnv): string[] {
  const values = VARIABLES.map((name) => env[name]?.trim() ?? '');
  const passwords = PROXIES.map((name) => URL.parse(env[name] ?? '')?.password ?? '');
  return [...values, ...passwords].filter((value) => value !== '');
}

/** The values that must not be shown, and the patterns that look like one. */
export class Secrets {
  readonly #forms = new Set<string>();
  #longestFirst: readonly string[] = [];

  /** From now on `value` is hidden, also where it stands URI-encoded or inside JSON. Shorter than 6 characters: ignored. */
  hide(value: string): void {
    if (value.length < SHORTEST || this.#forms.has(value)) return;
    for (const form of formsOf(value)) this.#forms.add(form);
    // A secret that begins with another one must go first, or its end would stay.
    this.#longestFirst = [...this.#forms].toSorted((a, b) => b.length - a.length);
  }

  /** `text` with every known secret, and everything that looks like one, replaced by `[hidden]`. */
  scrub(text: string): string {
    let clean = text;
    for (const form of this.#longestFirst) if (clean.includes(form)) clean = clean.replaceAll(form, HIDDEN);
    return SUSPECT.test(clean) ? scrubPatterns(clean) : clean;
  }
}

function scrubPatterns(text: string): string {
  return text.replace(JWT, HIDDEN).replace(FORM_FIELD, `$1=${HIDDEN}`).replace(BEARER, `$1${HIDDEN}`);
}

function formsOf(value: string): string[] {
  // A lone surrogate cannot be URI-encoded; made well-formed it can, and it would be sent so.
  const encoded = encodeURIComponent(value.toWellFormed());
  const asForm = new URLSearchParams([['', value]]).toString().slice(1);
  return [value, encoded, asForm, JSON.stringify(value).slice(1, -1)];
}
