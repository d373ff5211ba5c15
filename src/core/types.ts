/** The nouns of cordon, as types. Pure: nothing here does anything. */

/** What became of one row of the list. The first group is decided by the plan, the second by calling. */
export const OUTCOMES = [
  'invalid',
  'duplicate',
  'excluded',
  'ineligible',
  'already-applied',
  'planned',
  'created',
  'already-in-progress',
  'blocked',
  'refused',
  'failed',
  'unknown',
  'not-sent',
] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** Outcomes that only a plan decides. */
type PlanOutcome = Extract<Outcome, 'invalid' | 'duplicate' | 'excluded' | 'ineligible' | 'already-applied'>;

/** Outcomes that mean "this row is not to be called", and why: what is open already is settled without a call. */
export type SkipOutcome = PlanOutcome | 'already-in-progress';

/** Outcomes that a call ends with. */
export type CallOutcome = Exclude<Outcome, PlanOutcome | 'planned'>;

/**
 * The API's own words, spelled as the API spells them (capital O in TimeOut, two l's in Cancelled).
 * @see https://learn.microsoft.com/defender-endpoint/api/machineaction
 */
export const ACTION_STATUSES = ['Pending', 'InProgress', 'Succeeded', 'Failed', 'TimeOut', 'Cancelled'] as const;
export type ActionStatus = (typeof ACTION_STATUSES)[number];

/** The action types that this program knows by name; the API has others and may add more. */
export const ACTION_TYPES = [
  'RestrictCodeExecution',
  'UnrestrictCodeExecution',
  'Isolate',
  'Unisolate',
  'RunAntiVirusScan',
  'CollectInvestigationPackage',
  'StopAndQuarantineFile',
  'Offboard',
  'LiveResponse',
] as const;
export type ActionType = (typeof ACTION_TYPES)[number];

/** What a job's own flags were given, by their names: `{ 'isolation-type': 'full' }`. Words of ours, not the API's. */
export type Parameters = Readonly<Record<string, string>>;

/** A flag that one job has and the others do not: `--isolation-type full`. */
export interface JobParameter {
  /** Without the dashes; its environment twin is made of it as every flag's. */
  readonly name: string;
  readonly help: string;
  /** `choice`: our words, and what the API calls them. `sha1`: 40 hex digits. */
  readonly kind: { readonly choice: Readonly<Record<string, string>> } | 'sha1';
  /** A run without it makes no sense; exit 2. */
  readonly required?: boolean;
  readonly default?: string;
  /** Columns of the list that give it for each row where the flag is not given, the first that is there. */
  readonly columns?: readonly string[];
}

/** Something that may go wrong for the people at those machines, to be read before confirming. */
export interface Risk {
  readonly text: string;
  /** Only where a parameter has one of these words; always when absent. */
  readonly when?: Readonly<Record<string, readonly string[]>>;
}

/** The list's other columns, by their names: what a row brought along. Bounded by the reader of the list. */
export type Input = Readonly<Record<string, string>>;

/** What a job may look at of the row that it is to call. */
export interface JobRow {
  readonly input?: Input;
}

