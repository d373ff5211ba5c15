/** `cordon report [RUN]`: writes the reports again, or with --verify says whether they are still what was written. */
import { isCampaignId } from '../../core/campaign.ts';
import { EXIT, type ExitCode } from '../../core/exit.ts';
import { reportCampaignAgain } from '../../run/campaign/report.ts';
import { reportAgain, verifyReports } from '../../run/records.ts';
import type { Cli, CommandInput } from '../context.ts';
import { campaignJson, campaignText } from '../views/campaign.ts';
import { reportedJson, reportedText, verifiedText } from '../views/records.ts';
import { quietTools } from '../working.ts';

/** @throws UsageError when there is no such run, or nothing to verify */
export async function report(input: CommandInput, cli: Cli): Promise<ExitCode> {
  const { args, settings } = input;
  if (settings.verify !== undefined) return verified(settings.verify, input, cli);
  const [named] = args;
  if (named !== undefined && isCampaignId(named)) return campaign(named, input, cli);
  const reported = await reportAgain(args[0], settings, quietTools(cli));
  cli.io.stdout.write(settings.json ? `${JSON.stringify(reportedJson(reported))}\n` : reportedText(reported));
  return EXIT.ok;
}

async function campaign(id: string, { settings }: CommandInput, cli: Cli): Promise<ExitCode> {
  const reported = { campaign: id, ...(await reportCampaignAgain(id, settings, quietTools(cli))) };
  cli.io.stdout.write(settings.json ? `${JSON.stringify(campaignJson(reported))}\n` : campaignText(reported));
  return reported.unwritten === undefined ? EXIT.ok : EXIT.internal;
}

/** Exit 3 when a file is not what was written, is missing, has no checksum, or says something else than the state. */
async function verified(folder: string, { args, settings }: CommandInput, cli: Cli): Promise<ExitCode> {
  const files = await verifyReports(args[0], folder, settings, quietTools(cli));
  const exitCode = files.every(({ verdict }) => verdict === 'intact') ? EXIT.ok : EXIT.outcomes;
  cli.io.stdout.write(settings.json ? `${JSON.stringify({ folder, files, exitCode })}\n` : verifiedText(folder, files));
  return exitCode;
}
