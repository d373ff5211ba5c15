/** What goes over the wire: requests as the behaviour sees them, and the answers' shapes. */

export interface Incoming {
  readonly method: string;
  readonly path: string;
  /** Path and query as they were sent. */
  readonly target: string;
  readonly query: URLSearchParams;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
}

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
  /** After so many bytes of the body the connection ends. */
  readonly cutAfter?: number;
}

export type EntitySet = 'MachineActions' | 'Machines' | 'Alerts' | 'Investigations';

const CONTEXT = 'https://api.securitycenter.microsoft.com/api/$metadata';
const ODATA = 'application/json; odata.metadata=minimal; odata.streaming=true; charset=utf-8';

/** A plain JSON answer. */
export function json(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Reply {
  return { status, headers: { 'content-type': 'application/json; charset=utf-8', ...headers }, body: JSON.stringify(body) };
}

/** One entity of a set, with its context. */
export function entity(status: number, set: EntitySet, body: object): Reply {
  return odata(status, { '@odata.context': `${CONTEXT}#${set}/$entity`, ...body });
}

/** A list answer. `extras` are the `@odata` members that come after the context. */
export function collection(set: EntitySet, value: readonly unknown[], extras: object): Reply {
  return odata(200, { '@odata.context': `${CONTEXT}#${set}`, ...extras, value });
}

/** Any other OData answer. */
export function odata(status: number, body: object): Reply {
  return json(status, body, { 'content-type': ODATA, 'odata-version': '4.0' });
}

/** An error in the API's shape. `target` is a correlation id. */
export function problem(status: number, code: string, message: string, target: string): Reply {
  return json(status, { error: { code, message, target } });
}

/** An error in Graph's shape. `now`: ms since the epoch. */
export function graphProblem(status: number, code: string, message: string, id: string, now: number): Reply {
  const innerError = { date: new Date(now).toISOString().slice(0, 19), 'request-id': id, 'client-request-id': id };
  return json(status, { error: { code, message, innerError } });
}

/** What a gateway in front of the API answers. */
export function html(status: number, title: string): Reply {
  const body = `<html><head><title>${title}</title></head><body><center><h1>${title}</h1></center></body></html>`;
  return { status, headers: { 'content-type': 'text/html' }, body };
}

/** A known path with the wrong verb: no body at all. */
export function wrongMethod(allow: string): Reply {
  return { status: 405, headers: { allow, 'content-length': '0' }, body: '' };
}
