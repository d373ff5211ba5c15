/** Every flag, once: how it is written, what it means, how it is read, what it is when nobody says anything. */
import type { Limit } from '../core/limit.ts';
import { ORDERS } from '../core/call-order.ts';
import { formatDuration } from '../core/durations.ts';
import type { Cap } from '../core/guards.ts';
import { API_WINDOWS, PACES, parseWindow, windowsFrom } from '../core/rate.ts';
import { PRIORITIES } from '../core/ports.ts';
import { DEFAULT_FAIL_ON, failOnFrom, type FailOn } from '../core/summary.ts';
import { OUTCOMES, type ActionStatus, type Window } from '../core/types.ts';
import { showWaves, wavesFrom, type WaveSize } from '../core/waves.ts';
import { STATES, type InForce } from '../core/in-force.ts';
import { DEFAULT_FORMATS, REPORT_FORMATS, type ReportFormatName } from '../core/report-formats.ts';
import { CLOUDS, GEOS } from '../defender/clouds.ts';
import { AUTH_MODES } from '../defender/credentials/types.ts';
import { UsageError } from '../core/errors.ts';
import { EMULATOR_FLAGS } from './emulator-flags.ts';
import { duration, last, oneOf, text, texts, whole, yesNo, type Flag } from './kinds.ts';
import { NOTICE_FORMATS } from '../notify/notice.ts';

function readRate(given: readonly string[]): readonly Window[] {
  const windows = windowsFrom(given);
  if (typeof windows === 'string') throw new UsageError(`--rate: ${windows}`);
  return windows;
}

function readCountOrPercent(name: string) {
  return (given: readonly string[]): Limit => {
    const match = /^(\d+(?:\.\d+)?)(%?)$/.exec(last(given).trim());
    const value = Number(match?.[1]);
    if (!match || (match[2] === '' && !Number.isInteger(value)) || (match[2] === '%' && value > 100))
      throw new UsageError(`${name} is a whole number or a percentage, such as 500 or 10%, not "${last(given)}"`);
    return match[2] === '%' ? { percent: value } : { count: value };
  };
}

function showCountOrPercent(limit: Limit): string {
  return 'count' in limit ? String(limit.count) : `${limit.percent}%`;
}

function readFailOn(given: readonly string[]): readonly FailOn[] {
  const words = failOnFrom(given);
  if (typeof words === 'string') throw new UsageError(`--fail-on: ${words}`);
  return words;
}

function readCap(given: readonly string[]): Cap {
  const window = parseWindow(last(given));
  if (!window) throw new UsageError(`--cap is a number, a slash and a time, such as 1000/24h, not "${last(given)}"`);
  return { count: window.limit, ms: window.ms };
}

function readWaves(given: readonly string[]): readonly WaveSize[] {
  const sizes = wavesFrom(given);
  if (typeof sizes === 'string') throw new UsageError(`--waves: ${sizes}`);
  return sizes;
}

/** How an action can end other than well. */
const ENDS = ['TimeOut', 'Failed', 'Cancelled'] as const satisfies readonly ActionStatus[];

function readEnds(given: readonly string[]): readonly ActionStatus[] {
  return given.map((text) => {
    const found = ENDS.find((end) => end.toLowerCase() === text.toLowerCase());
    if (found === undefined) throw new UsageError(`--reissue is about actions that ended ${ENDS.join(', ')}, not "${text}"`);
    return found;
  });
}

function readReserve(given: readonly string[]): Window {
  const window = parseWindow(last(given));
  if (!window) throw new UsageError(`--reserve is a number, a slash and a time, such as 200/1h, not "${last(given)}"`);
  return window;
}

const STATUS_FORMATS = ['text', 'ids', 'csv', 'json'] as const;

function readStates(given: readonly string[]): readonly InForce[] {
  return given.map((word) => {
    const known = STATES.find((state) => state === word);
    if (known === undefined) throw new UsageError(`--only: "${word}" is none of ${STATES.join(', ')}`);
    return known;
  });
}

function readFormats(given: readonly string[]): readonly ReportFormatName[] {
  return given
    .filter((word) => word !== '')
    .map((word) => {
      const format = REPORT_FORMATS.find((known) => known === word);
      if (!format) throw new UsageError(`--formats: "${word}" is no format; known are ${REPORT_FORMATS.join(', ')}`);
      return format;
    });
}

function readUntil(given: readonly string[]): string {
  if (!/^([01]?\d|2[0-3]):[0-5]\d$/.test(last(given)))
    throw new UsageError(`--until is a time of day, such as 06:00, not "${last(given)}"`);
  return last(given);
}

