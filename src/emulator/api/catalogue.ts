/** The API's machine actions: path, type, permission and parameters. A new one is one entry. */
import type { ActionType } from '../../core/types.ts';
import { parseObject } from '../json.ts';

export interface ActionApi {
  /** Last segment of the path, as the documents write it; quota is counted under it. */
  readonly segment: string;
  readonly type: ActionType;
  readonly permission: string;
  /** Needs a permission to read machines besides: recorded of quarantine alone (mde-actions.md §1). */
  readonly readsToo: boolean;
  readonly windowsOnly: boolean;
  /** The first Windows version that takes it; servers are older and take most. */
  readonly oldest: Oldest;
  /** A second one while the first runs is refused, and never answered with the first. */
  readonly neverReturned: boolean;
  /** Parameters besides the comment. */
  readonly parameters: readonly Parameter[];
}

interface Oldest {
  readonly version: string;
  readonly build: number;
  readonly onServers: boolean;
}

const V1703: Oldest = { version: '1703', build: 15_063, onServers: false };
const V1709: Oldest = { version: '1709', build: 16_299, onServers: false };
/** Code-integrity policies are as old on servers. */
const POLICIES: Oldest = { ...V1709, onServers: true };

interface Parameter {
  readonly name: string;
  readonly required: boolean;
  readonly form: RegExp;
  /** The error code of a value that has not this form. */
  readonly code: 'InvalidInput' | 'InvalidHashValue';
}

const scanType: Parameter = { name: 'ScanType', required: true, form: /^(Quick|Full)$/, code: 'InvalidInput' };
const isolationType: Parameter = {
  name: 'IsolationType',
  required: false,
  form: /^(Full|Selective|UnManagedDevice)$/,
  code: 'InvalidInput',
};
const sha1: Parameter = { name: 'Sha1', required: true, form: /^[0-9a-f]{40}$/i, code: 'InvalidHashValue' };

const RESTRICT = { windowsOnly: true, oldest: POLICIES };

/** @see mde-api.md §1, mde-actions.md §1 */
export const ACTION_APIS: readonly ActionApi[] = [
  api('restrictCodeExecution', 'RestrictCodeExecution', 'Machine.RestrictExecution', RESTRICT),
  api('unrestrictCodeExecution', 'UnrestrictCodeExecution', 'Machine.RestrictExecution', RESTRICT),
  api('isolate', 'Isolate', 'Machine.Isolate', { parameters: [isolationType] }),
  api('unisolate', 'Unisolate', 'Machine.Isolate'),
  api('runAntiVirusScan', 'RunAntiVirusScan', 'Machine.Scan', { oldest: V1709, parameters: [scanType] }),
  api('collectInvestigationPackage', 'CollectInvestigationPackage', 'Machine.CollectForensics', { neverReturned: true }),
  api('StopAndQuarantineFile', 'StopAndQuarantineFile', 'Machine.StopAndQuarantine', {
    windowsOnly: true,
    readsToo: true,
    parameters: [sha1],
  }),
  api('offboard', 'Offboard', 'Machine.Offboard', { windowsOnly: true }),
];

function api(segment: string, type: ActionType, permission: string, special: Partial<ActionApi> = {}): ActionApi {
  return {
    segment,
    type,
    permission,
    readsToo: false,
    windowsOnly: false,
    oldest: V1703,
    neverReturned: false,
    parameters: [],
    ...special,
  };
}

/** What a request body asks for. */
export interface Order {
  readonly comment: string;
  readonly scope: string | null;
  readonly sha1: string | null;
}

/** Why a body is refused: code and message of the error. */
export interface BodyFault {
  readonly code: string;
  readonly message: string;
}

/** Reads a POST's body. Names are case-sensitive, and a comment is required. */
export function readOrder(api: ActionApi, text: string): Order | BodyFault {
  const body = parseObject(text);
  const names = ['Comment', ...api.parameters.map(({ name }) => name)];
  if (body === undefined || miscased(body, names)) return { code: 'InvalidRequestBody', message: 'Request body is incorrect' };
  const missing = ['Comment', ...api.parameters.filter(({ required }) => required).map(({ name }) => name)].find((name) => !body[name]);
  if (missing) return { code: 'MissingRequiredParameter', message: `Parameter ${missing} is missing` };
  const value = (name: string): string | null => (typeof body[name] === 'string' ? body[name] : null);
  const bad = api.parameters.find(({ name, form }) => name in body && !form.test(value(name) ?? ''));
  if (bad) return { code: bad.code, message: `Parameter ${bad.name} is not valid` };
  return { comment: value('Comment') ?? '', scope: value('IsolationType') ?? value('ScanType'), sha1: value('Sha1') };
}

/** Whether a parameter's name is in the wrong case, or its value no text. */
function miscased(body: object, names: readonly string[]): boolean {
  const lower = new Set(names.map((name) => name.toLowerCase()));
  return Object.entries(body).some(([key, value]) =>
    names.includes(key) ? value !== null && typeof value !== 'string' : lower.has(key.toLowerCase()),
  );
}
