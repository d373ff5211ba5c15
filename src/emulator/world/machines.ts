/** The machines of the emulated tenant: given ones, and ones made from their id alone. */
import { UsageError } from '../../core/errors.ts';
import { shareOf } from '../random.ts';
import { dateText, withoutTrailingZeros } from '../time.ts';
import { machineRecord, type Machine } from './machine-records.ts';
import type { EmulatorOptions } from './options.ts';

export type { Machine } from './machine-records.ts';

const MACHINE_ID = /^[0-9a-f]{40}$/;
/** Without the command channel; where only telemetry is missing, commands arrive. @see mde-actions.md §10 */
const SILENT: ReadonlySet<string> = new Set(['Inactive', 'ImpairedCommunication', 'NoSensorDataImpairedCommunication']);

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
    return this.#known.get(key) ?? (this.#options.machines === 'any' && MACHINE_ID.test(key) ? this.#made(key) : undefined);
  }

  /** The first machine of that name, if one is known. */
  named(name: string): Machine | undefined {
    return this.#idsByName
      .get(name.toLowerCase())
      ?.map((id) => this.find(id))
      .find((machine) => machine !== undefined);
  }

  /** From now on it has these tags. */
  tag(id: string, machineTags: readonly string[]): void {
    this.see(id);
    const machine = this.#known.get(id);
    if (machine) this.#known.set(id, { ...machine, machineTags });
  }

  /** A machine that may or may not be there. */
  invented(id: string): Machine {
    return this.#made(id);
  }

  /** All that lists show, as they are at this instant. */
  *all(now: number): Generator<Machine> {
    for (const machine of this.#known.values()) if (!this.#unknown.has(machine.id)) yield this.asOf(machine, now);
  }

  /** An offline machine that is back is Active, and was seen when it came. */
  asOf(machine: Machine, now: number): Machine {
    const back = this.#offlineById(machine.id) ? this.#backAt(machine.id) : Infinity;
    return now < back ? machine : { ...machine, healthStatus: 'Active', lastSeen: withoutTrailingZeros(dateText(back)) };
  }

  /** From now on lists show it. With `exists`, it is there even if ids are not made up on sight. */
  see(id: string, exists = false): void {
    if (this.#known.has(id)) return;
    const machine = exists ? this.#made(id) : this.find(id);
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
    return { ...this.#made(id), ...record, id };
  }

  #made(id: string): Machine {
    const odd = shareOf(id, 'odd tags') < this.#options.oddTagShare;
    return machineRecord(id, { origin: this.#origin, offline: this.#offlineById(id), odd });
  }
}

function idSet(ids: readonly string[]): ReadonlySet<string> {
  return new Set(ids.map((id) => id.toLowerCase()));
}
