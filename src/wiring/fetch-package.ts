/** Packages over the network, through the proxy that the environment names. */
import type { FileResult } from '../core/packages.ts';
import { fetchZip } from '../http/fetch-file.ts';
import type { Tools } from './tools.ts';

/** No package that anybody reported is near it; a link to something else must not fill the disk. */
const MAX_BYTES = 4 * 1024 ** 3;
const IDLE_MS = 60_000;

/** Fetches the package behind a link to a file. Never rejects for what the network, the other side or the disk does. */
export function packageFetcher({ env }: Tools, signal: AbortSignal): (url: string, file: string) => Promise<FileResult> {
  return (url, file) => fetchZip({ url, file, maxBytes: MAX_BYTES, idleMs: IDLE_MS, signal, env });
}
