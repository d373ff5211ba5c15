/** A service that reads are made of, and how often it may be asked. Each has a host and tokens of its own. */
import type { Api } from '../../core/ports.ts';
import { API_WINDOWS } from '../../core/rate.ts';
import type { Window } from '../../core/types.ts';
import type { Lane } from '../attempts/lane.ts';

export interface Service {
  readonly api: Api;
  /** A lane for one API of the service, with these windows; whoever opens it closes it. */
  lane(segment: string, windows: readonly Window[]): Promise<Lane>;
}

const MINUTE = 60_000;
const HOUR = 3_600_000;

/** Machines, machine actions and alerts: as every API of Defender for Endpoint. */
export const READ_WINDOWS: readonly Window[] = API_WINDOWS;
/** @see mde-actions.md §5: at least 45 a minute; per tenant, so others may use it up too */
export const HUNTING_WINDOWS: readonly Window[] = [
  { limit: 45, ms: MINUTE },
  { limit: 1500, ms: HOUR },
];
/** @see mde-actions.md §7: 50 a minute */
export const INCIDENT_WINDOWS: readonly Window[] = [
  { limit: 50, ms: MINUTE },
  { limit: 1500, ms: HOUR },
];
/** @see mde-api.md §1: links to packages, 2 a minute and 120 an hour */
export const PACKAGE_WINDOWS: readonly Window[] = [
  { limit: 2, ms: MINUTE },
  { limit: 120, ms: HOUR },
];

/** Works with a lane of a service, and closes it afterwards. */
export async function withLane<T>(
  service: Service,
  segment: string,
  windows: readonly Window[],
  work: (lane: Lane) => Promise<T>,
): Promise<T> {
  const lane = await service.lane(segment, windows);
  try {
    return await work(lane);
  } finally {
    lane.close();
  }
}
