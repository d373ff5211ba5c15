/** Every command: its words, its flags, and where it is carried out. A new one is a file beside this one and an entry here. */
import type { ExitCode } from '../../core/exit.ts';
import type { FlagName } from '../../settings/flags.ts';
import type { Cli, CommandInput } from '../context.ts';

export interface CommandSpec {
  /** As commander wants it: `run [job] [lists...]`. */
  readonly usage: string;
  readonly summary: string;
  /** What else the command's own help says. */
  readonly about?: string;
  readonly flags: readonly FlagName[];
  /** Ends of the help text: one example a line. */
  readonly examples: readonly string[];
  /** Loads the command's code only now: `--help` must be quick. */
  carryOut(input: CommandInput, cli: Cli): Promise<ExitCode>;
}

const OUTPUT: readonly FlagName[] = ['json', 'logLevel', 'quiet'];
const WHERE: readonly FlagName[] = ['cloud', 'geo', 'apiUrl', 'tenant', 'clientId', 'auth', 'tokenFile', 'state'];
const LIST: readonly FlagName[] = [
  'machine',
  'from',
  'column',
  'exclude',
  'excludeMachine',
  'excludeRole',
  'allowUnmatchedExclusions',
  'allowEmpty',
];
const FACTS: readonly FlagName[] = ['facts', 'noFacts', 'factsTimeout', 'resolve', 'again', 'callIneligible'];
const PLAN: readonly FlagName[] = ['plan', 'planHash', 'planMaxAge'];
const PREVIEW: readonly FlagName[] = ['noApi', 'out', 'detailedExitcode', 'all'];
const WAIT: readonly FlagName[] = ['wait', 'timeout'];
const READS: readonly FlagName[] = ['attemptTimeout', 'outage', 'sharedQuota', 'rate'];
const NOTICES: readonly FlagName[] = ['notifyFile', 'notifyFormat', 'metricsFile'];
const PACE: readonly FlagName[] = [
  'rate',
  'concurrency',
  'attemptTimeout',
  'retries',
  'readLag',
  'outage',
  'sharedQuota',
  'priority',
  'reserve',
  'maxErrors',
  'failOn',
];

