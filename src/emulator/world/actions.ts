/** Every action there is, found by id, by machine and by creation time without looking at the others. */
import type { Cancellation, StoredAction } from './lifecycle.ts';

export class Actions {
  readonly #byId = new Map<string, StoredAction>();
  readonly #idsByMachine = new Map<string, string[]>();
  /** Ids and creation texts in order of creation, equal ones in order of arrival. */
  readonly #order: { readonly id: string; readonly created: string }[] = [];

  get size(): number {
    return this.#byId.size;
  }

  find(id: string): StoredAction | undefined {
    return this.#byId.get(id.toLowerCase());
  }

  /** The machine's actions, oldest first. */
  ofMachine(machineId: string): StoredAction[] {
    return this.ofMachines([machineId]);
  }

  /** The actions of several machines, oldest first. */
  ofMachines(machineIds: Iterable<string>): StoredAction[] {
    return this.#pick([...new Set(machineIds)].flatMap((id) => this.#idsByMachine.get(id) ?? []));
  }

  /** Those of these ids that exist, oldest first. */
  ofIds(ids: Iterable<string>): StoredAction[] {
    return this.#pick([...new Set([...ids].map((id) => id.toLowerCase()))]);
  }

  /** Created within the texts (both ends included), oldest first or newest first. */
  *between(from: string, to: string, newestFirst: boolean): Generator<StoredAction> {
    const first = this.#position(from, false);
    const end = this.#position(to, true);
    for (let step = 0; step < end - first; step++) {
      const entry = this.#order[newestFirst ? end - 1 - step : first + step];
      const action = entry && this.#byId.get(entry.id);
      if (action) yield action;
    }
  }

  add(action: StoredAction): void {
    this.#byId.set(action.id, action);
    const mine = this.#idsByMachine.get(action.machineId);
    if (mine) mine.push(action.id);
    else this.#idsByMachine.set(action.machineId, [action.id]);
    const entry = { id: action.id, created: action.createdText };
    this.#order.splice(this.#position(action.createdText, true), 0, entry);
  }

  cancel(id: string, cancellation: Cancellation): void {
    const action = this.find(id);
    if (action) this.#byId.set(action.id, { ...action, cancellation });
  }

  #pick(ids: readonly string[]): StoredAction[] {
    const found = ids.map((id) => this.#byId.get(id)).filter((action) => action !== undefined);
    return found.sort((a, b) => (a.createdText < b.createdText ? -1 : Number(a.createdText > b.createdText)));
  }

  /** Where a creation text belongs: before its equals, or after them. */
  #position(text: string, afterEquals: boolean): number {
    let low = 0;
    let high = this.#order.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const created = this.#order[middle]?.created ?? '';
      if (created < text || (afterEquals && created === text)) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
