/** Flags under headings, in the order in which people need them. */
import { flagOf } from './settings.ts';
import type { FlagName } from './flags.ts';

export interface FlagGroup {
  readonly title: string;
  /** Shown by `--help`; the others wait for `--help-all`. */
  readonly first: boolean;
  readonly flags: readonly FlagName[];
}

export const GROUPS: readonly FlagGroup[] = [
  {
    title: 'What, and on which machines',
    first: true,
    flags: ['comment', 'machine', 'from', 'exclude', 'excludeMachine', 'excludeRole', 'column', 'resolve', 'allowEmpty'],
  },
  {
    title: 'Before anything is sent',
    first: true,
    flags: ['dryRun', 'plan', 'planHash', 'maxTargets', 'cap', 'confirm', 'yes', 'facts', 'noFacts', 'allowUnmatchedExclusions'],
  },
  { title: 'In which order, and how far at a time', first: true, flags: ['order', 'waves', 'waveWait'] },
  { title: 'Night after night', first: true, flags: ['ensure', 'release', 'for'] },
  { title: 'To look first', first: true, flags: ['out', 'probe', 'noApi', 'all', 'detailedExitcode'] },
  {
    title: 'When it was interrupted',
    first: true,
    flags: ['resumeIfInterrupted', 'retryFailed', 'retryRefused', 'reissue', 'keep', 'reports'],
  },
  { title: 'After it was sent', first: true, flags: ['wait', 'timeout', 'only', 'format'] },
  { title: 'Where, and as whom', first: true, flags: ['tenant', 'clientId', 'auth', 'cloud', 'state'] },
  { title: 'What comes out', first: true, flags: ['report', 'formats', 'page', 'verify', 'json', 'quiet'] },
  { title: 'Many tenants', first: false, flags: ['tenantColumn', 'tenants'] },
  { title: 'When, and how often', first: true, flags: ['at', 'every', 'timezone', 'name', 'remove'] },
  { title: 'To rehearse', first: true, flags: ['emulator', 'speed', 'port'] },
  { title: 'When to stop', first: false, flags: ['until', 'maxDuration', 'maxErrors', 'failOn', 'outage', 'maxAge', 'planMaxAge'] },
  {
    title: 'Pace and attempts',
    first: false,
    flags: ['rate', 'pace', 'priority', 'reserve', 'concurrency', 'sharedQuota', 'attemptTimeout', 'retries', 'readLag'],
  },
  { title: 'What facts rule out', first: false, flags: ['again', 'callIneligible'] },
  { title: 'Other clouds and tokens', first: false, flags: ['geo', 'apiUrl', 'tokenFile'] },
  {
    title: 'For the record, and for others',
    first: false,
    flags: ['operator', 'notifyFile', 'notifyFormat', 'metricsFile', 'logLevel', 'logFormat'],
  },
  {
    title: 'What the emulator is like',
    first: true,
    flags: [
      'window',
      'latency',
      'listLag',
      'actionTime',
      'fault',
      'duplicates',
      'inProgress',
      'offline',
      'retryAfter',
      'requireAuth',
      'tokenLifetime',
      'seed',
    ],
  },
];

const OTHERS = { title: 'Others', first: false };

/** A command's flags under their headings, empty ones left out; a flag that no group names is under the last. */
export function groupsOf(flags: readonly FlagName[]): readonly FlagGroup[] {
  const named = new Set(GROUPS.flatMap((group) => group.flags));
  return [...GROUPS, { ...OTHERS, flags: flags.filter((flag) => !named.has(flag)) }]
    .map((group) => ({ ...group, flags: group.flags.filter((flag) => flags.includes(flag)) }))
    .filter((group) => group.flags.length > 0);
}

/** What a flag is when nobody says anything, as help says it; undefined where that goes without saying. */
export function defaultText(name: FlagName): string | undefined {
  const flag = flagOf(name);
  const { otherwise, default: value } = flag;
  if (value === undefined || value === false || (Array.isArray(value) && value.length === 0)) return otherwise;
  if (flag.show) return flag.show(value);
  return typeof value === 'string' || typeof value === 'number' ? `${value}` : otherwise;
}
