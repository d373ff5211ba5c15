/** What an emulator is like where it is told nothing. */
import { API_WINDOWS } from '../../core/rate.ts';
import { NO_FAULTS } from './faults.ts';
import type { EmulatorOptions } from './options.ts';

export const DEFAULT_OPTIONS: EmulatorOptions = {
  port: 0,
  machines: 'any',
  unknown: [],
  inProgress: [],
  blockedBy: [],
  offline: [],
  failing: [],
  absentFiles: [],
  fleet: [],
  alerts: [],
  incidents: [],
  hunting: () => undefined,
  huntingRows: 100_000,
  huntingOverflow: 'cut',
  huntingBytes: 124_000_000,
  inProgressShare: 0,
  offlineShare: 0,
  failingShare: 0,
  actionFailures: 0,
  absentFileShare: 0,
  offlineForMs: undefined,
  duplicates: 'refuse',
  cancelledInVain: 0,
  rate: API_WINDOWS,
  windowKind: 'sliding',
  countRejected: true,
  retryAfter: 'header',
  speed: 1,
  latencyMs: [0, 0],
  listLagMs: 0,
  actionMs: [2000, 20_000],
  actionMsOf: {
    Unisolate: [1700, 25_000],
    RunAntiVirusScan: [20_000, 60_000],
    CollectInvestigationPackage: [20_000, 90_000],
    StopAndQuarantineFile: [10_000, 34_000],
  },
  packageBytes: [2000, 20_000],
  quotedLinks: true,
  linkLifetimeMs: 1_800_000,
  lateMs: 5000,
  faults: NO_FAULTS,
  unauthorized: undefined,
  disallowed: [],
  disallowedShare: 0,
  maxUrl: Infinity,
  lists: 'whole',
  clockOffsetMs: 0,
  mergedAnswers: 'old',
  oddTagShare: 0,
  hugeBytes: 60_000_000,
  seed: 1,
  pageSize: 10_000,
  tenant: '00000000-0000-4000-a000-00000000e001',
  alsoTenants: [],
  unconsented: [],
  clientId: '00000000-0000-4000-a000-00000000e002',
  clientSecret: 'emulated-secret',
  roles: [
    'Machine.RestrictExecution',
    'Machine.Isolate',
    'Machine.Scan',
    'Machine.CollectForensics',
    'Machine.StopAndQuarantine',
    'Machine.Offboard',
    'Machine.LiveResponse',
    'Machine.ReadWrite.All',
    'Machine.Read.All',
    'Alert.ReadWrite.All',
    'Incident.Read.All',
    'AdvancedQuery.Read.All',
    'AdvancedHunting.Read.All',
  ],
  graphRoles: ['ThreatHunting.Read.All'],
  tokenLifetimeS: 3599,
  requireAuth: false,
};

/** The options with every default filled in; a faster clock makes actions finish faster unless `actionMs` says otherwise. */
export function complete(given: Partial<EmulatorOptions>): EmulatorOptions {
  const { speed, actionMs } = { ...DEFAULT_OPTIONS, ...given };
  if (given.actionMs) return { ...DEFAULT_OPTIONS, actionMsOf: {}, ...given };
  const faster = ([low, high]: Span): Span => [low / speed, high / speed];
  const actionMsOf = Object.fromEntries(Object.entries(DEFAULT_OPTIONS.actionMsOf).map(([type, span]) => [type, faster(span)]));
  return { ...DEFAULT_OPTIONS, actionMs: faster(actionMs), actionMsOf, ...given };
}

type Span = readonly [number, number];
