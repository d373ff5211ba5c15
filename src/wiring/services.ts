/** The services that lists and facts are read from: each with a host, tokens and a quota of its own. */
import type { Halt } from '../engine/attempts/halt.ts';
import type { Service } from '../engine/reads/service.ts';
import { openLane } from './lanes.ts';
import type { Session } from './session.ts';

export interface Services {
  readonly mde: Service;
  readonly graph: Service;
  readonly xdr: Service;
}

/** Nothing is asked, and nobody signs in to a service, before its first request. */
export function servicesOf(session: Session, halt: Halt): Services {
  const [graph, xdr] = [session.beside('graph'), session.beside('xdr')];
  return {
    mde: { api: session.api, lane: async (segment, windows) => (await openLane(session, { segment, windows }, halt)).lane },
    graph: { api: graph.api, lane: async (segment, windows) => (await openLane(session, { segment, windows, ...graph }, halt)).lane },
    xdr: { api: xdr.api, lane: async (segment, windows) => (await openLane(session, { segment, windows, ...xdr }, halt)).lane },
  };
}
