import type { RunOverview, State } from '../core/ports.ts';
import type { Job } from '../core/types.ts';

/** What is shown: a state that is only read. */
export interface Source {
  readonly state: Pick<State, 'run' | 'runs' | 'rows' | 'attempts' | 'version'>;
  readonly findJob: (name: string) => Pick<Job, 'title' | 'inverse'> | undefined;
}

/** Looking takes the locks of the runs for an instant: not more often than this. */
const LOOK_MS = 5000;

/** The runs of the state, looked up rarely. */
export class Overview {
  readonly #source: Source;
  #runs: Promise<readonly RunOverview[]> = Promise.resolve([]);
  #lookedAt = -Infinity;

  constructor(source: Source) {
    this.#source = source;
  }

  runs(): Promise<readonly RunOverview[]> {
    const now = performance.now();
    if (now - this.#lookedAt > LOOK_MS) {
      this.#lookedAt = now;
      this.#runs = this.#source.state.runs();
    }
    return this.#runs;
  }

  /** Whether a process works on the run, as far as was seen lately. */
  async isActive(runId: string): Promise<boolean> {
    return (await this.runs()).some(({ id, active }) => id === runId && active);
  }
}
