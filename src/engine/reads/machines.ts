/** Machine records: by id where they are few, else the tenant's whole list. */
import { UserError } from '../../core/errors.ts';
import { EXIT } from '../../core/exit.ts';
import { mostlyUnknown } from '../../core/guards.ts';
import type { MachineFacts } from '../../core/types.ts';
import { orThrow } from './required.ts';
import { inChunks, type List, type Taken } from './walk.ts';

export interface WantedMachines {
  /** Machine ids in lower case. */
  readonly ids: ReadonlySet<string>;
  /** Every record of the tenant is needed, or none: to look names up, or to count the onboarded ones. */
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

/** What a list was read to: its end, or why something may be missing. */
type Listed = { readonly isWhole: true } | { readonly isWhole: false; readonly why: string };

/**
 * @throws as `List.walk` and `orThrow` do
 * @throws UserError (exit 5) when absence has to be certain and the list cannot be read whole
 */
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
    if (!whole && ids.size <= FEW && (await this.#byId())) {
      await this.#namesakes();
      // None of them: is it another tenant's list, or a tenant that shows nothing at all?
      if (this.#machines.size === 0) await this.#list(false);
      return this.#result();
    }
    const listed = await this.#list(whole);
    if (whole) wholeOrThrow(listed);
    const isAnswered = await this.#askAgain();
    // Only a list that was read to its end can tell that a machine is not there.
    if (!isAnswered && !listed.isWhole) wholeOrThrow(await this.#list(true));
    return this.#result();
  }

  /**
   * The missing ones by their ids, again for those that an answer left out as long as that brings any: an answer may be cut
   * short by a server's own limit, and say so nowhere. False when the server refuses such filters.
   */
  async #byId(isEnough?: () => boolean): Promise<boolean> {
    let before = Infinity;
    while (this.#missing.size > 0 && this.#missing.size < before) {
      before = this.#missing.size;
      if (!(await this.#named('id', this.#missing, isEnough))) return false;
    }
    return true;
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
   * are missing that asking for them is cheaper than another page. A page that brings nothing new may be the last machines
   * again, moved behind by one that joined meanwhile: then the end comes next. Else something was repeated in another's place.
   */
  async #list(toTheEnd: boolean): Promise<Listed> {
    let [isReadable, isOver] = [true, false];
    const seen = new Set<string>();
    const walked = await this.#records.walk([], ({ values, isReadable: isLegible, isShort }): Taken => {
      const before = seen.size;
      for (const { id } of values) seen.add(id);
      this.#take(values);
      isReadable &&= isLegible;
      if (isOver) return 'nothing new';
      isOver = seen.size === before;
      const isEnough = this.#missing.size === 0 || (isShort && inChunks('id', [...this.#missing]).length === 1);
      return toTheEnd || !isEnough ? 'more' : 'enough';
    });
    orThrow(walked, 'machines');
    if (walked.kind === 'walked' && !walked.isWhole) return walked;
    return isReadable ? { isWhole: true } : { isWhole: false, why: 'a machine is in a form that is not known' };
  }

  /**
   * A list that changes while it is walked can step over a machine, so those missing are asked for once more. Where most
   * are missing and none of the first is found, it is another tenant's list. False when the server refuses such filters.
   */
  async #askAgain(): Promise<boolean> {
    const { size } = this.#missing;
    const isHopeless = mostlyUnknown({ asked: this.#wanted.ids.size, unknown: size });
    return this.#byId(() => isHopeless && this.#missing.size === size);
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

function wholeOrThrow(listed: Listed): void {
  if (!listed.isWhole) throw new UserError(`machines cannot be read whole: ${listed.why}`, { exitCode: EXIT.outage });
}
