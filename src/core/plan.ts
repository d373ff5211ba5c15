/** List in, plan out: which rows are called, in order, and why the others are not. Pure. */
import { activeFirst, type CallOrder } from './call-order.ts';
import { unmatchedBy, whyUnclear, type Candidate, type Exclusion, type Exclusions } from './exclusions.ts';
import { machineIdOf, whyNoMachineId } from './ids.ts';
import { FirstPlaces } from './first-places.ts';
import { isOpenFor, type Knowledge } from './knowledge.ts';
import { rowValues, whyIncomplete } from './parameter-values.ts';
import { listed, type Resolution } from './resolve.ts';
import { openAction, sinceAndBy, warningsAbout, type Warning, type WarningKind } from './plan-warnings.ts';
import { ordered, type OutcomeCounts } from './summary.ts';
import type { InputRow, InputRows, Job, MachineAction, MachineFacts, Outcome, Parameters, PlannedRow, SkipOutcome } from './types.ts';

export interface PlanInput {
  readonly job: Job;
  /** The job's own flags. */
  readonly parameters?: Parameters | undefined;
  /** In the order in which they are decided: the first of two rows about one machine is called. */
  readonly rows: InputRows;
  readonly exclusions: Exclusions;
  readonly knowledge?: Knowledge | undefined;
  /** What names were resolved to, by the row's text. */
  readonly resolved?: ReadonlyMap<string, Resolution> | undefined;
  /** What was decided about rows before, by their numbers: exclusions and unknown ids come first, everything else after it. */
  readonly decided?: ReadonlyMap<number, Decided> | undefined;
  /** Call rows whose effect is in force already, or for which an action is open. */
  readonly again?: boolean;
  /** Call rows that facts say are impossible. */
  readonly callIneligible?: boolean;
  /** Of the calls; where nothing was read about the machines it is the list's in any case. Default `list`. */
  readonly order?: CallOrder | undefined;
  /** For "inactive for n days", ms since the epoch. */
  readonly now?: number;
}

export interface Plan {
  /** One per input row, in input order. Made anew on each walk: a million of them are never kept. */
  readonly rows: Iterable<PlannedRow>;
  readonly size: number;
  /** How many rows have more to be said of them than that they are called. */
  readonly noted: number;
  /** How many rows are calls. */
  readonly calls: number;
  readonly outcomes: OutcomeCounts;
  /** Machines to be called per operating system, most first; empty where no facts were read. */
  readonly platforms: Readonly<Partial<Record<string, number>>>;
  /** What is worth knowing about the calls, counted by reason, most first; empty where no facts were read. */
  readonly warnings: Readonly<Partial<Record<WarningKind, number>>>;
  /** Calls of which it cannot be told whether they are excluded. */
  readonly unclear: { readonly count: number; readonly first: string } | undefined;
  /** Exclusions that match nothing: a typo there would leave a machine unprotected. */
  readonly unmatched: readonly Exclusion[];
  /** What they were compared with: the machines of the tenant, or, where nothing was read, the rows alone. */
  readonly unmatchedIn: 'tenant' | 'list';
}

/** Decided before: not to be called (`skip`), or to be called with a message. */
export type Decided = Pick<PlannedRow, 'skip' | 'message' | 'action'>;

/** What is to be said of a row beyond its text; most rows of a list that was not read about have none. */
interface Decision {
  readonly machineId?: string;
  readonly deviceName?: string;
  readonly skip?: SkipOutcome;
  readonly action?: PlannedRow['action'];
  readonly message?: string;
}
const PLAIN: Decision = {};

/**
 * Decides every row; the first reason that matches wins: invalid, duplicate, excluded, ineligible, already-applied,
 * already-in-progress. A preview and a run decide alike: both ask here.
 */
export function plan(input: PlanInput): Plan {
  const planner = new Planner(input);
  const decisions = new Map<number, Decision>();
  let place = 0;
  for (const row of input.rows) {
    const decision = planner.decide(row, place++);
    if (decision !== PLAIN) decisions.set(row.row, decision);
  }
  const walked = (): Generator<PlannedRow> => walk(input.rows, decisions);
  const rows = inOrder(walked, input);
  return { rows: { [Symbol.iterator]: rows }, noted: decisions.size, ...planner.totals(decisions) };
}

/** The same rows, in the same order, each call with its place where the list's order is not the calls'. */
function inOrder(walked: () => Generator<PlannedRow>, { order = 'list', knowledge, now = 0 }: PlanInput): () => Generator<PlannedRow> {
  if (order === 'list' || !knowledge) return walked;
  const calls = walked().filter(({ skip }) => skip === undefined);
  const positions = activeFirst(calls, knowledge.machines, now);
  return function* () {
    for (const row of walked()) {
      const position = positions.get(row.row);
      yield position === undefined ? row : { ...row, position };
    }
  };
}

