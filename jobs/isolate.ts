import { apiWord } from '../src/core/parameter-values.ts';
import type { Job, JobParameter, MachineFacts, Parameters } from '../src/core/types.ts';
import { cannotRunOn, isOnboarded, mergedAway, platformOf, restrictedOperations } from './preconditions.ts';

const isolationType: JobParameter = {
  name: 'isolation-type',
  help: 'full: nothing but the Defender service; selective: Outlook and Teams too; unmanaged: onboarded machines stop talking to it',
  kind: { choice: { full: 'Full', selective: 'Selective', unmanaged: 'UnManagedDevice' } },
  default: 'full',
};
const managed = cannotRunOn('windows', 'macos', 'linux');

/**
 * Cuts a machine off from the network, until `unisolate`.
 * @see https://learn.microsoft.com/defender-endpoint/api/isolate-machine
 */
export const isolate: Job = {
  name: 'isolate',
  title: 'isolate from the network',
  actionType: 'Isolate',
  segment: 'isolate',
  permissions: [['Machine.Isolate']],
  inverse: 'unisolate',
  parameters: [isolationType],
  notice: 'No network but the connection to Defender; a notification says so. Remote sessions break at once.',
  platforms:
    'full: Windows 10 1703, Server 2012 R2 or later, Linux, macOS; selective: Windows 10 1709 or later, macOS; unmanaged: any machine',
  limits: '100 calls a minute and 1500 an hour; an offline machine is tried for 3 days; unmanaged: 100 at a time are advised',
  undo: 'cordon run unisolate, or cordon undo RUN',
  risks: [
    {
      text: 'Behind a full-tunnel VPN or a web proxy a machine may lose Defender too and not come back: prefer selective there.',
      when: only('full'),
    },
    { text: 'A Hyper-V host takes all its virtual machines off the network with it.', when: only('full') },
    { text: 'On Linux it ends when an administrator changes iptables, and Defender may not notice.', when: only('full') },
    {
      text: 'Isolation exclusion rules of the tenant replace Outlook and Teams; they are fixed when isolation starts.',
      when: only('selective'),
    },
    { text: 'A router or a printer may be hit; it takes about 5 minutes to spread.', when: only('unmanaged') },
  ],
  finalWords: 'the isolation was applied',
  neverStacks: true,
  body: (comment, parameters) => ({ Comment: comment, IsolationType: apiWord(isolationType, parameters) }),
  differs: ({ scope }, parameters) => (scope && scope !== apiWord(isolationType, parameters) ? `isolation of type ${scope}` : undefined),
  ineligible: (facts, parameters) => (isUnmanaged(parameters) ? mergedAway(facts) : managed(facts)),
  warnings: (facts, parameters) => [
    ...restrictedOperations(facts),
    ...hasSensor(facts, parameters),
    ...selectiveOnLinux(facts, parameters),
  ],
};

function only(word: string): Readonly<Record<string, readonly string[]>> {
  return { [isolationType.name]: [word] };
}

function isUnmanaged(parameters: Parameters): boolean {
  return parameters[isolationType.name] === 'unmanaged';
}

/** Unmanaged is for machines without a sensor; what it does to the others is not documented (mde-actions.md §1). */
function hasSensor({ onboardingStatus }: MachineFacts, parameters: Parameters): string[] {
  const isMeant = isUnmanaged(parameters) && isOnboarded(onboardingStatus);
  return isMeant ? ['onboarded: --isolation-type full or selective is for such machines, unmanaged for those without a sensor'] : [];
}

function selectiveOnLinux({ osPlatform }: MachineFacts, parameters: Parameters): string[] {
  const isLinux = platformOf(osPlatform) === 'linux';
  return isLinux && parameters[isolationType.name] === 'selective' ? ['selective isolation is not documented for Linux'] : [];
}
