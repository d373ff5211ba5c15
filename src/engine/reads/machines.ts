/** Machine records: by id where they are few, else the tenant's whole list. */
import { mostlyUnknown } from '../../core/guards.ts';
import type { MachineFacts } from '../../core/types.ts';
import { orThrow } from './required.ts';
import { inChunks, type List, type Taken } from './walk.ts';

export interface WantedMachines {
  /** Machine ids in lower case. */
  readonly ids: ReadonlySet<string>;
  /** Every record of the tenant is needed: to look names up, or to count the onboarded ones. */
  readonly whole: boolean;
}

export interface MachineList {
  /** By id: the wanted ones, and all others that came along. */
  readonly machines: ReadonlyMap<string, MachineFacts>;
  /** Onboarded machines of the tenant; undefined when not all were read. */
  readonly onboarded: number | undefined;
}

/** Up to so many ids are asked for by id instead of reading the tenant's list. */
const FEW = 300;

/** @throws as `List.walk` and `orThrow` do */
export async function readMachines(list: List<MachineFacts>, wanted: WantedMachines): Promise<MachineList> {
  const reader = new MachineReader(list, wanted);
  return reader.read();
}

class MachineReader {
  readonly #records: List<MachineFacts>;
  readonly #wanted: WantedMachines;
  readonly #machines = new Map<string, MachineFacts>();
  readonly #missing: Set<string>;

  constructor(records: List<MachineFacts>, wanted: WantedMachines) {
    this.#records = records;
    this.#wanted = wanted;
    this.#missing = new Set(wanted.ids);
  }

  async read(): Promise<MachineList> {
    const { ids, whole } = this.#wanted;
    if (ids.size === 0 && !whole) return this.#result();
    if (!whole && ids.size <= FEW && (await this.#named('id', ids))) {
      await this.#namesakes();
      // None of them: is it another tenant's list, or a tenant that shows nothing at all?
      if (this.#machines.size === 0) await this.#list(false);
      return this.#result();
    }
    const isComplete = await this.#list(whole);
    const isAnswered = await this.#askAgain();
    if (!isAnswered && !isComplete) await this.#list(true);
    return this.#result();
  }

  /** False when the server refuses such filters. */
  async #named(field: 'id' | 'computerDnsName', values: Iterable<string>, isEnough?: () => boolean): Promise<boolean> {
    const take = (found: readonly MachineFacts[]): boolean => {
      this.#take(found);
      return !isEnough?.();
    };
    // Whoever may have enough after one answer waits for it before the next is asked for.
    const read = await this.#records.named(field, [...values], take, isEnough && 1);
    if (read === 'filters-refused') return false;
    orThrow(read, 'machines');
    return true;
  }

  /** Other records with the names of those found; a server that refuses this only costs a warning. */
  async #namesakes(): Promise<void> {
    const names = new Set([...this.#machines.values()].map(({ computerDnsName }) => computerDnsName ?? '').filter((name) => name !== ''));
    await this.#named('computerDnsName', names);
  }

  /**
   * The tenant's list. A page shorter than asked for is its end, or a server's own limit: it is the end if so few machines
   * are missing that asking for them is cheaper than another page. True when the list was read to an empty page.
   */
  async #list(toTheEnd: boolean): Promise<boolean> {
    let isComplete = true;
    const seen = new Set<string>();
    const walked = await this.#records.walk([], ({ values, isShort }): Taken => {
      const before = seen.size;
      for (const { id } of values) seen.add(id);
      this.#take(values);
      if (seen.size === before) return 'nothing new';
      const isEnough = this.#missing.size === 0 || (isShort && inChunks('id', [...this.#missing]).length === 1);
      if (toTheEnd || !isEnough) return 'more';
      isComplete = false;
      return 'enough';
    });
    orThrow(walked, 'machines');
    return isComplete;
  }

  /**
   * A list that changes while it is walked can step over a machine, so those missing are asked for once more. Where most
   * are missing and none of the first is found, it is another tenant's list. False when the server refuses such filters.
   */
  async #askAgain(): Promise<boolean> {
    const { size } = this.#missing;
    const isHopeless = mostlyUnknown({ asked: this.#wanted.ids.size, unknown: size });
    return this.#named('id', this.#missing, () => isHopeless && this.#missing.size === size);
  }

  #take(values: readonly MachineFacts[]): void {
    for (const machine of values) {
      const id = machine.id.toLowerCase();
      this.#machines.set(id, machine.id === id ? machine : { ...machine, id });
      this.#missing.delete(id);
    }
  }

  #result(): MachineList {
    const isOnboarded = ({ onboardingStatus }: MachineFacts): boolean => onboardingStatus?.toLowerCase() === 'onboarded';
    const onboarded = this.#wanted.whole ? [...this.#machines.values()].filter(isOnboarded).length : undefined;
    return { machines: this.#machines, onboarded };
  }
}
