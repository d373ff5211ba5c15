/** `cordon resume CAMPAIGN`: goes on with every unfinished run of it, side by side. */
import { campaignSummary, summaryOfRuns, type TenantEnd } from '../../core/campaign.ts';
import { messageOf, UserError } from '../../core/errors.ts';
import { EXIT } from '../../core/exit.ts';
import type { State } from '../../core/ports.ts';
import type { Run } from '../../core/types.ts';
import { settingsFrom, type Settings } from '../../settings/settings.ts';
import type { Tenants } from '../../settings/tenants-file.ts';
import { openStateOf } from '../../wiring/state.ts';
import type { Tools } from '../../wiring/tools.ts';
import { resumeRun } from '../resume.ts';
import { tenantsOf, toolsOfRun } from '../tenant-tools.ts';
import { reportCampaign, reportingEach, runsOf } from './report.ts';
import type { CampaignEnding, CampaignRequest } from './start.ts';

export interface ResumeCampaign extends Pick<CampaignRequest, 'follow' | 'settings'> {
  readonly campaign: string;
}

/** @throws UsageError when there is no such campaign; what stands against one run stops no other */
export async function resumeCampaign(request: ResumeCampaign, tools: Tools): Promise<CampaignEnding> {
  const { campaign, settings } = request;
  const state = await openStateOf(campaign, settings, tools);
  try {
    const tenants = tenantsOf(settings.tenants);
    const open = (await runsOf(campaign, state)).filter(({ status }) => status !== 'done');
    const failures = await Promise.all(open.map((run) => goOnWith(run, request, { state, tenants, tools })));
    const failed = new Map(failures.flatMap((end) => (end?.run === undefined ? [] : [[end.run, end] as const])));
    const { tenants: ends, unfinished } = summaryOfRuns(await runsOf(campaign, state), campaign);
    const summary = campaignSummary(
      ends.map((end) => ({ ...end, ...failed.get(end.run ?? '') })),
      unfinished,
    );
    return { campaign, ...(await reportCampaign({ campaign, summary, left: [], state, settings }, tools)) };
  } finally {
    await state.close();
  }
}

interface Around {
  readonly state: State;
  readonly tenants: Tenants | undefined;
  readonly tools: Tools;
}

/** Why this run could not be gone on with; undefined when it could, whatever came of it. */
async function goOnWith(
  run: Run,
  { settings, follow }: ResumeCampaign,
  { state, tenants, tools }: Around,
): Promise<Pick<TenantEnd, 'run' | 'exitCode' | 'why'> | undefined> {
  const followed = follow(run.tenant);
  try {
    const own = await toolsOfRun(run, tenants, { ...tools, listener: followed.listener });
    await resumeRun(run, state, settingsOf(settings, own), own);
    return undefined;
  } catch (error) {
    const exitCode = error instanceof UserError ? error.exitCode : EXIT.internal;
    const why = tools.secrets.scrub(messageOf(error));
    tools.log.error({ event: 'tenant.failed', tenant: run.tenant, run: run.id, exitCode, why }, 'this run could not be gone on with');
    return { run: run.id, exitCode, why };
  } finally {
    await followed.close();
  }
}

function settingsOf(settings: Settings, { env }: Tools): Settings {
  return settingsFrom({ ...reportingEach(settings), env });
}
