/** Reading lists of the API page by page, until a page was read or it is certain that none will be. */
import { AuthError, StoppedError, UserError } from '../../core/errors.ts';
import { EXIT } from '../../core/exit.ts';
import type { Halt } from '../attempts/halt.ts';
import { filterOf, PAGE, readPage, type ListPage, type ListSource } from './page.ts';
import { wait } from '../attempts/wait.ts';

/** Characters of a filter as it stands in a URL; proxies take 8,000 for the whole line. */
const FILTER_LENGTH = 6000;
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 1000;

export type Page<T> = Extract<ListPage<T>, { kind: 'page' | 'filter-refused' }>;

export interface PagesDeps<T> extends Omit<ListSource<T>, 'runId'> {
  readonly halt: Halt;
  /** What to grant where reading is forbidden. Default: Machine.Read.All. */
  readonly permission?: string;
}

/** One list of the API. */
export class Pages<T> {
  readonly #deps: PagesDeps<T>;

  constructor(deps: PagesDeps<T>) {
    this.#deps = deps;
  }

  /**
   * One page. A read without a usable answer is made again, for as long as the lane's outage rule lets it.
   * @throws StoppedError when the reads stop first
   * @throws AuthError when there is no permission to read
   * @throws UserError when the API refuses the read for good
   */
  async read(query: string): Promise<Page<T>> {
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(LONGEST_PAUSE_MS, 2 * pauseMs)) {
      const read = await readPage({ ...this.#deps, runId: null }, query);
      if (read.kind === 'page' || read.kind === 'filter-refused') return read;
      if (read.kind === 'forbidden')
        throw new AuthError(`no permission to read ${this.#deps.list}: ${read.why}`, {
          hint: `Grant ${this.#deps.permission ?? 'Machine.Read.All (API "WindowsDefenderATP")'} with admin consent.`,
        });
      if (read.kind === 'refused') throw new UserError(`${this.#deps.list} cannot be read: ${read.why}`, { exitCode: EXIT.outage });
      await wait(pauseMs, this.#deps.halt.signal);
    }
  }

  /**
   * Walks by `$skip` and hands each page over, until one is empty, brings nothing new, or `taken` says that it was enough:
   * with `$top` there is no nextLink (ISS#8489), and a server that ignores `$skip` would go on for ever.
   * False when the filter was refused.
   */
  async walk(
    parameters: readonly string[],
    taken: (values: readonly T[], isShort: boolean) => 'enough' | 'more' | 'nothing new',
  ): Promise<boolean> {
    for (let skip = 0; ;) {
      const page = await this.read([...parameters, `$top=${PAGE}`, `$skip=${skip}`].join('&'));
      if (page.kind === 'filter-refused') return false;
      if (page.length === 0 || taken(page.values, page.length < PAGE) !== 'more') return true;
      skip += page.length;
    }
  }
}

/** Filters `field in ('a','b',…)` over all values, each as long as a URL may be. */
export function inFilters(field: string, values: Iterable<string>): string[] {
  const filters: string[] = [];
  let quoted: string[] = [];
  let length = 0;
  const flush = (): void => {
    if (quoted.length > 0) filters.push(filterOf(`${field} in (${quoted.join(',')})`));
    [quoted, length] = [[], 0];
  };
  for (const value of values) {
    const literal = `'${value.replaceAll("'", "''")}'`;
    const added = encodeURIComponent(literal).length + 3;
    if (length + added > FILTER_LENGTH) flush();
    quoted.push(literal);
    length += added;
  }
  flush();
  return filters;
}

/** Why reads that were stopped have stopped, as the error that ends the command. */
export function stopped(error: unknown, halt: Halt): unknown {
  const [reason] = halt.reasons;
  if (!(error instanceof StoppedError) || !reason) return error;
  return new UserError(`machine facts could not be read: ${reason.why}`, {
    exitCode: reason.code,
    hint: 'Nothing was sent. Reads are never a precondition: cordon run without --facts sends without them.',
    cause: error,
  });
}
