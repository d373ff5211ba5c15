/** Which folders of reports are old: named by the ids of their runs. Pure. */

/** A run's id, and in it when the run was made: `r-20261123-101530-k3f9`, UTC. */
const RUN_ID = /^(?:emulated-)?r-(\d{4})(\d\d)(\d\d)-(\d\d)(\d\d)(\d\d)-[a-z0-9]+$/;

/** When a run was made, by its id; undefined for what is no run's id. Milliseconds since the epoch. */
export function madeAt(runId: string): number | undefined {
  const parts = RUN_ID.exec(runId)?.slice(1).map(Number);
  if (!parts) return undefined;
  const [year = 0, month = 1, day = 1, hours = 0, minutes = 0, seconds = 0] = parts;
  return Date.UTC(year, month - 1, day, hours, minutes, seconds);
}

export interface Prunable {
  /** Names of the folders that are there. */
  readonly names: readonly string[];
  /** Runs that the state still has: their reports stay, however old. */
  readonly known: ReadonlySet<string>;
  /** Whether the state is one of emulated runs: it knows nothing of the others. */
  readonly emulated: boolean;
  /** Ms since the epoch: only runs made before are old. */
  readonly before: number;
}

/** Folders that may go: of runs that are old and that the state does not have any more. Whatever has another name stays. */
export function prunableFolders({ names, known, emulated, before }: Prunable): string[] {
  const isOfState = (name: string): boolean => name.startsWith('emulated-') === emulated;
  return names.filter((name) => isOfState(name) && !known.has(name) && (madeAt(name) ?? Infinity) < before);
}
