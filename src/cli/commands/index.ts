/** Every command: its words, its flags, and where it is carried out. A new one is a file beside this one and an entry here. */
import type { ExitCode } from '../../core/exit.ts';
import type { FlagName } from '../../settings/flags.ts';
import type { Cli, CommandInput } from '../context.ts';

export interface CommandSpec {
  /** As commander wants it: `run [job] [lists...]`. */
  readonly usage: string;
  readonly summary: string;
  readonly flags: readonly FlagName[];
  /** Ends of the help text: one example a line. */
  readonly examples: readonly string[];
  /** Loads the command's code only now: `--help` must be quick. */
  carryOut(input: CommandInput, cli: Cli): Promise<ExitCode>;
}

const OUTPUT: readonly FlagName[] = ['json', 'logLevel', 'logFormat', 'quiet'];
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
const NOTICES: readonly FlagName[] = ['notifyFile', 'notifyFormat', 'metricsFile'];
const PACE: readonly FlagName[] = [
  'rate',
  'concurrency',
  'attemptTimeout',
  'retries',
  'readLag',
  'outage',
  'sharedQuota',
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
      'maxTargets',
      'cap',
      'yes',
      'confirm',
      'resumeIfInterrupted',
      'maxAge',
      'until',
      'maxDuration',
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
    summary: 'go on with an interrupted run: the only unfinished one if none is named',
    flags: [
      'comment',
      'maxAge',
      'retryFailed',
      'retryRefused',
      'until',
      'maxDuration',
      ...NOTICES,
      ...PACE,
      'report',
      'formats',
      ...WHERE,
      'emulator',
      ...OUTPUT,
    ],
    examples: ['cordon resume', 'cordon resume r-20261123-101530-k3f9 --retry-failed'],
    carryOut: async (input, cli) => (await import('./resume.ts')).resume(input, cli),
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
    usage: 'doctor',
    summary: 'check settings, state, sign-in, reach, clock, reads, permissions and quota; changes nothing',
    flags: ['probe', 'yes', 'out', 'rate', 'sharedQuota', 'attemptTimeout', ...WHERE, 'emulator', 'speed', ...OUTPUT],
    examples: ['cordon doctor', `cordon doctor --probe ${'0123456789'.repeat(4)} --out what-our-api-does.json`],
    carryOut: async (input, cli) => (await import('./doctor.ts')).doctor(input, cli),
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
