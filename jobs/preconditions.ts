import type { MachineFacts } from '../src/core/types.ts';

/** Names of platforms, as the API writes them (mde-api.md §3). Unknown names are in none: only what is certain counts. */
const MACOS = /^mac/i;
const LINUX = /^(ubuntu|debian|redhat|centos|suse|sles|oracle|amazon|fedora|rocky|alma|mariner)|linux/i;
const MOBILE = /^(ios|ipados|android)/i;

export type Platform = 'windows' | 'macos' | 'linux' | 'mobile';

/** Which family an `osPlatform` surely belongs to; undefined when nobody can tell. */
export function platformOf(osPlatform: string | null): Platform | undefined {
  if (!osPlatform) return undefined;
  if (MACOS.test(osPlatform)) return 'macos';
  if (LINUX.test(osPlatform)) return 'linux';
  if (MOBILE.test(osPlatform)) return 'mobile';
  return /^windows/i.test(osPlatform) ? 'windows' : undefined;
}

/** Why the machine's platform is none of these, or undefined when it is, or is not known. */
export function otherPlatform({ osPlatform }: MachineFacts, supported: readonly Platform[]): string | undefined {
  const platform = platformOf(osPlatform);
  return platform === undefined || supported.includes(platform) ? undefined : `${osPlatform} does not support this action`;
}

/** Why no action can reach this record any more, or undefined: another one has taken its place. */
export function mergedAway({ mergedIntoMachineId }: MachineFacts): string | undefined {
  return mergedIntoMachineId ? `merged into machine ${mergedIntoMachineId}` : undefined;
}

/** Why a machine without a sensor of ours cannot be told anything, or undefined. */
function notOnboarded({ onboardingStatus }: MachineFacts): string | undefined {
  return onboardingStatus && !isOnboarded(onboardingStatus) ? `not onboarded (${onboardingStatus})` : undefined;
}

/** The documents write `onboarded`, the API `Onboarded`. */
export function isOnboarded(onboardingStatus: string | null): boolean {
  return onboardingStatus?.toLowerCase() === 'onboarded';
}

/** What most actions need: a record of its own, a sensor, one of these platforms. */
export function cannotRunOn(...supported: readonly Platform[]): (facts: MachineFacts) => string | undefined {
  return (facts) => mergedAway(facts) ?? otherPlatform(facts, supported) ?? notOnboarded(facts);
}

const RESTRICTED = 'restricted security operations';

/**
 * A warning for machines that were onboarded restricted: the service refuses "advanced response" there, for the API too.
 * The tag is the service's own, but anybody may set one like it, so it is no proof.
 * @see mde-actions.md §0, "Restrict response actions on high-value assets"
 */
export function restrictedOperations({ machineTags, restrictedOperations: operations }: MachineFacts): string[] {
  // Live response is no job of ours: where it alone is off, nothing stands in the way.
  if (operations === 'LiveResponse') return [];
  if (operations) return [`onboarded with restricted security operations (${operations}): the API will probably refuse this action`];
  const isTagged = (machineTags ?? []).some((tag) => tag?.toLowerCase() === RESTRICTED);
  return isTagged ? ['onboarded with restricted security operations: the API will probably refuse this action'] : [];
}
