/** What a machine id looks like, and what people put in its place. */

/** Hex digits of an id (reference: machine ids are SHA-1-like). */
const DIGITS = 40;
const [SMALL, CAPITAL] = [1, 2];
/** What kind of hex digit each character is; 0: none. */
const KINDS = Uint8Array.from({ length: 128 }, (_, code) => {
  const character = String.fromCharCode(code);
  if (/[0-9a-f]/.test(character)) return SMALL;
  return /[A-F]/.test(character) ? CAPITAL : 0;
});
const GUID = /^\{?[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\}?$/i;

/** The id in its one form, lower case, or undefined when the text is none. A loop: it is asked of each of a million rows. */
export function machineIdOf(text: string): string | undefined {
  if (text.length !== DIGITS) return undefined;
  let all = 0;
  for (let digit = 0; digit < DIGITS; digit += 1) {
    const kind = KINDS[text.charCodeAt(digit)] ?? 0;
    if (kind === 0) return undefined;
    all |= kind;
  }
  return all === SMALL ? text : text.toLowerCase();
}

/** Whether a text has the form of an Entra device id or an action id. */
export function isGuid(text: string): boolean {
  return GUID.test(text);
}

/** Whether a text could be a DNS or NetBIOS host name. */
export function isHostName(text: string): boolean {
  return /^(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,62})(\.[a-z0-9_]([a-z0-9_-]{0,62}))*\.?$/i.test(text) && !/^\d+$/.test(text);
}

/** Why a text is no machine id, in words that say what it looks like. */
export function whyNoMachineId(text: string): string {
  if (text === '') return 'empty: no machine id in this row';
  if (isGuid(text)) return 'looks like an Entra device id, not an MDE machine id';
  if (/^[0-9a-f]{64}$/i.test(text)) return 'looks like a SHA-256, not an MDE machine id';
  if (/^[0-9a-f]{32}$/i.test(text)) return '32 hex digits: an MDE machine id has 40';
  if (/^[0-9a-f]+$/i.test(text) && text.length > 20) return `${text.length} hex digits: an MDE machine id has 40`;
  if (/^\d{1,3}(\.\d{1,3}){3}$/.test(text)) return 'looks like an IP address, not an MDE machine id';
  if (isHostName(text)) return 'looks like a device name, not an MDE machine id (--resolve looks names up)';
  return 'not an MDE machine id (40 hex digits)';
}
