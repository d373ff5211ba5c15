/** The emulator's flags: what `cordon emulate` can be told. */
import { UsageError } from '../core/errors.ts';
import { parseDuration } from '../core/durations.ts';
import { FAULT_NAMES, NO_FAULTS, parseFaults, type Faults } from '../emulator/world/faults.ts';
import { duration, last, oneOf, span, text, texts, whole, yesNo, type Flag } from './kinds.ts';

const WINDOW_KINDS = ['sliding', 'fixed', 'bucket', 'weighted'] as const;
const DUPLICATE_ANSWERS = ['refuse', 'return', 'mixed', 'stack'] as const;
const RETRY_AFTER_FORMS = ['header', 'date', 'text', 'none'] as const;
const LISTS = ['whole', 'skip-ignored', 'pages-repeated', 'endless'] as const;

/** `0.1` or `10%`. */
function share(usage: string, help: string): Flag<number> {
  const read = (given: readonly string[]): number => {
    const [, number, percent] = /^(\d*\.?\d+)(%?)$/.exec(last(given)) ?? [];
    const value = Number(number) / (percent === '%' ? 100 : 1);
    if (value <= 1) return value;
    throw new UsageError(`${usage.split(' ')[0]} is a share from 0 to 1, or from 0% to 100%, not "${last(given)}"`);
  };
  return { usage, help, default: 0, read };
}

/** `2h`, or `-2h` for a clock that is behind. */
function readOffset(given: readonly string[]): number {
  const [, sign = '', size = ''] = /^([+-]?)(.*)$/.exec(last(given)) ?? [];
  const ms = parseDuration(size);
  if (ms === undefined) throw new UsageError(`--clock-offset is a time, such as 2h or -2h, not "${last(given)}"`);
  return sign === '-' ? -ms : ms;
}

export const EMULATOR_FLAGS = {
  port: whole('--port <n>', 'where to listen, on loopback only; 0 takes any free port', 0, 0),
  window: oneOf('--window <kind>', 'how the emulator counts its quota', WINDOW_KINDS, 'sliding'),
  latency: span('--latency <min-max>', 'round trip added to each request', [0, 0]),
  listLag: duration('--list-lag <time>', 'how late a new action shows in the emulator’s lists', 0),
  actionTime: span(
    '--action-time <min-max>',
    'until an online machine’s action has succeeded, by the emulator’s clock and longer for some types',
    undefined,
  ),
  fault: {
    usage: '--fault <name=share>',
    help: `what goes wrong, and how often: ${FAULT_NAMES.join(', ')}`,
    many: true,
    default: NO_FAULTS,
    read: (given) => parseFaults(given.join(',')),
  } satisfies Flag<Faults> as Flag<Faults>,
  duplicates: oneOf('--duplicates <answer>', 'what a second action of one type is answered', DUPLICATE_ANSWERS, 'refuse'),
  inProgress: text('--in-progress <file|share>', 'machines with an action of somebody else: a list, or a share such as 10%'),
  offline: text('--offline <file|share>', 'machines that do not answer: a list, or a share such as 10%'),
  offlineFor: span('--offline-for <min-max>', 'until such a machine is back, by the emulator’s clock; for ever when not given', undefined),
  failing: text('--failing <file|share>', 'machines whose actions always fail: a list, or a share such as 2%'),
  actionFailures: share('--action-failures <share>', 'actions that fail by chance'),
  cancelledInVain: share('--cancelled-in-vain <share>', 'cancelled actions that were carried out all the same'),
  absentFiles: text(
    '--absent-files <file|share>',
    'files that are on no machine: a list of SHA-1, or a share of all files on all machines',
  ),
  disallowed: text('--disallowed <file|share>', 'machines in a group without an automation level (403): a list, or a share'),
  rejectTokens: text('--reject-tokens <reason>', 'refuse every token for this reason, such as "Account mode is inactive"'),
  listTrouble: oneOf('--list-trouble <kind>', 'what is wrong with lists', LISTS, 'whole'),
  pageSize: whole('--page-size <n>', 'most rows of a list’s page, whatever $top says', 1, 10_000),
  maxUrl: whole('--max-url <n>', 'longest address in characters; longer ones are a 414; no limit when not given', 1, undefined),
  clockOffset: {
    usage: '--clock-offset <time>',
    help: 'how far the emulator’s clock is ahead, or behind: 2h, -2h',
    default: 0,
    read: readOffset,
  } satisfies Flag<number> as Flag<number>,
  oddTags: share('--odd-tags <share>', 'machines whose tags are no list of texts'),
  hugeBytes: whole('--huge-bytes <n>', 'length of a huge answer', 1, 60_000_000),
  fleet: text('--fleet <file>', 'machine records as the API shows them (JSON list): tags, groups, platforms and so on'),
  alerts: text('--alerts <file>', 'alerts and incidents: JSON {"alerts": […], "incidents": [{"incidentId", "machineIds"}]}'),
  hunting: text('--hunting <file>', 'what hunting queries find: JSON list of {"match", "results", "count", "error"}'),
  retryAfter: oneOf('--retry-after <form>', 'how the emulator’s 429 tells the wait', RETRY_AFTER_FORMS, 'header'),
  alsoTenant: texts('--also-tenant <id>', 'another tenant that consented to the same app'),
  unconsented: texts('--unconsented <id>', 'a tenant in which nobody consented to the app'),
  requireAuth: yesNo('--require-auth', 'only tokens of the emulator’s own endpoints pass'),
  tokenLifetime: duration('--token-lifetime <time>', 'of the emulator’s tokens, by its clock', 3_599_000),
  seed: whole('--seed <n>', 'of the emulator’s chance', 0, 1),
} as const satisfies Readonly<Record<string, unknown>>;
