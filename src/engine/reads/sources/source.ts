/** What a source of targets is: a list that is read from the tenant, or from the state, when it is used. */
import { UsageError } from '../../../core/errors.ts';
import type { State } from '../../../core/ports.ts';
import type { Halt } from '../../attempts/halt.ts';
import type { Service } from '../service.ts';

/** What the sources reach. */
export interface SourcePorts {
  /** Defender for Endpoint. */
  readonly mde: Service;
  /** Microsoft Graph, below `v1.0`; undefined where there is none. */
  readonly graph: Service | undefined;
  /** Defender XDR, which has the incidents; undefined where there is none. */
  readonly xdr: Service | undefined;
  readonly state: Pick<State, 'run' | 'rows'>;
  readonly halt: Halt;
  /** Whose machines are meant: ids of another tenant mean nothing here. '' when it is not known. */
  readonly tenant: string;
  readonly emulated: boolean;
  /** The text of a file. @throws UsageError when it cannot be read */
  readText(path: string): Promise<string>;
}

export interface Found {
  /** One object for each machine, with its id under `DeviceId`, or as a query names it. */
  readonly records: readonly Readonly<Record<string, unknown>>[];
  /** The column that names the machine; absent where it is to be found as a list's is. */
  readonly column?: string;
  /** Names of the columns where they are known beforehand. */
  readonly columns?: readonly string[] | undefined;
  /** What is worth knowing before the list is used. */
  readonly notes: readonly string[];
}

/** A new source is a file beside this one and a line in `index.ts`. */
export interface TenantSource {
  /** What stands before the colon. */
  readonly kind: string;
  /** `tag:NAME` */
  readonly usage: string;
  readonly help: string;
  /** What the app needs, in words; '' where it needs nothing. */
  readonly permission: string;
  /**
   * Reads all of it, or throws: never a part.
   * @throws UsageError for a value that makes no sense, or names what is not there
   * @throws AuthError, UserError, StoppedError as the reads do
   */
  read(value: string, ports: SourcePorts): Promise<Found>;
}

/** @throws UsageError where a service is not there */
export function needed(service: Service | undefined, what: string): Service {
  if (!service) throw new UsageError(`${what} cannot be reached from here`);
  return service;
}

/** "3 merged records left out" where there are any. */
export function noted(count: number, what: string): string[] {
  return count > 0 ? [`${count} ${what}`] : [];
}
