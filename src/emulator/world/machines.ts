/** The machines of the emulated tenant: given ones, and ones made from their id alone. */
import { UsageError } from '../../core/errors.ts';
import type { EmulatorOptions } from './options.ts';
import { shareOf } from '../random.ts';
import { dateText, withoutTrailingZeros } from '../time.ts';

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

const MACHINE_ID = /^[0-9a-f]{40}$/;
const DAY_MS = 86_400_000;
/** Without the command channel; where only telemetry is missing, commands arrive. @see mde-actions.md §10 */
const SILENT: ReadonlySet<string> = new Set(['Inactive', 'ImpairedCommunication', 'NoSensorDataImpairedCommunication']);
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

export class Machines {
  readonly #options: EmulatorOptions;
  readonly #origin: number;
  readonly #known = new Map<string, Machine>();
  readonly #idsByName = new Map<string, string[]>();
  readonly #unknown: ReadonlySet<string>;
  readonly #offline: ReadonlySet<string>;
  readonly #inProgress: ReadonlySet<string>;
  readonly #failing: ReadonlySet<string>;
  readonly #disallowed: ReadonlySet<string>;

  /** @throws UsageError when a fleet record has no id. */
  constructor(options: EmulatorOptions, origin: number) {
    this.#options = options;
    this.#origin = origin;
    this.#unknown = idSet(options.unknown);
    this.#offline = idSet(options.offline);
    this.#inProgress = idSet(options.inProgress);
    this.#failing = idSet(options.failing);
    this.#disallowed = idSet(options.disallowed);
    for (const record of options.fleet) this.#add(this.#given(record));
    for (const id of options.machines === 'any' ? [] : options.machines) this.see(id.toLowerCase(), true);
  }

  /** The machine, whether or not it was seen before. */
  find(id: string): Machine | undefined {
    const key = id.toLowerCase();
    if (this.#unknown.has(key)) return undefined;
    return this.#known.get(key) ?? (this.#options.machines === 'any' && MACHINE_ID.test(key) ? this.#make(key) : undefined);
  }

  /** The first machine of that name, if one is known. */
  named(name: string): Machine | undefined {
    return this.#idsByName
      .get(name.toLowerCase())
      ?.map((id) => this.find(id))
      .find((machine) => machine !== undefined);
  }

  /** A machine that may or may not be there. */
  invented(id: string): Machine {
    return this.#make(id);
  }

  *all(): Generator<Machine> {
    for (const machine of this.#known.values()) if (!this.#unknown.has(machine.id)) yield machine;
  }

  /** From now on lists show it. With `exists`, it is there even if ids are not made up on sight. */
  see(id: string, exists = false): void {
    if (this.#known.has(id)) return;
    const machine = exists ? this.#make(id) : this.find(id);
    if (machine) this.#add(machine);
  }

  /** From when on it answers an action, emulated ms since the epoch: -Infinity for one that is online, Infinity for never. */
  answersFrom({ id, healthStatus, onboardingStatus, mergedIntoMachineId }: Machine): number {
    const gone = SILENT.has(healthStatus ?? '') || (onboardingStatus ?? 'Onboarded') !== 'Onboarded' || mergedIntoMachineId !== null;
    if (this.#offlineById(id)) return this.#backAt(id);
    return gone ? Infinity : -Infinity;
  }

  /** Whether its actions fail. */
  isFailing(id: string): boolean {
    return this.#failing.has(id) || shareOf(id, 'failing') < this.#options.failingShare;
  }

  /** Whether its device group has no automation level. */
  isDisallowed(id: string): boolean {
    return this.#disallowed.has(id) || shareOf(id, 'disallowed') < this.#options.disallowedShare;
  }

  /** The record that stands for it: the one it was merged into, where actions go there. */
  standingFor(machine: Machine): Machine {
    const merged = this.#options.mergedAnswers === 'new' ? machine.mergedIntoMachineId : null;
    return merged === null ? machine : (this.find(merged) ?? machine);
  }

  /** Whether a file was never seen on it. */
  lacks(id: string, sha1: string): boolean {
    const { absentFiles, absentFileShare } = this.#options;
    const hash = sha1.toLowerCase();
    return absentFiles.some((absent) => absent.toLowerCase() === hash) || shareOf(id, hash) < absentFileShare;
  }

  /** Whether somebody else's action is open whatever is asked for. */
  isInProgress(id: string): boolean {
    return this.#inProgress.has(id) || shareOf(id, 'in progress') < this.#options.inProgressShare;
  }

  #backAt(id: string): number {
    const span = this.#options.offlineForMs;
    return span === undefined ? Infinity : this.#origin + span[0] + (span[1] - span[0]) * shareOf(id, 'back');
  }

  #offlineById(id: string): boolean {
    return this.#offline.has(id) || shareOf(id, 'offline') < this.#options.offlineShare;
  }

  #add(machine: Machine): void {
    this.#known.set(machine.id, machine);
    const name = machine.computerDnsName?.toLowerCase();
    if (name !== undefined) this.#idsByName.set(name, [...(this.#idsByName.get(name) ?? []), machine.id]);
  }

  #given(record: object): Machine {
    const id = 'id' in record && typeof record.id === 'string' ? record.id.toLowerCase() : '';
    if (id === '') throw new UsageError('a machine of the emulated fleet has no id');
    return { ...this.#make(id), ...record, id };
  }

  /** The same machine for the same id, always: Windows, onboarded, with a name from the id. */
  #make(id: string): Machine {
    const eleven = shareOf(id, 'windows') < 0.5;
    const date = (days: number): string => withoutTrailingZeros(dateText(this.#origin - days * DAY_MS));
    const health = this.#offlineById(id) ? silenceOf(id) : 'Active';
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
      machineTags: shareOf(id, 'odd tags') < this.#options.oddTagShare ? oddTags(id) : [],
      onboardingStatus: 'Onboarded',
      osArchitecture: '64-bit',
      managedBy: 'Intune',
      managedByStatus: 'Unknown',
      ipAddresses: [],
      vmMetadata: null,
    };
  }
}

function idSet(ids: readonly string[]): ReadonlySet<string> {
  return new Set(ids.map((id) => id.toLowerCase()));
}
