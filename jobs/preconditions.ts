import type { MachineFacts } from '../src/core/types.ts';

/** Platforms on which no code-integrity policy can exist. Unknown names are not in here: only what is certain counts. */
const NOT_WINDOWS = /^(macos|ubuntu|debian|redhat|centos|suse|sles|oracle|amazon|fedora|rocky|alma|mariner|ios|ipados|android)|linux/i;

/** Why a Windows-only action is certainly impossible on a machine, or undefined. Build numbers only warn, elsewhere. */
export function cannotRunWindowsActions(facts: MachineFacts): string | undefined {
  if (facts.mergedIntoMachineId) return `merged into machine ${facts.mergedIntoMachineId}`;
  if (facts.osPlatform && NOT_WINDOWS.test(facts.osPlatform)) return `${facts.osPlatform} does not support this action`;
  if (facts.onboardingStatus && facts.onboardingStatus.toLowerCase() !== 'onboarded') return `not onboarded (${facts.onboardingStatus})`;
  return undefined;
}
