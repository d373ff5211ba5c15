/** What a run noticed about the API, before it noticed anything. */
import type { Observed } from './types.ts';

export const NOTHING_OBSERVED: Observed = {
  clockOffsetMs: null,
  echo: { kept: 0, changed: 0, dropped: 0 },
  readLag: { stillMissingMs: 0, firstSeenMs: null, inForceMs: 0 },
  duplicates: {},
  merged: 0,
  first429: null,
};
