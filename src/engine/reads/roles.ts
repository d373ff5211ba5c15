/** Machines with a role that nobody wants contained by accident: domain controllers first of all. */
import { GuardError, UserError } from '../../core/errors.ts';
import type { Exclusion } from '../../core/exclusion-entry.ts';
import { describeRole, exclusionsOfRole, holdersIn, type Role, type RoleHolder } from '../../core/roles.ts';
import { hunt, type HuntingDeps } from './hunting.ts';
import { stopped } from './required.ts';

export interface RoleExclusions {
  readonly exclusions: readonly Exclusion[];
  /** For each role whom it found, in words. */
  readonly told: readonly string[];
  /** Roles that no machine has: a typo there would leave all of them unprotected. */
  readonly empty: readonly string[];
}

/**
 * Asks the exposure graph for the holders of each role, and fails closed: an exclusion that cannot be judged stops the run.
 * `graph` is undefined where Microsoft Graph cannot be reached.
 * @throws GuardError (exit 6) whatever keeps the answer from being read whole
 */
export async function readRoles(
  roles: readonly Role[],
  { graph, halt }: Partial<HuntingDeps> & Pick<HuntingDeps, 'halt'>,
): Promise<RoleExclusions> {
  const [exclusions, told, empty]: [Exclusion[], string[], string[]] = [[], [], []];
  for (const role of roles) {
    const holders = await holdersOf(role, graph && { graph, halt });
    exclusions.push(...exclusionsOfRole(role, holders));
    told.push(describeRole(role, holders));
    if (holders.length === 0) empty.push(role.written);
  }
  return { exclusions, told, empty };
}

async function holdersOf(role: Role, deps: HuntingDeps | undefined): Promise<readonly RoleHolder[]> {
  const what = `the exposure graph (${role.written})`;
  if (!deps) throw unjudged(role, 'Microsoft Graph cannot be reached from here');
  try {
    const { records } = await hunt(deps, role.query, what);
    const holders = holdersIn(records);
    if (typeof holders === 'string') throw unjudged(role, holders);
    return holders;
  } catch (error) {
    const reason = stopped(error, deps.halt, what);
    if (reason instanceof GuardError || !(reason instanceof UserError)) throw reason;
    throw unjudged(role, reason.message, reason);
  }
}

function unjudged({ written }: Role, why: string, cause?: unknown): GuardError {
  return new GuardError(`--exclude-role ${written} cannot be judged: ${why}`, {
    hint: 'Nothing was sent. It needs ThreatHunting.Read.All (Microsoft Graph) and the exposure graph; --exclude FILE with ids needs neither.',
    cause,
  });
}
