/** What hunting adds to the machines' records: which were onboarded restricted. Worth knowing, and no more. */
import { messageOf, StoppedError } from '../core/errors.ts';
import { EXIT } from '../core/exit.ts';
import type { MachineFacts } from '../core/types.ts';
import { readRestrictions, withRestrictions } from '../engine/reads/restrictions.ts';
import { after } from '../system/after.ts';
import { servicesOf } from '../wiring/services.ts';
import type { Session } from '../wiring/session.ts';
import { haltOfReads } from './stop.ts';

const HUNTING_MS = 20_000;

type Machines = ReadonlyMap<string, MachineFacts>;

/** The records with what is restricted on them; as they are, with a `note`, where hunting cannot be asked. */
export async function huntedRestrictions(machines: Machines, session: Session): Promise<{ machines: Machines; note?: string }> {
  const { signal, listener } = session.tools;
  const reading = haltOfReads(signal, 'stopped while hunting was asked for restricted machines');
  const { halt } = reading;
  const callOff = after(HUNTING_MS, () => reading.end(EXIT.outage, 'no answer in time'));
  listener({ kind: 'reading', what: 'hunting (machines that were onboarded restricted)' });
  try {
    return { machines: withRestrictions(machines, await readRestrictions({ graph: servicesOf(session, halt).graph, halt })) };
  } catch (error) {
    if (signal?.aborted) throw error;
    const why = error instanceof StoppedError ? (halt.reasons[0]?.why ?? 'stopped') : messageOf(error);
    return { machines, note: `hunting does not tell which machines were onboarded restricted: ${why}` };
  } finally {
    callOff();
    reading.release();
  }
}
