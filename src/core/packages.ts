/** Investigation packages: what their files are called, and what the API's answer says of a link. Pure. */
import * as v from 'valibot';

/** As long as any file system takes it, whatever the machine is called. */
const MAX_DEVICE_NAME = 60;

export interface PackageOf {
  readonly machineId: string;
  readonly deviceName: string;
  readonly actionId: string;
}

/**
 * The file's name: nothing in it leads out of a folder, is hidden, or means something to Windows; the machine and the action
 * tell two packages apart, and the host's name is for people.
 */
export function packageName({ machineId, deviceName, actionId }: PackageOf): string {
  const host = safe(deviceName.split('.', 1)[0] ?? '').slice(0, MAX_DEVICE_NAME);
  return `package-${[host, safe(machineId).slice(0, 64), safe(actionId).slice(0, 64)].filter((part) => part !== '').join('-')}.zip`;
}

function safe(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/[^a-z0-9_-]+/g, '_')
    .replaceAll(/^_+|_+$/g, '');
}

const linkSchema = v.pipe(v.string(), v.parseJson(), v.object({ value: v.pipe(v.string(), v.nonEmpty()) }));

/**
 * The link in an answer's body, or undefined when there is none. It may stand in quotes of its own.
 * @see mde-actions.md §2
 */
export function readPackageLink(body: string): string | undefined {
  const read = v.safeParse(linkSchema, body);
  return read.success ? read.output.value.trim().replace(/^"(.*)"$/s, '$1') : undefined;
}

/** What came of fetching the file behind a link. */
export type FileResult =
  | { readonly kind: 'file'; readonly bytes: number; readonly sha256: string }
  /** The link does not lead to the file any more: a new one may. */
  | { readonly kind: 'expired'; readonly why: string }
  | { readonly kind: 'too-big'; readonly why: string }
  /** Worth another try. */
  | { readonly kind: 'failed'; readonly why: string };

/** Sums by file name, as `sha256sum` writes and checks them. */
export type Sums = ReadonlyMap<string, string>;

/** The lines of a SHA256SUMS file that can be read; others are somebody else's remarks. */
export function readSums(text: string): Map<string, string> {
  const lines = text.matchAll(/^([0-9a-f]{64}) [ *](.+)$/gim);
  return new Map(Array.from(lines, ([, sum = '', name = '']) => [name.trimEnd(), sum.toLowerCase()]));
}

export function sumsText(sums: Sums): string {
  return [...sums]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, sum]) => `${sum}  ${name}\n`)
    .join('');
}
