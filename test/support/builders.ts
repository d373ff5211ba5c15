/** Small builders with defaults: a test names only what it is about. */
import { exclusionsOf, isBadEntry, parseExclusion, type Exclusion, type Exclusions } from '../../src/core/exclusions.ts';
import type { MachineAction, MachineFacts, PlannedRow, Run, RunRow } from '../../src/core/types.ts';

/** The n-th machine id: 40 hex digits. */
export function machineId(n: number): string {
  return n.toString(16).padStart(40, '0');
}

export function aRun(overrides: Partial<Run> = {}): Run {
  return {
    id: 'r-20261123-101530-k3f9',
    job: 'restrict',
    tenant: 'contoso',
    clientId: 'app',
    host: 'https://api.security.microsoft.com',
    comment: 'INC-7',
    operator: 'ana',
    emulated: false,
    listHash: 'abc',
    planHash: null,
    settings: { retries: ['5'] },
    createdAt: 1_000_000,
    finishedAt: null,
    status: 'running',
    exitCode: null,
    note: null,
    observed: null,
    ...overrides,
  };
}

/** A row that the API created an action for. */
export function aRunRow(row: number, overrides: Partial<RunRow> = {}): RunRow {
  return {
    row,
    machineId: machineId(row),
    deviceName: 'pc1',
    file: 'list.csv',
    line: row + 1,
    outcome: 'created',
    actionId: 'a1',
    actionStatus: 'Pending',
    httpStatus: 201,
    errorCode: null,
    message: null,
    attempts: 1,
    firstSentAt: Date.UTC(2026, 10, 23, 10, 15, 30, 7),
    settledAt: Date.UTC(2026, 10, 23, 10, 15, 31),
    ...overrides,
  };
}

export function aRow(row: number, overrides: Partial<PlannedRow> = {}): PlannedRow {
  return { row, machineId: machineId(row), deviceName: '', file: 'list.csv', line: row + 1, ...overrides };
}

export function rows(count: number): PlannedRow[] {
  return Array.from({ length: count }, (_, i) => aRow(i + 1));
}

export function anAction(overrides: Partial<MachineAction> = {}): MachineAction {
  return {
    id: 'ed74c544-91d4-414d-8805-5c26e028ef7e',
    type: 'RestrictCodeExecution',
    status: 'Pending',
    machineId: machineId(1),
    requestor: 'cordon app',
    requestorComment: '[cordon r-20261123-101530-k3f9] INC-7',
    computerDnsName: 'pc1',
    creationDateTimeUtc: '2026-11-23T10:15:31.1447302Z',
    ...overrides,
  };
}

export function someFacts(overrides: Partial<MachineFacts> = {}): MachineFacts {
  return {
    id: machineId(1),
    computerDnsName: 'pc1.contoso.com',
    osPlatform: 'Windows11',
    osBuild: 22_631,
    version: '23H2',
    healthStatus: 'Active',
    onboardingStatus: 'Onboarded',
    lastSeen: '2026-11-23T02:51:16.2059102Z',
    aadDeviceId: null,
    mergedIntoMachineId: null,
    isPotentialDuplication: false,
    isExcluded: false,
    machineTags: [],
    rbacGroupName: '',
    ...overrides,
  };
}

/** An exclusion as a line of spare.txt. */
function anExclusion(text: string, line = 1): Exclusion {
  const parsed = parseExclusion(text, 'spare.txt', line);
  if (parsed === undefined || isBadEntry(parsed)) throw new Error(`no exclusion: ${text}`);
  return parsed;
}

export function excluding(...lines: readonly string[]): Exclusions {
  return exclusionsOf(lines.map((text, i) => anExclusion(text, i + 1)));
}