/** One response action: everything that differs between restrict, unrestrict, isolate and so on. */
export interface Job {
  /** The word on the command line. */
  readonly name: string;
  /** What it does to a machine, for help and questions: "restrict app execution on". */
  readonly title: string;
  /** The type that the API gives to the actions this job creates. */
  readonly actionType: ActionType;
  /** Last segment of the action's path; quota is counted per segment. */
  readonly segment: string;
  /** Application roles that the token must carry: of each group at least one. */
  readonly permissions: readonly (readonly string[])[];
  /** Name of the job that takes this one's effect back; absent where nothing does. */
  readonly inverse?: string;
  /** The job's own flags. */
  readonly parameters?: readonly JobParameter[];
  /** What the people at the machines notice. */
  readonly notice: string;
  /** Where it works, in words. */
  readonly platforms: string;
  /** What the API or the licence limits, in words. */
  readonly limits: string;
  /** How its effect is taken back, in words: also where no job does it. */
  readonly undo: string;
  readonly risks: readonly Risk[];
  /** What an action that Succeeded means, for reports: the API's word alone says less. */
  readonly finalWords: string;
  /** Cannot be taken back: this word has to be typed, or a plan given; `--yes` and `--confirm` alone do not do. */
  readonly confirmWord?: string;
  /** A second or an opposite action beside an open one does harm: such rows are left out when reads show it. */
  readonly neverStacks?: true;
  /** The request body; names and values are case-sensitive for the API. */
  body(comment: string, parameters: Parameters, row: JobRow): Readonly<Record<string, string>>;
  /**
   * What an action of this job's type asks for that is something else than this run asks for ("another file"): it is no
   * reason to call the job done. Undefined when it is the same, or not told.
   */
  differs?(action: MachineAction, parameters: Parameters, row: JobRow): string | undefined;
  /** Why these facts make the job certainly impossible; undefined when it is possible or not certain. */
  ineligible(facts: MachineFacts, parameters: Parameters): string | undefined;
  /** What is worth knowing of this machine before this job calls it; never a reason not to. */
  warnings?(facts: MachineFacts, parameters: Parameters): readonly string[];
}

/** One row as it was read from a list, before anything judged it. */
export interface InputRow {
  /** Counts from 1 over all lists, headers left out. */
  readonly row: number;
  /** The cell that names the machine, trimmed, an id in lower case; '' when the cell was empty. */
  readonly text: string;
  /** The device name that stood beside it, or ''. */
  readonly deviceName: string;
  /** Which list: a path, "standard input", "--machine". */
  readonly file: string;
  /** Line in that list, counting from 1. */
  readonly line: number;
  /** The list's other columns; absent where it has none. */
  readonly input?: Input;
}

/** The rows of a list in its order; a walk may make each anew. An array will do. */
export interface InputRows extends Iterable<InputRow> {
  readonly length: number;
  /** Counts from 0. */
  at(index: number): InputRow | undefined;
}

/** What the plan made of a row: a call (no `skip`) or the reason why not. */
export interface PlannedRow {
  readonly row: number;
  /** 40 hex digits in lower case; for an invalid row the text as it was found. */
  readonly machineId: string;
  readonly deviceName: string;
  readonly file: string;
  readonly line: number;
  readonly skip?: SkipOutcome;
  /** The open action because of which the row is `already-in-progress`: to be followed like one of our own. */
  readonly action?: { readonly id: string; readonly status: string | null };
  /** The reason for the skip, or what is worth knowing about the call. */
  readonly message?: string;
  /** Place of the call among all calls of the run, from 1; absent where they go out in the order of the rows. */
  readonly position?: number;
  /** The list's other columns, as they were read. */
  readonly input?: Input;
}

/** A machine action as the API keeps it. Everything but the id may be missing. */
export interface MachineAction {
  readonly id: string;
  readonly type: string | null;
  readonly status: string | null;
  readonly machineId: string | null;
  readonly requestor: string | null;
  readonly requestorComment: string | null;
  readonly computerDnsName: string | null;
  /** ISO 8601, up to seven fractional digits. */
  readonly creationDateTimeUtc: string | null;
  /** When it last changed: once it is final, when it ended. */
  readonly lastUpdateDateTimeUtc?: string | null;
  /** `Full`, `Selective`, `Quick`; null in the answer to the POST, told by later reads. */
  readonly scope?: string | null;
  /** The file that a quarantine is about. */
  readonly relatedFileInfo?: { readonly fileIdentifier: string | null; readonly fileIdentifierType: string | null } | null;
}

/** What the API's machine record says; null is "not said". */
export interface MachineFacts {
  readonly id: string;
  readonly computerDnsName: string | null;
  readonly osPlatform: string | null;
  readonly osBuild: number | null;
  readonly version: string | null;
  readonly healthStatus: string | null;
  readonly onboardingStatus: string | null;
  readonly lastSeen: string | null;
  readonly aadDeviceId: string | null;
  readonly mergedIntoMachineId: string | null;
  readonly isPotentialDuplication: boolean | null;
  readonly isExcluded: boolean | null;
  /** A tag that could not be read is null. */
  readonly machineTags: readonly (string | null)[] | null;
  /** The device group; '' for a machine that is in none. */
  readonly rbacGroupName: string | null;
  /** Security operations that are turned off on it, where hunting was asked; no record says so itself. */
  readonly restrictedOperations?: string;
}

