/** Machines that are left out by their role (`--exclude-role`) join the exclusions that were read from files. */
import { GuardError } from '../core/errors.ts';
import { exclusionsOf } from '../core/exclusions.ts';
import { parseRole } from '../core/roles.ts';
import { readRoles, type RoleExclusions } from '../engine/reads/roles.ts';
import { servicesOf } from '../wiring/services.ts';
import type { Session } from '../wiring/session.ts';
import type { TargetList } from './list.ts';
import { haltOfReads } from './stop.ts';

/**
 * The list with the holders of these roles among its exclusions, and notes that name them.
 * @throws UsageError for what is no role
 * @throws GuardError (exit 6) when the exposure graph cannot be read whole, and for a role that no machine has, unless
 *   exclusions may match nothing (`--allow-unmatched-exclusions`)
 */
export async function withRoles(list: TargetList, roles: readonly string[], session: Session): Promise<TargetList> {
  if (roles.length === 0) return list;
  const found = await rolesOf(roles, session);
  if (found.empty.length > 0 && !session.settings.allowUnmatchedExclusions)
    throw new GuardError(`--exclude-role: no machine of the tenant has the role ${found.empty.join(', ')}`, {
      hint: 'Nothing was sent. A typo here would leave all of them unprotected; --allow-unmatched-exclusions says that it is none.',
    });
  const { entries, emptyFiles } = list.exclusions;
  return { ...list, exclusions: exclusionsOf([...entries, ...found.exclusions], emptyFiles), notes: [...list.notes, ...found.told] };
}

async function rolesOf(roles: readonly string[], session: Session): Promise<RoleExclusions> {
  const { signal, listener } = session.tools;
  const reading = haltOfReads(signal, 'stopped while roles were read');
  const { halt } = reading;
  listener({ kind: 'reading', what: `the exposure graph (${roles.join(', ')})` });
  try {
    return await readRoles(roles.map(parseRole), { graph: servicesOf(session, halt).graph, halt });
  } finally {
    reading.release();
  }
}