export const LOG_FORMATS = ['auto', 'json', 'text'] as const;
function readAt(given: readonly string[]): string {
  const text = last(given).trim();
  if (!/^\d{1,2}:\d\d$/.test(text) && (!/^\d{4}-\d\d-\d\d/.test(text) || Number.isNaN(Date.parse(text))))
    throw new UsageError(`--at is a time, such as 2026-12-01T02:00Z or 02:00, not "${last(given)}"`);
  return /^\d{4}/.test(text) ? text : readUntil([text]);
}

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;
const MINUTE = 60_000;
const DAY = 86_400_000;

const LOOK_UP = yesNo(
  '--resolve',
  'rows may hold DNS names or Entra device ids: look them up; newest: of several active records take the one seen last',
);

export const FLAGS = {
  comment: text('--comment <text>', 'why, for the audit trail; the API requires it. Sent as "[cordon RUN] TEXT"'),
  rate: {
    usage: '--rate <n/window>',
    help: 'quota; one value replaces the window of its length, several replace all',
    many: true,
    kept: true,
    default: API_WINDOWS,
    read: readRate,
    show: (windows) => windows.map(({ limit, ms }) => `${limit}/${formatDuration(ms)}`).join(','),
  } satisfies Flag<readonly Window[]>,
  concurrency: whole('--concurrency <n>', 'requests in flight; of a worker: runs at the same time', 1, 50, { kept: true }),
  attemptTimeout: duration('--attempt-timeout <time>', 'for one request and its answer', 30_000, { kept: true }),
  retries: whole('--retries <n>', 'times a call is sent again after it was shown to have had no effect', 0, 5, { kept: true }),
  readLag: duration('--read-lag <time>', 'how late the API’s lists may show an action', 3 * MINUTE, { kept: true }),
  outage: duration('--outage <time>', 'stop when there was no usable answer for so long', 5 * MINUTE, { kept: true }),
  sharedQuota: yesNo('--shared-quota', 'actions and reads draw on one quota', { kept: true }),
  exclude: texts(
    '--exclude <file>',
    'machines never to be touched, one a line: id, DNS name, name:PATTERN, tag:NAME, group:NAME, os:PATTERN',
  ),
  excludeMachine: texts('--exclude-machine <entry>', 'one more exclusion, as a line of such a file'),
  excludeRole: texts(
    '--exclude-role <role>',
    'leave out machines with this role: DomainController, criticality:0 (asks the exposure graph)',
  ),
  allowUnmatchedExclusions: yesNo(
    '--allow-unmatched-exclusions',
    'exclusions that match nothing, and files without any, are no reason to refuse',
  ),
  machine: texts('--machine <id>', 'one more machine, besides the lists'),
  from: texts(
    '--from <source>',
    'machines that the tenant names: tag:NAME, group:NAME, query:FILE.kql, alert:ID, incident:N, run:RUN[:outcome]',
  ),
  column: text('--column <name>', 'the column of the list that names the machine'),
  resolve: {
    ...LOOK_UP,
    usage: '--resolve [newest]',
    read: (given) => (last(given).trim().toLowerCase() === 'newest' ? 'newest' : LOOK_UP.read(given)),
  } satisfies Flag<boolean | 'newest'> as Flag<boolean | 'newest'>,
  maxTargets: {
    usage: '--max-targets <n|n%>',
    help: 'refuse to call more machines than this (a share: of the onboarded ones)',
    default: { count: 1000 },
    read: readCountOrPercent('--max-targets'),
    show: showCountOrPercent,
  } satisfies Flag<Limit> as Flag<Limit>,
  cap: {
    usage: '--cap <n/time>',
    help: 'refuse if this tenant would get more than n calls of this job in so long, over all runs in the state',
    default: undefined,
    read: readCap,
  } satisfies Flag<Cap | undefined> as Flag<Cap | undefined>,
  maxErrors: {
    usage: '--max-errors <n|n%>',
    help: 'stop sending when there are more errors than this; a share is of the calls, and at least 5',
    kept: true,
    default: { percent: 10 },
    read: readCountOrPercent('--max-errors'),
    show: showCountOrPercent,
  } satisfies Flag<Limit> as Flag<Limit>,
  yes: yesNo('--yes', 'ask no question', { typedOnly: true }),
  confirm: whole('--confirm <n>', 'ask no question, and demand that exactly so many machines are called', 0, undefined, {
    typedOnly: true,
  }),
  dryRun: yesNo('--dry-run', 'the same as preview: send nothing', { typedOnly: true }),
  plan: text('--plan <file>', 'carry out a plan that preview saved'),
  planHash: text('--plan-hash <hash>', 'the plan must have this hash'),
  planMaxAge: duration('--plan-max-age <time>', 'refuse a plan older than this', DAY),
  facts: yesNo('--facts', 'demand machine facts: without them nothing is sent'),
  noFacts: yesNo('--no-facts', 'read no machine facts first'),
  factsTimeout: duration('--facts-timeout <time>', 'go on without machine facts when they take longer', 10_000),
  noApi: yesNo('--no-api', 'make no API call at all'),
  again: yesNo('--again', 'call machines on which the action is in force already'),
  callIneligible: yesNo('--call-ineligible', 'call machines that facts say cannot take the action'),
  order: oneOf('--order <name>', 'which machines are called first', ORDERS, 'list'),
  waves: {
    usage: '--waves <sizes>',
    help: 'so many machines first, each size with those before it: 1,10,10%,100%. The next wave goes out while --max-errors holds',
    many: true,
    kept: true,
    default: [],
    read: readWaves,
    show: showWaves,
  } satisfies Flag<readonly WaveSize[]> as Flag<readonly WaveSize[]>,
  waveWait: duration('--wave-wait <time>', 'wait so long for a wave’s actions to end', 10 * MINUTE, { kept: true }),
  reissue: {
    usage: '--reissue <statuses>',
    help: 'call again the rows whose action ended so: TimeOut, Failed, Cancelled',
    words: ENDS,
    many: true,
    default: [],
    read: readEnds,
  } satisfies Flag<readonly ActionStatus[]> as Flag<readonly ActionStatus[]>,
  ensure: yesNo('--ensure', 'for schedules: see to it that the job is in force on the list’s machines', { kept: true }),
  release: yesNo('--release', 'with --ensure: take it back where earlier --ensure runs did it and the list no longer asks for it', {
    kept: true,
  }),
  for: duration('--for <time>', 'with --ensure: so long after the list last named a machine, --release takes it back', undefined, {
    kept: true,
  }),
  pace: oneOf(
    '--pace <how>',
    'each call as soon as the quota allows (burst), or spread evenly, for a server that refuses bursts',
    PACES,
    'burst',
    { kept: true },
  ),
  priority: oneOf('--priority <name>', 'who gets the next free units of a shared quota', PRIORITIES, 'normal', { kept: true }),
  reserve: {
    usage: '--reserve <n/time>',
    help: 'leave so many units of the quota’s window of that length to others',
    kept: true,
    default: undefined,
    read: readReserve,
  } satisfies Flag<Window | undefined> as Flag<Window | undefined>,
  allowEmpty: yesNo('--allow-empty', 'an empty list is no error'),
  failOn: {
    usage: '--fail-on <outcomes>',
    help: 'outcomes that make exit 3, and open-longer-than=TIME for actions that nobody sees end',
    words: OUTCOMES,
    many: true,
    kept: true,
    default: DEFAULT_FAIL_ON,
    read: readFailOn,
    show: (words) => words.join(','),
  } satisfies Flag<readonly FailOn[]>,
  resumeIfInterrupted: yesNo(
    '--resume-if-interrupted',
    'finish an unfinished run of the same job, tenant, comment and list; else start anew',
  ),
  maxAge: duration('--max-age <time>', 'resume no run older than this', DAY),
  retryFailed: yesNo('--retry-failed', 'call failed rows again'),
  retryRefused: yesNo('--retry-refused', 'call refused rows again'),
  until: text('--until <hh:mm>', 'stop sending at this time of day (local); resumable', { read: readUntil }),
  maxDuration: duration('--max-duration <time>', 'stop sending after so long; resumable', undefined),
  wait: yesNo('--wait', 'after sending, follow the actions until all have ended'),
  timeout: duration('--timeout <time>', 'follow no longer than this: exit 4 when actions are still open', undefined),
  only: {
    usage: '--only <states>',
    help: `machines in these states only: ${STATES.join(', ')}`,
    words: STATES,
    many: true,
    default: [],
    read: readStates,
  } satisfies Flag<readonly InForce[]> as Flag<readonly InForce[]>,
  format: oneOf('--format <format>', 'what is printed', STATUS_FORMATS, 'text'),
  formats: {
    usage: '--formats <list>',
    help: `which reports are written: ${REPORT_FORMATS.join(', ')}`,
    many: true,
    kept: true,
    default: DEFAULT_FORMATS,
    words: REPORT_FORMATS,
    show: (value) => value.join(','),
    read: readFormats,
  } satisfies Flag<readonly ReportFormatName[]> as Flag<readonly ReportFormatName[]>,
  verify: text('--verify <dir>', 'write nothing: compare the reports in a folder with their checksums and with the state'),
  page: yesNo('--page', 'show the run as a live page of this machine; prints its address', { typedOnly: true }),
  report: text('--report <dir>', 'where the reports go; {run} is replaced', { kept: true, otherwise: 'reports/{run}' }),
  to: text('--to <dir>', 'the folder for packages'),
  out: text('--out <file>', 'save the plan, or what a probe saw'),
  probe: text('--probe <machine>', 'restrict and release this lab machine once, and write down what the API does', { typedOnly: true }),
  detailedExitcode: yesNo('--detailed-exitcode', 'exit 20 when there is work to do, 0 when there is none'),
  all: yesNo('--all', 'show every row'),
  state: text('--state <path>', 'the file that keeps runs and the quota, or postgres://USER@HOST/DATABASE', {
    otherwise: 'cordon/state.db in $XDG_STATE_HOME or ~/.local/state, on Windows in %LOCALAPPDATA%',
  }),
  cloud: oneOf('--cloud <name>', 'Microsoft cloud', CLOUDS, 'commercial', { kept: true }),
  geo: oneOf('--geo <name>', 'regional host of the commercial cloud', GEOS, undefined, { kept: true }),
  apiUrl: text('--api-url <url>', 'another API host: https, or http on loopback', { kept: true }),
  tenant: text('--tenant <id>', 'Entra tenant (or AZURE_TENANT_ID)'),
  clientId: text('--client-id <id>', 'app registration or user-assigned identity (or AZURE_CLIENT_ID)'),
  auth: oneOf('--auth <mode>', 'how to sign in', AUTH_MODES, undefined, {
    kept: true,
    otherwise: 'by what the environment holds',
  }),
  tokenFile: text('--token-file <file>', 'a file that holds an access token'),
  operator: text('--operator <name>', 'who is acting', { otherwise: 'the OS user' }),
  emulator: yesNo('--emulator', 'against a built-in emulator: nothing real is touched', { typedOnly: true }),
  speed: whole('--speed <n>', 'the emulator’s clock runs n times faster, and so does the quota', 1, 1, { kept: true }),
  tenantColumn: text('--tenant-column <name>', 'one run for each tenant that this column of the list names; auto: found by its header'),
  tenants: text('--tenants <file>', 'JSON that names tenants, and where the credential of each is kept (docs/fleet.md)'),
  at: text('--at <time>', 'not before this time: 2026-12-01T02:00Z, or 02:00 (local, the next one)', { typedOnly: true, read: readAt }),
  every: text('--every <cron>', 'again and again: five fields, such as "0 2 * * *"; the list is read anew each time', { typedOnly: true }),
  timezone: text('--timezone <name>', 'whose clock --every means: an IANA name, such as Europe/Berlin', {
    typedOnly: true,
    otherwise: 'UTC',
  }),
  name: text('--name <name>', 'the name of the schedule; one of the same name is replaced', { typedOnly: true, otherwise: 'the job’s' }),
  remove: text('--remove <name>', 'remove the schedule of this name', { typedOnly: true }),
  keep: duration('--keep <time>', 'runs younger than this stay', 90 * DAY),
  reports: text('--reports <dir>', 'the folder that holds the runs’ reports: those of runs that are gone go too'),
  metricsFile: text('--metrics-file <file>', 'Prometheus text: rows, statuses, quota, seconds, last success; at the end and every minute', {
    kept: true,
  }),
  notifyFile: text(
    '--notify-file <file>',
    'a file that holds the address to tell of start, stall and end (or the address itself in CORDON_NOTIFY_URL)',
  ),
  notifyFormat: oneOf('--notify-format <format>', 'what is posted there', NOTICE_FORMATS, 'json'),
  ...EMULATOR_FLAGS,
  json: yesNo('--json', 'print one JSON object at the end'),
  logLevel: oneOf('--log-level <level>', 'least level of log lines on stderr', LOG_LEVELS, 'info'),
  logFormat: oneOf('--log-format <format>', 'what goes to stderr; auto: text on a terminal, JSON lines elsewhere', LOG_FORMATS, 'auto'),
  quiet: yesNo('--quiet', 'warnings and errors only'),
} as const satisfies Readonly<Record<string, unknown>>;

export type FlagName = keyof typeof FLAGS;
