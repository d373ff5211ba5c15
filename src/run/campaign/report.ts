/** The files that tell of a campaign as a whole. */
import { findJob } from '../../../jobs/index.ts';
import { EXIT } from '../../core/exit.ts';
import { campaignOf, summaryOfRuns, type CampaignSummary } from '../../core/campaign.ts';
import { messageOf, UsageError } from '../../core/errors.ts';
import type { RunOverview, State } from '../../core/ports.ts';
import type { InputRow } from '../../core/types.ts';
import { writeCampaign } from '../../reports/campaign.ts';
import { reportFromState } from '../../reports/from-state.ts';
import type { Settings } from '../../settings/settings.ts';
import { openStateOf } from '../../wiring/state.ts';
import type { Tools } from '../../wiring/tools.ts';
import { runNamed } from '../find-run.ts';
import { reportFolder } from '../finish.ts';
import { reportFrom } from '../records.ts';
import { saveTargets } from '../sources.ts';
import { reportOfEach } from './tenant.ts';

export interface CampaignFiles {
  readonly summary: CampaignSummary;
  readonly files: readonly string[];
  /** Why they could not be written; the state has everything. */
  readonly unwritten: string | undefined;
}

export interface CampaignToReport {
  readonly campaign: string;
  readonly summary: CampaignSummary;
  /** Rows of tenants that could not begin: a list to be run again once that is mended. */
  readonly left: readonly InputRow[];
  readonly state: State;
  readonly settings: Settings;
}

/** Never rejects: what cannot be written is part of the ending. */
export async function reportCampaign(
  { campaign, summary, left, state, settings }: CampaignToReport,
  { log }: Tools,
): Promise<CampaignFiles> {
  const folder = reportFolder(settings.report, campaign);
  const ids = summary.tenants.flatMap(({ run }) => (run === undefined ? [] : [run]));
  const reports = ids.map((id) => async () => {
    const run = await runNamed(state, id);
    return reportFromState(run, state, findJob(run.job));
  });
  try {
    const files = await writeCampaign({ campaign, summary, reports }, folder);
    return { summary, files: left.length > 0 ? [...files, await saveTargets(folder, left)] : files, unwritten: undefined };
  } catch (error) {
    log.error({ error: messageOf(error) }, 'the report of the campaign could not be written');
    return { summary: { ...summary, exitCode: EXIT.internal }, files: [], unwritten: messageOf(error) };
  }
}

/** The runs of a campaign, in the order in which they began. @throws UsageError when there is none */
export async function runsOf(campaign: string, state: State): Promise<readonly RunOverview[]> {
  const runs = (await state.runs()).filter((run) => campaignOf(run) === campaign).toReversed();
  if (runs.length === 0)
    throw new UsageError(`there is no run of campaign ${campaign} in this state`, {
      hint: 'cordon runs lists them; --state names another one.',
    });
  return runs;
}

/** Writes the reports of all runs of a campaign again, and the campaign's. @throws UsageError when there is no such campaign */
export async function reportCampaignAgain(campaign: string, settings: Settings, tools: Tools): Promise<CampaignFiles> {
  const state = await openStateOf(campaign, settings, tools);
  try {
    const runs = await runsOf(campaign, state);
    for (const { id } of runs) await reportFrom(state, id, { ...settings, sources: reportingEach(settings) });
    const summary = summaryOfRuns(runs, campaign);
    return await reportCampaign({ campaign, summary, left: [], state, settings }, tools);
  } finally {
    await state.close();
  }
}

/** A folder that was named for all of them holds a folder for each. */
export function reportingEach({ sources }: Settings): Settings['sources'] {
  const named = reportOfEach(sources.flags.report?.at(-1));
  return named === undefined ? sources : { ...sources, flags: { ...sources.flags, report: [named] } };
}
