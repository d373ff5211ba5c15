/** `cordon run` and `cordon resume` where they are about many tenants. */
import type { ExitCode } from '../../core/exit.ts';
import { resumeCampaign } from '../../run/campaign/resume.ts';
import { startCampaign, type CampaignEnding } from '../../run/campaign/start.ts';
import type { Cli, CommandInput } from '../context.ts';
import { sideBySide } from '../side-by-side.ts';
import { campaignJson, campaignText } from '../views/campaign.ts';
import { confirmBy } from '../views/question.ts';

/** @throws UserError for everything that stands against all of it; nothing was sent then */
export async function runCampaign({ args: [jobName, ...lists], settings }: CommandInput, cli: Cli): Promise<ExitCode> {
  const confirm = confirmBy(cli.ask, cli.display.columns);
  const request = { jobName, lists, stdin: cli.io.stdin, settings, confirm, ...(cli.emulator && { emulator: cli.emulator }) };
  return show(await sideBySide(cli, settings, (tools, follow) => startCampaign({ ...request, follow }, tools)), settings.json, cli);
}

/** @throws UsageError when there is no such campaign */
export async function goOnWithCampaign(campaign: string, { settings }: CommandInput, cli: Cli): Promise<ExitCode> {
  return show(
    await sideBySide(cli, settings, (tools, follow) => resumeCampaign({ campaign, settings, follow }, tools)),
    settings.json,
    cli,
  );
}

function show(ending: CampaignEnding, json: boolean, { io }: Cli): ExitCode {
  io.stdout.write(json ? `${JSON.stringify(campaignJson(ending))}\n` : campaignText(ending));
  return ending.summary.exitCode;
}