/** What came back for one attempt; a broken or unreadable body is an answer too. */
export type Answer =
  | {
      readonly kind: 'response';
      readonly status: number;
      /** Body text, cut at a size no honest answer has. */
      readonly body: string;
      /** The headers that judging needs. */
      readonly retryAfter?: string;
      readonly date?: string;
    }
  /** No connection ever stood: the request was surely not sent. */
  | { readonly kind: 'no-connection'; readonly reason: string }
  /** The request may have arrived; what it did is not known. */
  | { readonly kind: 'lost'; readonly reason: string };

/** One window of a quota: `limit` attempts in any `ms` milliseconds. */
export interface Window {
  readonly limit: number;
  readonly ms: number;
}

/** How a call ended, as it is written to the state and the reports. */
export interface Settlement {
  readonly outcome: CallOutcome;
  readonly actionId?: string;
  readonly actionStatus?: string;
  readonly deviceName?: string;
  readonly httpStatus?: number;
  readonly errorCode?: string;
  readonly message?: string;
}

/** An instant that is known to lie between two others, both ms since the epoch. */
export interface Span {
  readonly earliest: number;
  readonly latest: number;
}

/** What a run noticed about the API by the way: shown in report.json, kept with the run. Plain data, fit for JSON. */
export interface Observed {
  /** The server's clock minus ours, ms, by the `Date` of its answers; null when none had one. */
  readonly clockOffsetMs: number | null;
  /** What became of our comment in the 2xx answers that had one. */
  readonly echo: { readonly kept: number; readonly changed: number; readonly dropped: number };
  /**
   * From a 2xx to its action's sight in a list, ms: one was still missing after `stillMissingMs`, one was there after
   * `firstSeenMs` (null: none was looked for); `inForceMs` is what was waited for, raised where `--read-lag` was too short.
   */
  readonly readLag: { readonly stillMissingMs: number; readonly firstSeenMs: number | null; readonly inForceMs: number };
  /** How often each answer to a second action came: `400 ActiveRequestAlreadyExists`, `200 existing action`. */
  readonly duplicates: Readonly<Record<string, number>>;
  /** 2xx answers with our tag that named another machine: records that were merged. */
  readonly merged: number;
  /** The first 429 as it was, its text cut at 2,000 characters. */
  readonly first429: {
    readonly status: number;
    readonly retryAfter: string | null;
    readonly date: string | null;
    readonly body: string;
  } | null;
}

export type RunStatus = 'running' | 'interrupted' | 'done';

/** What a run is where it is not a job on a list: the inverse job on what another run created, or the end of its open actions. */
export type RunKind = 'undo' | 'cancel';

/** One execution of a job over a list. Everything in it is safe to print: there are no secrets. */
export interface Run {
  readonly id: string;
  readonly job: string;
  readonly tenant: string;
  readonly clientId: string;
  /** Origin of the API, without path. */
  readonly host: string;
  /** The operator's text, without the tag. */
  readonly comment: string;
  readonly operator: string;
  readonly emulated: boolean;
  /** sha256 over the rows' texts in order. */
  readonly listHash: string;
  /** The hash of the plan file that this run carries out, or null. */
  readonly planHash: string | null;
  /** The job's own flags, fixed for the run; absent where the job has none. */
  readonly parameters?: Parameters;
  /** Absent: a job on a list. */
  readonly kind?: RunKind;
  /** The run that this one takes back or cancels; absent for a job on a list. */
  readonly originRun?: string;
  /** Flags to be used again by a resume, as texts. */
  readonly settings: Readonly<Record<string, readonly string[]>>;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  readonly finishedAt: number | null;
  /** `running` is also what a killed process leaves behind: whether it lives is told by the lock alone. */
  readonly status: RunStatus;
  readonly exitCode: number | null;
  /** Why it stopped early, in words. */
  readonly note: string | null;
  /** What the run noticed about the API; null before anything was. */
  readonly observed: Observed | null;
  /** In waves: calls up to this place may go out by now; absent where all may. */
  readonly released?: number;
}

