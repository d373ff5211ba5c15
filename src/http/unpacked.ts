/** Bodies that come packed: nobody asked for it, but no `Accept-Encoding` allows any (RFC 9110, 12.5.3), and proxies do as they like. */
import type { IncomingMessage } from 'node:http';
import { pipeline, type Readable, type Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';

const UNPACKERS: Readonly<Record<string, () => Transform>> = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
};

/**
 * The body as it was before it was packed; as it is where it is not packed, or in a way that is not known here. What cannot
 * be unpacked, or ends too early, is an 'error' of it. How much of it is read is the reader's to bound: a little may unpack to a lot.
 */
export function unpacked(incoming: IncomingMessage): Readable {
  const unpacker = UNPACKERS[incoming.headers['content-encoding']?.trim().toLowerCase() ?? '']?.();
  return unpacker ? pipeline(incoming, unpacker, () => {}) : incoming;
}
