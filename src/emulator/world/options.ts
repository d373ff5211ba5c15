/** What an emulator can be told. */
import type { ActionType, Window } from '../../core/types.ts';
import type { GivenIncident } from './alerts.ts';
import type { WindowKind } from './counters.ts';
import type { Faults } from './faults.ts';
import type { Hunting } from './hunting.ts';

export interface EmulatorOptions {
  /** 0 takes any free port. It listens on 127.0.0.1 only. */
  readonly port: number;
  /** 'any': every id of 40 hex digits exists, listed once it was seen; otherwise exactly these (and the fleet). */
  readonly machines: 'any' | readonly string[];
  /** Ids that do not exist, whatever `machines` says. */
  readonly unknown: readonly string[];
  /** Machines that have an open action of the type asked for, by somebody else. */
  readonly inProgress: readonly string[];
  /** Machines with an open antivirus scan in the way: other actions are refused while it is open. */
  readonly blockedBy: readonly string[];
  /** Machines that never answer: their actions stay Pending until they time out. */
  readonly offline: readonly string[];
  /** Machines whose actions fail, always. */
  readonly failing: readonly string[];
  /** Files (SHA-1) that are on no machine: their quarantine is a 404. */
  readonly absentFiles: readonly string[];
  /** Machine records (fields of the API's machine resource, `id` required) that override the generated ones. */
  readonly fleet: readonly object[];
  /** Alerts (fields of the API's alert resource, `id` required), and incidents, whose `machineIds` make alerts. */
  readonly alerts: readonly object[];
  readonly incidents: readonly GivenIncident[];
  /** What hunting queries find; those it does not know are left to the emulator's own tables. */
  readonly hunting: Hunting;
  /** Most rows of a query's result: more are left out without a word, or the query is refused. */
  readonly huntingRows: number;
  readonly huntingOverflow: 'cut' | 'refuse';
  /** Largest answer to a query; more is refused. */
  readonly huntingBytes: number;
  /** Shares from 0 to 1 of all machines that are in progress or offline as well, chosen by a hash of the id. */
  readonly inProgressShare: number;
  readonly offlineShare: number;
  /** Share of machines whose actions fail always, and of actions that fail by chance. */
  readonly failingShare: number;
  readonly actionFailures: number;
  /** Share of (machine, file) pairs that do not exist. */
  readonly absentFileShare: number;
  /** Emulated ms from the start, from and to, until an offline machine is back; undefined: it never is. */
  readonly offlineForMs: readonly [number, number] | undefined;
  /**
   * How a second action of one type is answered: 400, or 200/201 with the existing action. Both are reported of the API.
   * `stack` makes a new action of it, and a doubled restriction or isolation ends after all that came later: a machine may be left
   * isolated after an unisolate succeeded (microsoft-365-docs#5903).
   */
  readonly duplicates: 'refuse' | 'return' | 'mixed' | 'stack';
  /** Share of cancelled actions that the machine had carried out all the same. */
  readonly cancelledInVain: number;
  /** Windows of each API, in emulated time. */
  readonly rate: readonly Window[];
  readonly windowKind: WindowKind;
  /** Whether refused requests use up quota too. */
  readonly countRejected: boolean;
  /** How a 429 tells the wait (in the wall's seconds). */
  readonly retryAfter: 'header' | 'date' | 'text' | 'none';
  /** How many times faster than the wall the emulated clock runs: windows, TimeOut and token lifetime follow it. */
  readonly speed: number;
  /** Round trip added to each request, in wall ms from and to; the effect happens somewhere within. */
  readonly latencyMs: readonly [number, number];
  /** Wall ms until a new action shows in reads. */
  readonly listLagMs: number;
  /** Wall ms, from and to, until an online machine's action has succeeded. */
  readonly actionMs: readonly [number, number];
  /** The same for single types. */
  readonly actionMsOf: Readonly<Partial<Record<ActionType, readonly [number, number]>>>;
  /** Size of a collected package, from and to. */
  readonly packageBytes: readonly [number, number];
  /** Whether the link to a package comes with quotes of its own around it, as the documents show it. */
  readonly quotedLinks: boolean;
  /** Emulated ms that a link to a package can be used. */
  readonly linkLifetimeMs: number;
  /** Wall ms after which the effect of a `late` request comes. */
  readonly lateMs: number;
  readonly faults: Faults;
  /** Why every token is refused, whatever its text; undefined: they are not. */
  readonly unauthorized: string | undefined;
  /** Machines in a group without an automation level, and their share: a 403 to each action. */
  readonly disallowed: readonly string[];
  readonly disallowedShare: number;
  /** Longest address of a request, host and all; a longer one is a 414 of a front end, without an API body. */
  readonly maxUrl: number;
  /**
   * Lists that are not what they seem: `$skip` is ignored, each page comes twice before the next one, or there is no end to them
   * (of machines and actions).
   */
  readonly lists: 'whole' | 'skip-ignored' | 'pages-repeated' | 'endless';
  /** By how many ms the server's clock is ahead (below 0: behind), in every date it tells. */
  readonly clockOffsetMs: number;
  /** Whether an action asked for on a merged record is that of the record it was merged into. */
  readonly mergedAnswers: 'old' | 'new';
  /** Share of generated machines whose tags nobody would expect. */
  readonly oddTagShare: number;
  /** Length of huge answers. */
  readonly hugeBytes: number;
  readonly seed: number;
  /** Most rows of a list answer; a larger `$top` gets this many. */
  readonly pageSize: number;
  readonly tenant: string;
  /** Other tenants whose administrators consented to the same app. */
  readonly alsoTenants: readonly string[];
  /** Tenants in which the app is not known: nobody consented. */
  readonly unconsented: readonly string[];
  readonly clientId: string;
  readonly clientSecret: string;
  /** What a new token may do: one for the Defender APIs, and one for Graph. */
  readonly roles: readonly string[];
  readonly graphRoles: readonly string[];
  /** In emulated seconds. */
  readonly tokenLifetimeS: number;
  /** Whether only this emulator's own tokens pass; otherwise any bearer that is not one of its tokens passes unchecked. */
  readonly requireAuth: boolean;
}
