/** Machine records, and the one that is made up from an id. */
import { shareOf } from '../random.ts';
import { dateText, withoutTrailingZeros } from '../time.ts';

const DAY_MS = 86_400_000;

/** A machine record as the API sends it. Fields that the behaviour looks at are named; the rest is carried along. */
export interface Machine {
  readonly [field: string]: unknown;
  readonly id: string;
  readonly computerDnsName: string | null;
  readonly osPlatform: string | null;
  readonly osBuild: number | null;
  readonly onboardingStatus: string | null;
  readonly healthStatus: string | null;
  readonly mergedIntoMachineId: string | null;
}

/** About how many days ago machines of each health were last seen; Inactive means more than seven. */
const QUIET_DAYS = { Active: 0.5, ImpairedCommunication: 3, NoSensorDataImpairedCommunication: 5, Inactive: 18 } as const;

/** What stood, or might stand, where a list of texts is expected; a machine's owner can set its tags. */
const ODD_TAGS: readonly unknown[] = [['x', null], 'tier0', ['access_token=abc"'], [{ name: 'tier0' }], null, [' tier0 ']];

function oddTags(id: string): unknown {
  return ODD_TAGS[Math.floor(shareOf(id, 'which tags') * ODD_TAGS.length)];
}

/** How an offline machine's silence shows: most are Inactive. */
function silenceOf(id: string): keyof typeof QUIET_DAYS {
  const share = shareOf(id, 'silence');
  if (share < 0.7) return 'Inactive';
  return share < 0.9 ? 'ImpairedCommunication' : 'NoSensorDataImpairedCommunication';
}

/** What cannot be told from an id. */
interface Traits {
  /** The emulator's start, ms since the epoch. */
  readonly origin: number;
  readonly offline: boolean;
  /** With tags that nobody would expect. */
  readonly odd: boolean;
}

/** The same machine for the same id, always: Windows, onboarded, with a name from the id. */
export function machineRecord(id: string, { origin, offline, odd }: Traits): Machine {
  const eleven = shareOf(id, 'windows') < 0.5;
  const date = (days: number): string => withoutTrailingZeros(dateText(origin - days * DAY_MS));
  const health = offline ? silenceOf(id) : 'Active';
  const octet = (part: string): number => 1 + Math.floor(shareOf(id, part) * 254);
  return {
    id,
    mergedIntoMachineId: null,
    isPotentialDuplication: false,
    isExcluded: false,
    exclusionReason: null,
    computerDnsName: `pc-${id.slice(0, 5)}${id.slice(-7)}.emulated.example`,
    firstSeen: date(30 + shareOf(id, 'first seen') * 300),
    lastSeen: date(QUIET_DAYS[health] * (0.5 + shareOf(id, 'last seen'))),
    osPlatform: eleven ? 'Windows11' : 'Windows10',
    osVersion: null,
    osProcessor: 'x64',
    version: eleven ? '23H2' : '22H2',
    lastIpAddress: `10.${octet('a')}.${octet('b')}.${octet('c')}`,
    lastExternalIpAddress: '203.0.113.7',
    agentVersion: '10.8790.19045.5608',
    osBuild: eleven ? 22_631 : 19_045,
    healthStatus: health,
    deviceValue: 'Normal',
    rbacGroupId: 0,
    rbacGroupName: null,
    riskScore: 'None',
    exposureLevel: 'Low',
    isAadJoined: true,
    aadDeviceId: `${id.slice(8, 16)}-${id.slice(16, 20)}-4${id.slice(21, 24)}-a${id.slice(25, 28)}-${id.slice(28)}`,
    machineTags: odd ? oddTags(id) : [],
    onboardingStatus: 'Onboarded',
    osArchitecture: '64-bit',
    managedBy: 'Intune',
    managedByStatus: 'Unknown',
    ipAddresses: [],
    vmMetadata: null,
  };
}
