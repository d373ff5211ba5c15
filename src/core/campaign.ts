/** A campaign: one list over many tenants, a run for each, and what they came to together. Pure. */
import { EXIT, weightiest, type ExitCode } from './exit.ts';
import type { RunOverview } from './ports.ts';
import { newRunId } from './run-id.ts';
import { ordered, type OutcomeCounts } from './summary.ts';
import type { Run } from './types.ts';

/** Where a run keeps the campaign that it belongs to. */
const KEY = 'campaign';

/** A campaign's id: like a run's, with `c-` in place of `r-`. `random` answers numbers in [0, 1). */
export function newCampaignId(now: number, emulated: boolean, random: () => number): string {
  return newRunId(now, emulated, random).replace('r-', 'c-');
}

/** Whether a text may be a campaign's id rather than a run's. */
export function isCampaignId(text: string): boolean {
  return /^(emulated-)?c-\d{8}-\d{6}-[a-z0-9]{4}$/.test(text);
}

/** A run's settings with its campaign in them. */
export function inCampaign(settings: Run['settings'], campaign: string): Run['settings'] {
  return { ...settings, [KEY]: [campaign] };
}

/** The campaign that a run belongs to. */
export function campaignOf({ settings }: Pick<Run, 'settings'>): string | undefined {
  return settings[KEY]?.[0];
}

/** Where a run keeps the name under which a file of tenants has its credential. */
const TENANT = 'tenantName';

/** A run's settings with the tenant's name in them. */
export function ofTenant(settings: Run['settings'], name: string): Run['settings'] {
  return { ...settings, [TENANT]: [name] };
}

/** The name under which a file of tenants has the run's credential; undefined where it is the environment's. */
export function tenantNameOf({ settings }: Pick<Run, 'settings'>): string | undefined {
  return settings[TENANT]?.[0];
}

/** One tenant's part. A tenant that could not even begin has no run. */
export interface TenantEnd {
  readonly tenant: string;
  readonly run: string | undefined;
  readonly outcomes: OutcomeCounts;
  readonly exitCode: ExitCode;
  /** Why it stopped early or never began, in words; null when it did not. */
  readonly why: string | null;
}

export interface CampaignSummary {
  readonly tenants: readonly TenantEnd[];
  readonly outcomes: OutcomeCounts;
  /** Of the runs that have something left to do. */
  readonly unfinished: readonly string[];
  /** Of all tenants' the one that weighs most: one that failed is never hidden by those that did well. */
  readonly exitCode: ExitCode;
}

/** What the tenants came to, those that need somebody first. */
export function campaignSummary(ends: readonly TenantEnd[], unfinished: readonly string[]): CampaignSummary {
  const total: { [outcome: string]: number } = {};
  for (const { outcomes } of ends) for (const [name, count] of Object.entries(outcomes)) total[name] = (total[name] ?? 0) + count;
  const tenants = ends.toSorted((a, b) => Number(a.exitCode === EXIT.ok) - Number(b.exitCode === EXIT.ok));
  return { tenants, outcomes: ordered(total), unfinished, exitCode: heaviest(ends.map(({ exitCode }) => exitCode)) };
}

/** Codes that `weightiest` does not rank, because one run never has them beside others, weigh more than "some outcomes". */
function heaviest(codes: readonly ExitCode[]): ExitCode {
  const ranked = weightiest(codes);
  const unranked = codes.find((code) => UNRANKED.has(code));
  return unranked !== undefined && (ranked === EXIT.ok || ranked === EXIT.outcomes) ? unranked : ranked;
}
const UNRANKED: ReadonlySet<ExitCode> = new Set([EXIT.usage, EXIT.guard, EXIT.plan]);

/** The same of what the state knows: the runs of a campaign, whoever carried them out. */
export function summaryOfRuns(runs: readonly RunOverview[], campaign: string): CampaignSummary {
  const own = runs.filter((run) => campaignOf(run) === campaign);
  const ends = own.map(({ tenant, id, outcomes, exitCode, note }) => ({
    tenant,
    run: id,
    outcomes: ordered(outcomes),
    exitCode: codeOf(exitCode),
    why: note,
  }));
  return campaignSummary(
    ends,
    own.filter(({ status }) => status !== 'done').map(({ id }) => id),
  );
}

/** A run without an exit code has not ended: something is left to do. */
function codeOf(exitCode: number | null): ExitCode {
  return Object.values(EXIT).find((code) => code === exitCode) ?? EXIT.outcomes;
}
