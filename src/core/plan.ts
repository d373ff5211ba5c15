/** List in, plan out: which rows are called, in order, and why the others are not. Pure. */
import { whyExcluded, type Exclusions } from './exclusions.ts';
import { machineIdOf, whyNoMachineId } from './ids.ts';
import type { InputRow, Job, MachineAction, MachineFacts, PlannedRow, SkipOutcome } from './types.ts';

/** What reads told about the machines of a list. */
export interface Knowledge {
  /** By machine id; a machine that is missing is not known to the tenant. */
  readonly machines: ReadonlyMap<string, MachineFacts>;
  /** Open action of the job's type, by machine id. */
  readonly open: ReadonlyMap<string, MachineAction>;
  /** Newest Succeeded action of the job or its inverse, by machine id, where that is the job's. */
  readonly applied: ReadonlyMap<string, MachineAction>;
}

export interface PlanInput {
  readonly job: Job;
  readonly rows: Iterable<InputRow>;
  readonly exclusions: Exclusions;
  readonly knowledge?: Knowledge;
  /** Machine ids that names were resolved to, by the row's text; a string that is no id says why it could not be. */
  readonly resolved?: ReadonlyMap<string, Resolution>;
  /** Call rows whose effect is in force already. */
  readonly again?: boolean;
  /** Call rows that facts say are impossible. */
  readonly callIneligible?: boolean;
  /** For "inactive for n days", ms since the epoch. */
  readonly now?: number;
}
export type Resolution =
  | { readonly machineId: string; readonly note?: string }
  | { readonly problem: string };

export interface Plan {
  /** One per input row, in input order. */
  readonly rows: readonly PlannedRow[];
  /** How many of them are calls. */
  readonly calls: number;
}

/** Decides every row; the first reason that matches wins: invalid, duplicate, excluded, ineligible, already-applied. */
export function plan(input: PlanInput): Plan {
  const firstRowOf = new Map<string, number>();
  const rows: PlannedRow[] = [];
  let calls = 0;
  for (const row of input.rows) {
    const planned = planRow(input, row, firstRowOf);
    rows.push(planned);
    if (planned.skip === undefined) calls += 1;
  }
  return { rows, calls };
}

type Decision = { skip?: SkipOutcome; foreseen?: 'already-in-progress'; message?: string };

function planRow(input: PlanInput, row: InputRow, firstRowOf: Map<string, number>): PlannedRow {
  const named = identify(input, row.text);
  if ('problem' in named) return planned(row, row.text, row.deviceName, { skip: 'invalid', message: named.problem });
  const { machineId } = named;
  const first = firstRowOf.get(machineId);
  const facts = input.knowledge?.machines.get(machineId);
  const deviceName = facts?.computerDnsName ?? row.deviceName;
  if (first !== undefined)
    return planned(row, machineId, deviceName, { skip: 'duplicate', message: `same machine as row ${first}` });
  firstRowOf.set(machineId, row.row);
  return planned(row, machineId, deviceName, decide(input, { machineId, facts, names: [deviceName, row.deviceName], note: named.note }));
}

function identify(input: PlanInput, text: string): { machineId: string; note?: string | undefined } | { problem: string } {
  const machineId = machineIdOf(text);
  if (machineId !== undefined) return { machineId };
  return input.resolved?.get(text) ?? { problem: whyNoMachineId(text) };
}

interface Subject {
  readonly machineId: string;
  readonly facts: MachineFacts | undefined;
  readonly names: readonly string[];
  readonly note: string | undefined;
}

function decide(input: PlanInput, subject: Subject): Decision {
  const { machineId, facts, note } = subject;
  const { knowledge, job } = input;
  const excluded = whyExcluded(input.exclusions, subject);
  if (knowledge && !facts && !excluded) return { skip: 'invalid', message: 'unknown machine: the tenant has no such id' };
  if (excluded) return { skip: 'excluded', message: excluded };
  const impossible = facts && job.ineligible(facts);
  if (impossible && !input.callIneligible) return { skip: 'ineligible', message: impossible };
  const applied = knowledge?.applied.get(machineId);
  if (applied && !input.again) return { skip: 'already-applied', message: `in force${sinceAndBy(applied)}` };
  const open = knowledge?.open.get(machineId);
  if (open) return { foreseen: 'already-in-progress', message: `open action${sinceAndBy(open)}` };
  const warnings = [note, impossible, ...(facts ? warningsAbout(facts, input.now ?? 0) : [])].filter((text) => text !== undefined);
  return warnings.length > 0 ? { message: warnings.join('; ') } : {};
}

function sinceAndBy({ creationDateTimeUtc, requestor }: MachineAction): string {
  return `${creationDateTimeUtc ? ` since ${creationDateTimeUtc}` : ''}${requestor ? ` by ${requestor}` : ''}`;
}

const DAY_MS = 86_400_000;
/** Build of Windows 10 1709, the oldest that can restrict app execution. */
const OLDEST_BUILD = 16_299;

/** What is worth knowing before calling a machine; never a reason not to. */
function warningsAbout(facts: MachineFacts, now: number): string[] {
  const warnings: string[] = [];
  const days = facts.lastSeen ? Math.floor((now - Date.parse(facts.lastSeen)) / DAY_MS) : 0;
  if (facts.healthStatus && facts.healthStatus !== 'Active')
    warnings.push(`${facts.healthStatus}${days > 0 ? ` for ${days} days` : ''}: may wait up to three days, then time out`);
  else if (days > 7) warnings.push(`last seen ${days} days ago: may wait up to three days, then time out`);
  if (facts.osBuild !== null && facts.osBuild > 0 && facts.osBuild < OLDEST_BUILD) warnings.push(`old build ${facts.osBuild}`);
  if (facts.isPotentialDuplication) warnings.push('possible duplicate record');
  if (facts.isExcluded) warnings.push('excluded in the Defender portal');
  if (facts.osPlatform && /server/i.test(facts.osPlatform)) warnings.push(`server (${facts.osPlatform})`);
  return warnings;
}

function planned(row: InputRow, machineId: string, deviceName: string, decision: Decision): PlannedRow {
  const { row: number, file, line } = row;
  return { row: number, machineId, deviceName, file, line, ...decision };
}
