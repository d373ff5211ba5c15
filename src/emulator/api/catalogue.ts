/** The API's machine actions: path, type, permission and parameters. A new one is one entry. */
import type { ActionType } from '../../core/types.ts';
import { parseObject } from '../json.ts';

export interface ActionApi {
  /** Last segment of the path, as the documents write it; quota is counted under it. */
  readonly segment: string;
  readonly type: ActionType;
  readonly permission: string;
  readonly windowsOnly: boolean;
  /** Parameters besides the comment. */
  readonly parameters: readonly Parameter[];
}

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

/** @see mde-api.md §1 */
export const ACTION_APIS: readonly ActionApi[] = [
  api('restrictCodeExecution', 'RestrictCodeExecution', 'Machine.RestrictExecution', { windowsOnly: true }),
  api('unrestrictCodeExecution', 'UnrestrictCodeExecution', 'Machine.RestrictExecution', { windowsOnly: true }),
  api('isolate', 'Isolate', 'Machine.Isolate', { parameters: [isolationType] }),
  api('unisolate', 'Unisolate', 'Machine.Isolate'),
  api('runAntiVirusScan', 'RunAntiVirusScan', 'Machine.Scan', { parameters: [scanType] }),
  api('collectInvestigationPackage', 'CollectInvestigationPackage', 'Machine.CollectForensics'),
  api('StopAndQuarantineFile', 'StopAndQuarantineFile', 'Machine.StopAndQuarantine', { windowsOnly: true, parameters: [sha1] }),
  api('offboard', 'Offboard', 'Machine.Offboard', { windowsOnly: true }),
];

function api(segment: string, type: ActionType, permission: string, special: Partial<ActionApi> = {}): ActionApi {
  return { segment, type, permission, windowsOnly: false, parameters: [], ...special };
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
