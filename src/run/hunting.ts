/** What hunting adds to what the API's lists say. Worth knowing, and no more: without it everything goes on. */
import { messageOf, StoppedError } from '../core/errors.ts';
import { EXIT } from '../core/exit.ts';
import type { MachineFacts } from '../core/types.ts';
import type { HuntingDeps } from '../engine/reads/hunting.ts';
import { stopped } from '../engine/reads/required.ts';
import { readRestrictions, withRestrictions } from '../engine/reads/restrictions.ts';
import { after } from '../system/after.ts';
import { servicesOf } from '../wiring/services.ts';
import type { Session } from '../wiring/session.ts';
import { haltOfReads } from './stop.ts';

const HUNTING_MS = 20_000;

export type Hunted<T> = { readonly found: T } | { readonly why: string };

/**
 * What `read` finds, or why hunting does not tell: no permission, no answer within 20 s. `what` is said while it is waited for.
 * @throws UserError when whoever waits ends it
 */
export async function hunted<T>(what: string, session: Session, read: (deps: HuntingDeps) => Promise<T>): Promise<Hunted<T>> {
  const { signal, listener } = session.tools;
  const reading = haltOfReads(signal, `stopped while hunting was asked: ${what}`);
  const { halt } = reading;
  const callOff = after(HUNTING_MS, () => reading.end(EXIT.outage, 'no answer in time'));
  listener({ kind: 'reading', what: `hunting (${what})` });
  try {
    return { found: await read({ graph: servicesOf(session, halt).graph, halt }) };
  } catch (error) {
    if (signal?.aborted) throw stopped(error, halt, `hunting (${what})`);
    return { why: error instanceof StoppedError ? (halt.reasons[0]?.why ?? 'stopped') : messageOf(error) };
  } finally {
    callOff();
    reading.release();
  }
}

type Machines = ReadonlyMap<string, MachineFacts>;

/** The records with what is restricted on them; as they are, with a `note`, where hunting does not tell. */
export async function withHuntedRestrictions(machines: Machines, session: Session): Promise<{ machines: Machines; note?: string }> {
  const told = await hunted('machines that were onboarded restricted', session, readRestrictions);
  if ('found' in told) return { machines: withRestrictions(machines, told.found) };
  return { machines, note: `hunting does not tell which machines were onboarded restricted: ${told.why}` };
}