export const commands: readonly CommandSpec[] = [
  {
    usage: 'run [job] [lists...]',
    summary: 'carry out a job on every machine of the lists',
    flags: [
      'comment',
      ...LIST,
      ...FACTS,
      ...PLAN,
      ...PREVIEW,
      'dryRun',
      'order',
      'waves',
      'waveWait',
      'ensure',
      'release',
      'for',
      'maxTargets',
      'cap',
      'yes',
      'confirm',
      'resumeIfInterrupted',
      'maxAge',
      'until',
      'maxDuration',
      ...WAIT,
      ...NOTICES,
      ...PACE,
      'report',
      'formats',
      'page',
      'operator',
      ...WHERE,
      'emulator',
      'speed',
      ...OUTPUT,
    ],
    examples: [
      'cordon run restrict machines.csv --comment "INC-1234 ransomware" --exclude servers.txt --confirm 240',
      'cordon run restrict machines.csv --comment "INC-1234" --order active-first --waves 1,10,10%,100%',
      'cordon run restrict watchlist.csv --comment "nightly" --ensure --release --yes --max-targets 50',
      'cordon run --plan plan.json --plan-hash 3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855a',
    ],
    carryOut: async (input, cli) => (await import('./run.ts')).run(input, cli),
  },
  {
    usage: 'preview [job] [lists...]',
    summary: 'show what a run would do, why, how long it would take and what would stop it; sends nothing',
    flags: [
      'comment',
      ...LIST,
      ...FACTS,
      ...PREVIEW,
      'order',
      'maxTargets',
      'cap',
      'confirm',
      ...PACE,
      'report',
      'formats',
      'operator',
      ...WHERE,
      'emulator',
      'speed',
      ...OUTPUT,
    ],
    examples: [
      'cordon preview restrict machines.csv --comment "INC-1234 ransomware" --out plan.json',
      'cordon preview restrict machines.csv --no-api --all',
    ],
    carryOut: async (input, cli) => (await import('./preview.ts')).preview(input, cli),
  },
  {
    usage: 'resume [run]',
    summary: 'go on with an interrupted run: the newest unfinished one if none is named',
    flags: [
      'comment',
      'maxAge',
      'retryFailed',
      'retryRefused',
      'reissue',
      'waves',
      'waveWait',
      'yes',
      'until',
      'maxDuration',
      ...WAIT,
      ...NOTICES,
      ...PACE,
      'report',
      'formats',
      ...WHERE,
      'emulator',
      ...OUTPUT,
    ],
    examples: [
      'cordon resume',
      'cordon resume r-20261123-101530-k3f9 --retry-failed',
      'cordon resume r-20261123-101530-k3f9 --reissue TimeOut --max-age 30d',
    ],
    carryOut: async (input, cli) => (await import('./resume.ts')).resume(input, cli),
  },
  {
    usage: 'follow [run]',
    summary: 'look at the actions of a run until all have ended: of the newest one if none is named; also while it still sends',
    flags: ['timeout', ...READS, 'metricsFile', 'report', ...WHERE, ...OUTPUT],
    examples: ['cordon follow', 'cordon follow r-20261123-101530-k3f9 --timeout 2h'],
    carryOut: async (input, cli) => (await import('./follow.ts')).follow(input, cli),
  },
  {
    usage: 'status [run-or-job] [lists...]',
    summary: "what is in force on the machines of a run or of lists, as the API's record says; sends nothing",
    about: [
      'It is what is last known: no API says "restricted now". It cannot see a machine that was released by force, on the spot or by an expiry,',
      'one that was rebuilt under a new id, or actions that the service no longer keeps. For isolation it asks hunting as well',
      '(DeviceInfo.MitigationStatus, where ThreatHunting.Read.All is granted) and says where that disagrees.',
    ].join(' '),
    flags: ['only', 'format', 'all', 'machine', 'from', 'column', 'allowEmpty', ...READS, ...WHERE, ...OUTPUT],
    examples: ['cordon status r-20261123-101530-k3f9', 'cordon status restrict machines.csv --only pending,ended --format ids > again.txt'],
    carryOut: async (input, cli) => (await import('./status.ts')).status(input, cli),
  },
  {
    usage: 'undo [run]',
    summary:
      'the inverse job on exactly the machines for which that run created an action, as a run of its own; open actions are cancelled instead',
    flags: [
      'comment',
      'dryRun',
      'exclude',
      'excludeMachine',
      'allowUnmatchedExclusions',
      'factsTimeout',
      'maxTargets',
      'cap',
      'yes',
      'confirm',
      'until',
      'maxDuration',
      ...WAIT,
      ...NOTICES,
      ...PACE,
      'report',
      'operator',
      ...WHERE,
      ...OUTPUT,
    ],
    examples: ['cordon undo r-20261123-101530-k3f9 --dry-run', 'cordon undo r-20261123-101530-k3f9 --confirm 240 --wait'],
    carryOut: async (input, cli) => (await import('./undo.ts')).undo(input, cli),
  },
  {
    usage: 'cancel [run]',
    summary: "cancel a run's own actions that have not ended, by their ids; nobody else's",
    flags: ['comment', 'dryRun', 'maxTargets', 'yes', 'confirm', 'retries', ...READS, 'operator', ...WHERE, ...OUTPUT],
    examples: ['cordon cancel r-20261123-101530-k3f9 --dry-run', 'cordon cancel r-20261123-101530-k3f9 --confirm 31'],
    carryOut: async (input, cli) => (await import('./cancel.ts')).cancel(input, cli),
  },
  {
    usage: 'stop [run]',
    summary: 'the process that works on a run sends nothing more within two seconds; the run can be resumed',
    flags: ['state', 'emulator', ...OUTPUT],
    examples: ['cordon stop r-20261123-101530-k3f9'],
    carryOut: async (input, cli) => (await import('./stop.ts')).stop(input, cli),
  },
  {
    usage: 'download [run]',
    summary: 'fetch the packages that a run of collect left: of the newest one if none is named; again goes on',
    flags: ['to', 'sharedQuota', 'attemptTimeout', 'outage', ...WHERE, ...OUTPUT],
    examples: ['cordon download r-20261123-101530-k3f9 --to evidence'],
    carryOut: async (input, cli) => (await import('./download.ts')).download(input, cli),
  },
  {
    usage: 'report [run]',
    summary: 'write the reports of a run again: of the newest one if none is named',
    flags: ['report', 'formats', 'verify', 'state', 'emulator', ...OUTPUT],
    examples: [
      'cordon report r-20261123-101530-k3f9 --report evidence/{run}',
      'cordon report r-20261123-101530-k3f9 --verify evidence/r-20261123-101530-k3f9',
    ],
    carryOut: async (input, cli) => (await import('./report.ts')).report(input, cli),
  },
  {
    usage: 'runs',
    summary: 'list the runs in the state, newest first',
    flags: ['state', 'emulator', ...OUTPUT],
    examples: ['cordon runs --json'],
    carryOut: async (input, cli) => (await import('./runs.ts')).runs(input, cli),
  },
  {
    usage: 'prune',
    summary: 'remove finished runs from the state, older than --keep',
    flags: ['keep', 'reports', 'state', 'emulator', ...OUTPUT],
    examples: ['cordon prune --keep 90d'],
    carryOut: async (input, cli) => (await import('./prune.ts')).prune(input, cli),
  },
  {
    usage: 'serve',
    summary: 'the runs of the state as live pages on loopback, read only, also while they work',
    flags: ['port', 'state', 'emulator', ...OUTPUT],
    examples: ['cordon serve', 'cordon serve --state /srv/cordon/state.db --port 4200'],
    carryOut: async (input, cli) => (await import('./serve.ts')).serve(input, cli),
  },
  {
    usage: 'emulate [lists...]',
    summary: 'the emulator as a server of its own, holding the machines of the lists (none: any machine)',
    flags: [
      'port',
      'speed',
      'rate',
      'window',
      'retryAfter',
      'latency',
      'listLag',
      'listTrouble',
      'pageSize',
      'actionTime',
      'actionFailures',
      'failing',
      'offline',
      'offlineFor',
      'inProgress',
      'duplicates',
      'cancelledInVain',
      'absentFiles',
      'disallowed',
      'rejectTokens',
      'fault',
      'hugeBytes',
      'maxUrl',
      'clockOffset',
      'oddTags',
      'fleet',
      'alerts',
      'hunting',
      'requireAuth',
      'tokenLifetime',
      'seed',
      'column',
      ...OUTPUT,
    ],
    examples: [
      'cordon emulate --port 4100 --speed 60 --fault 503=0.03,reset-after=0.01',
      'cordon run restrict machines.csv --comment x --api-url http://127.0.0.1:4100 --confirm 240',
    ],
    carryOut: async ({ args, settings }, cli) => (await import('./emulate.ts')).emulate(args, settings, cli),
  },
  {
    usage: 'completion [shell]',
    summary: 'print the completion script of a shell: bash, zsh, fish or powershell',
    flags: [],
    examples: [
      'cordon completion bash > ~/.local/share/bash-completion/completions/cordon',
      'cordon completion zsh > "${fpath[1]}/_cordon"',
      'cordon completion fish > ~/.config/fish/completions/cordon.fish',
      'cordon completion powershell >> $PROFILE',
    ],
    carryOut: async ({ args }, { io }) => (await import('./completion.ts')).completion(args[0], commands, io),
  },
];
