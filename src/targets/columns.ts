/** Which column of a list names the machine. Names are compared without case, spaces, underscores and hyphens. */
import { squashed } from '../core/column-names.ts';
import type { UsageError } from '../core/errors.ts';
import { complaint, excerpt } from './complaint.ts';

/** What the reader is to look for. */
export interface WantedColumns {
  /** The column that the user named; nothing else will do then. */
  readonly column: string | undefined;
  /** Columns to take, in this order, when none holds machine ids. */
  readonly standIns: readonly string[];
  /** What the user can do when no column will do. */
  readonly hint: string;
}

/** The more specific first: an export may have an `id` of something else beside the machine's. */
const ID_COLUMNS = ['machineId', 'DeviceId', 'id'];
/** Columns that hold a DNS or host name. */
export const NAME_COLUMNS = ['computerDnsName', 'DeviceName', 'DnsName', 'FQDN', 'HostName', 'ComputerName', 'MachineName'];
/** Columns that hold an Entra device id. */
export const ENTRA_COLUMNS = ['AadDeviceId', 'AzureAdDeviceId', 'EntraDeviceId', 'MicrosoftEntraDeviceId'];
const DEVICE_NAME_COLUMNS = ['DeviceName', ...NAME_COLUMNS];
const KNOWN = new Set([...ID_COLUMNS, ...NAME_COLUMNS, ...ENTRA_COLUMNS].map(squashed));

/** Whether a record is a header: it holds a known name, or the one that the user gave. */
export function isHeader(cells: readonly string[], wanted: WantedColumns): boolean {
  if (wanted.column !== undefined && find(cells, wanted.column) >= 0) return true;
  return cells.some((cell) => KNOWN.has(squashed(cell)));
}

/** Index of the column that names the machine, or -1. */
export function machineColumn(names: readonly string[], wanted: WantedColumns): number {
  return firstOf(names, wanted.column === undefined ? [...ID_COLUMNS, ...wanted.standIns] : [wanted.column]);
}

/** Index of the column that holds the device's name, or -1. */
export function deviceNameColumn(names: readonly string[]): number {
  return firstOf(names, DEVICE_NAME_COLUMNS);
}

/** The error for a list in which no column names the machine. */
export function noColumn(file: string, line: number, names: readonly string[], wanted: WantedColumns): UsageError {
  const missing = wanted.column === undefined ? 'no column of machine ids' : `no column ${excerpt(wanted.column)}`;
  const found = names.slice(0, 40).map(excerpt).join(', ');
  return complaint(file, line, `${missing}; ${found === '' ? 'the list has no header' : `found: ${found}`}`, wanted.hint);
}

function firstOf(names: readonly string[], wanted: readonly string[]): number {
  for (const name of wanted) {
    const index = find(names, name);
    if (index >= 0) return index;
  }
  return -1;
}

/** The closest spelling wins: as written, then without case, then squashed. */
function find(names: readonly string[], name: string): number {
  for (const form of [String, lower, squashed]) {
    const index = names.findIndex((candidate) => form(candidate) === form(name));
    if (index >= 0) return index;
  }
  return -1;
}

function lower(name: string): string {
  return name.trim().toLowerCase();
}