/** A row of a run as the state knows it. */
export interface RunRow {
  readonly row: number;
  readonly machineId: string;
  readonly deviceName: string;
  readonly file: string;
  readonly line: number;
  /** Never absent: what is not settled is `not-sent` only while nothing was sent for it (core/standing.ts). */
  readonly outcome: Outcome;
  readonly actionId: string | null;
  readonly actionStatus: string | null;
  readonly httpStatus: number | null;
  readonly errorCode: string | null;
  readonly message: string | null;
  /** POSTs made for this row. */
  readonly attempts: number;
  /** Milliseconds since the epoch. */
  readonly firstSentAt: number | null;
  readonly settledAt: number | null;
  /** When the action was seen to have ended, ms since the epoch; absent while nobody followed it. */
  readonly actionEndedAt?: number | null;
  /** When the machine was last seen, ISO 8601 as the API says it; absent where it was not read. */
  readonly lastSeen?: string | null;
  /** Who else had, or may yet have, the last word on the machine; absent where nobody did, or nobody looked. */
  readonly opposed?: Opposed;
  /** Place of the call among all calls, from 1; absent where they go out in the order of the rows. */
  readonly position?: number;
  /** The list's other columns; absent where it had none. */
  readonly input?: Input;
}

/** An action that a run's row waits for: created for it, or open already when it was called. */
export interface FollowedAction {
  readonly row: number;
  readonly machineId: string;
  readonly actionId: string;
  /** As it was last seen; null where nobody saw it. */
  readonly status: string | null;
  readonly isOwn: boolean;
  /** When the row was settled, ms since the epoch by our clock; null where the plan settled it. */
  readonly settledAt: number | null;
  readonly lastSeen: string | null;
}

/** How an action of a row was seen to stand. */
export interface SeenStatus {
  readonly row: number;
  readonly actionId: string;
  readonly status: string;
  /** When it last changed, ms since the epoch by the server's clock. */
  readonly at: number;
  /** When it ended; null while it is open. */
  readonly endedAt: number | null;
}

/**
 * What actions of the opposite type did to one that Succeeded. `overtaken`: one that was asked for before this one ended has the
 * last word; `contested`: such a one is open, and may get it; `revoked`: one that was asked for later has it, or may.
 */
export const OPPOSITIONS = ['overtaken', 'contested', 'revoked'] as const;
export type Opposition = (typeof OPPOSITIONS)[number];

export interface Opposed {
  readonly kind: Opposition;
  /** Whose action it is and how it stands, in one line. */
  readonly words: string;
}

/** What was seen of a row's action and those opposite to it; null: it has the last word. */
export interface SeenOpposed {
  readonly row: number;
  readonly actionId: string;
  readonly opposed: Opposed | null;
}

/** One change of an action's status, ms since the epoch by the server's clock. */
export interface StatusChange {
  readonly row: number;
  readonly status: string;
  readonly at: number;
}

/** A call that is not settled yet, or settled as `unknown`, as a dispatch or a resume finds it. */
export interface OpenCall {
  readonly row: number;
  readonly machineId: string;
  /** Present when some attempt's effect is not known. */
  readonly doubt: Doubt | null;
  /** The list's other columns: a job may take a parameter from them. */
  readonly input?: Input;
}

/** What is recorded of the attempts whose effect is not known, by the server's clock: ours may have been set since. */
export interface Doubt {
  /** Not later than the first attempt ever sent for the row began; null when the server's clock was not known then. */
  readonly begun: number | null;
  /** Not earlier than the last attempt in doubt ended; null likewise. */
  readonly ended: number | null;
  /** All attempts in doubt have an ending: what is out has none, and may still be on its way. */
  readonly isOver: boolean;
  /** One of them was accepted, without our tag: no list can ever prove that it had no effect. */
  readonly isAccepted: boolean;
}

/** Calls of one job in one tenant. */
export interface JobCalls {
  readonly sent: number;
  readonly open: number;
}
