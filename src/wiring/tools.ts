/** What a use case is given of the world around it. Nothing of it is looked for elsewhere: not the process, not a terminal. */
import type { Clock, Listener, Log } from '../core/ports.ts';
import type { Secrets } from '../core/secrets.ts';

export const clock: Clock = { now: () => Date.now(), mono: () => performance.now() };

export interface Tools {
  /** Where credentials, proxies and folders are looked up. */
  readonly env: NodeJS.ProcessEnv;
  readonly log: Log;
  readonly secrets: Secrets;
  readonly listener: Listener;
  /** Aborted: nothing more is sent, answers on their way are waited for. The reason may be a `StopRequest`. */
  readonly signal?: AbortSignal;
}
