/** The current token: one flight for all who ask, renewed ahead of its end. */
import type { Bearer, Clock, Log, Tokens } from '../core/ports.ts';
import { messageOf } from '../core/errors.ts';
import type { Credential } from './credentials/index.ts';

const AHEAD_MS = 5 * 60_000;
/** Between renewals ahead of time that brought nothing. */
const PAUSE_MS = 30_000;

/** Tokens of a credential. Renewal ahead of time goes on in the background and may fail as long as the token is valid. */
export function createTokens(credential: Pick<Credential, 'acquire'>, clock: Clock, log: Log): Tokens {
  let held: Bearer | undefined;
  let heldSince = 0;
  let notBefore = 0;
  let flight: Promise<Bearer> | undefined;

  const fly = (force: boolean): Promise<Bearer> => {
    flight ??= acquire(force).finally(() => {
      flight = undefined;
    });
    return flight;
  };
  const acquire = async (force: boolean): Promise<Bearer> => {
    const bearer = await credential.acquire(force);
    if (bearer.token !== held?.token) heldSince = clock.now();
    held = bearer;
    return bearer;
  };
  const isDue = (bearer: Bearer): boolean =>
    clock.now() >= notBefore && bearer.expiresAt - clock.now() < Math.min(AHEAD_MS, (bearer.expiresAt - heldSince) / 10);
  const renewAhead = (): void => {
    notBefore = clock.now() + PAUSE_MS;
    fly(true).catch((error: unknown) =>
      log.warn({ reason: messageOf(error) }, 'the token could not be renewed yet; the one in use is still valid'),
    );
  };

  return {
    current: async () => {
      if (held === undefined) return fly(false);
      if (clock.now() >= held.expiresAt) return fly(true);
      if (flight === undefined && isDue(held)) renewAhead();
      return held;
    },
    renew: async (rejected) => {
      if (held !== undefined && held.token !== rejected.token) return true;
      return (await fly(true)).token !== rejected.token;
    },
  };
}