function* walk(rows: Iterable<InputRow>, decisions: ReadonlyMap<number, Decision>): Generator<PlannedRow> {
  for (const { row, text, deviceName, file, line, input } of rows) {
    const planned = { row, machineId: text, deviceName, file, line, ...(input && { input }) };
    const decision = decisions.get(row);
    yield decision ? { ...planned, ...decision } : planned;
  }
}

/** The outcome that a planned row would have, as far as the plan can say. */
export function expectedOutcome({ skip }: Pick<PlannedRow, 'skip'>): Outcome {
  return skip ?? 'planned';
}

interface Subject extends Candidate {
  readonly row: InputRow;
  readonly note: string | undefined;
}

class Planner {
  readonly #input: PlanInput;
  readonly #parameters: Parameters;
  readonly #firstPlaces: FirstPlaces;
  /** Nothing but the row itself can say anything: a million rows are decided in half the time. */
  readonly #knowsNothing: boolean;
  readonly #platforms = new Map<string, number>();
  readonly #warnings = new Map<WarningKind, number>();
  readonly #unmatched: Set<Exclusion>;
  #unclear = 0;
  #firstUnclear = '';

  constructor(input: PlanInput) {
    this.#input = input;
    this.#parameters = input.parameters ?? {};
    this.#firstPlaces = new FirstPlaces((place) => this.#machineAt(place), input.rows.length);
    this.#knowsNothing = !input.knowledge && input.exclusions.entries.length === 0;
    this.#unmatched = new Set(input.exclusions.entries.filter(({ fromTenant }) => !fromTenant));
  }

