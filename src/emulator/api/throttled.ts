/** The 429 in every recorded form. */
import type { Window } from '../../core/types.ts';
import type { Context } from '../reaction.ts';
import { json, type Reply } from '../replies.ts';
import { spanText } from '../time.ts';

/** Both texts that were recorded, with the wait as the options say; the wait is the wall's, rounded up. */
export function throttled({ world, now, caller }: Context, waitMs: number, window: Window): Reply {
  const { speed, retryAfter } = world.options;
  const seconds = Math.max(1, Math.ceil(waitMs / speed / 1000));
  const quota = `${window.limit} per ${spanText(window.ms)}`;
  const message =
    retryAfter === 'text'
      ? `API calls quota exceeded! Maximum allowed ${quota} for the key Destination+TenantID+AppID. You can send requests again in ${seconds} seconds.`
      : `API calls quota exceeded! maximum allowed ${quota}`;
  const headers = {
    header: { 'retry-after': String(seconds) },
    date: datedWait(now, waitMs / speed),
    text: {},
    none: {},
  }[retryAfter];
  return json(429, { error: { code: '429', message, target: caller.tenant } }, headers);
}

/** An HTTP date has whole seconds, so the wait is read against the answer's own date: the server's clock. */
function datedWait(now: number, waitMs: number): Record<string, string> {
  const until = Math.ceil((now + waitMs) / 1000) * 1000;
  return { date: new Date(now).toUTCString(), 'retry-after': new Date(until).toUTCString() };
}