  totals(decisions: ReadonlyMap<number, Decision>): Omit<Plan, 'rows' | 'noted'> {
    const size = this.#input.rows.length;
    const counts = new Map<Outcome, number>([['planned', size - decisions.size]]);
    for (const decision of decisions.values()) add(counts, expectedOutcome(decision));
    const outcomes = ordered(Object.fromEntries(counts));
    const { exclusions, knowledge } = this.#input;
    return {
      size,
      calls: outcomes.planned ?? 0,
      outcomes,
      platforms: mostFirst(this.#platforms),
      warnings: mostFirst(this.#warnings),
      unclear: this.#unclear > 0 ? { count: this.#unclear, first: this.#firstUnclear } : undefined,
      unmatched: unmatchedBy(exclusions, this.#unmatched, knowledge?.machines.values() ?? []),
      unmatchedIn: knowledge ? 'tenant' : 'list',
    };
  }

  /** `place`: of the row among the rows, from 0. */
  decide(row: InputRow, place: number): Decision {
    const named = this.#named(row);
    return 'problem' in named ? { skip: 'invalid', message: named.problem } : this.#identified(row, place, named.machineId, named.note);
  }

  #named({ text }: InputRow): Resolution {
    const machineId = machineIdOf(text);
    if (machineId !== undefined) return { machineId };
    return this.#input.resolved?.get(text) ?? { problem: whyNoMachineId(text) };
  }

  #machineAt(place: number): string | undefined {
    const row = this.#input.rows.at(place);
    const named = row && this.#named(row);
    return named && 'machineId' in named ? named.machineId : undefined;
  }

  #identified(row: InputRow, place: number, machineId: string, note: string | undefined): Decision {
    const facts = this.#input.knowledge?.machines.get(machineId);
    const known = about(row, machineId, facts);
    const incomplete = whyIncomplete(this.#input.job, this.#parameters, row);
    if (incomplete) return { ...known, skip: 'invalid', message: incomplete };
    const first = this.#firstPlaces.note(machineId, place);
    if (first !== undefined) return { ...known, skip: 'duplicate', message: this.#sameAs(row, first) };
    if (this.#knowsNothing) return known;
    const decided = this.#judged({ row, machineId, facts, listName: row.deviceName, note });
    return decided === PLAIN ? known : { ...known, ...decided };
  }

  /** One run calls a machine once, whatever else its second row asks for. */
  #sameAs(row: InputRow, place: number): string {
    const { job, rows } = this.#input;
    const first = rows.at(place) ?? row;
    const [asked, other] = [row, first].map((each) => rowValues(job, this.#parameters, each));
    const more = asked === other ? '' : `, which asks for ${other}; ${asked} needs a run of its own`;
    return `same machine as row ${first.row}${more}`;
  }

  #judged(subject: Subject): Decision {
    const { knowledge, again, job } = this.#input;
    const excluded = this.#excluded(subject);
    if (knowledge && !subject.facts && !excluded) return { skip: 'invalid', message: 'unknown machine: the tenant has no such id' };
    if (excluded) return { skip: 'excluded', message: excluded };
    const decided = this.#input.decided?.get(subject.row.row);
    if (decided) return this.#decided(subject, decided);
    const open = knowledge && isOpenFor(knowledge, subject.machineId);
    const impossible = (subject.facts && job.ineligible(subject.facts, this.#parameters)) ?? this.#stacked(subject, open);
    if (impossible && !this.#input.callIneligible) return { skip: 'ineligible', message: impossible };
    // What nothing takes back is no state that could be in force: a scan of last week is none.
    const applied = job.inverse === undefined ? undefined : knowledge?.applied.get(subject.machineId);
    // What an open action is about to take back is not in force for long.
    if (applied && !again && !knowledge?.opposing.has(subject.machineId))
      return { skip: 'already-applied', message: join([`in force${sinceAndBy(applied)}`, this.#other(applied, subject)]) };
    if (open && !again && this.#other(open, subject) === undefined) return this.#inProgress(subject, open);
    return this.#call(subject, impossible, open);
  }

  #decided(subject: Subject, decided: Decided): Decision {
    if (decided.skip !== undefined) return decided;
    const call = this.#call(subject, undefined, undefined);
    return { ...call, message: join([decided.message, call.message]) };
  }

  #inProgress({ facts }: Subject, open: MachineAction): Decision {
    const seen = facts ? warningsAbout(facts, this.#input.now ?? 0).filter(({ kind }) => kind === 'inactive') : [];
    const action = { id: open.id, status: open.status };
    return { skip: 'already-in-progress', action, message: join([openAction(open), ...seen.map(({ text }) => text)]) };
  }

  #excluded(subject: Subject): string | undefined {
    const hits = this.#input.exclusions.matches(subject);
    for (const hit of hits) this.#unmatched.delete(hit);
    const [hit] = hits;
    return hit && `excluded by "${hit.written}" (${hit.file}:${hit.line})`;
  }

  #call(subject: Subject, impossible: string | undefined, open: MachineAction | undefined): Decision {
    const { exclusions, now, job } = this.#input;
    const { row, facts, note } = subject;
    const unclear = whyUnclear(exclusions, subject);
    if (unclear && this.#unclear++ === 0) this.#firstUnclear = `row ${row.row} (${row.file}:${row.line}): ${unclear}`;
    if (!facts) return note === undefined ? PLAIN : { message: note };
    add(this.#platforms, facts.osPlatform ?? 'unknown');
    const about: readonly (Warning | undefined)[] = [
      open && { kind: 'open-action', text: join([openAction(open), this.#other(open, subject)]) },
      impossible === undefined ? undefined : { kind: 'impossible', text: impossible },
      ...warningsAbout(facts, now ?? 0),
      ...(job.warnings?.(facts, this.#parameters) ?? []).map((text) => ({ kind: 'job' as const, text })),
      this.#namesakes(subject),
      this.#opposed(subject),
    ];
    const warnings = about.filter((warning) => warning !== undefined);
    for (const { kind } of warnings) add(this.#warnings, kind);
    const message = join([note, ...warnings.map(({ text }) => text)]);
    return message === '' ? PLAIN : { message };
  }

  #namesakes({ machineId }: Subject): Warning | undefined {
    const others = this.#input.knowledge?.namesakes.get(machineId);
    return others && { kind: 'same-name', text: `another record has the same DNS name: ${listed(others)}` };
  }

  /** What an action of the job's type is about, where that is something else than is asked for. */
  #other(action: MachineAction, { row }: Subject): string | undefined {
    const other = this.#input.job.differs?.(action, this.#parameters, row);
    return other && `it is about something else: ${other}`;
  }

  /** Actions that are open at the same time may end in any order: the machine is left to whichever is last. */
  #stacked(subject: Subject, open: MachineAction | undefined): string | undefined {
    const { job, knowledge } = this.#input;
    const beside = open && this.#other(open, subject) !== undefined ? open : knowledge?.opposing.get(subject.machineId);
    return job.neverStacks && beside ? `an ${beside.type} action is open${sinceAndBy(beside)}: wait for its end, or cancel it` : undefined;
  }

  #opposed({ machineId }: Subject): Warning | undefined {
    const action = this.#input.knowledge?.opposing.get(machineId);
    return action && { kind: 'opposed', text: `an open ${action.type} action${sinceAndBy(action)} would take it back` };
  }
}

function mostFirst<K extends string>(counts: ReadonlyMap<K, number>): Readonly<Partial<Record<K, number>>> {
  const sorted: Partial<Record<K, number>> = {};
  for (const [key, count] of [...counts].sort(([, a], [, b]) => b - a)) sorted[key] = count;
  return sorted;
}

/** What a record or a resolved name adds to a row; nothing for an id in its one form. */
function about({ text, deviceName }: InputRow, machineId: string, facts: MachineFacts | undefined): Decision {
  const name = facts?.computerDnsName ?? deviceName;
  if (name === deviceName && machineId === text) return PLAIN;
  return { machineId, deviceName: name };
}

function add<K>(counts: Map<K, number>, key: K): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

function join(parts: readonly (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined && part !== '').join('; ');
}
