/** `cordon resume [RUN]`. */
import { isCampaignId } from '../../core/campaign.ts';
import type { ExitCode } from '../../core/exit.ts';
import { resume as goOnWith } from '../../run/resume.ts';
import type { Cli, CommandInput } from '../context.ts';
import { confirmWaveBy } from '../views/question.ts';
import { showEnding } from '../views/ending.ts';
import { working } from '../working.ts';

/** @throws UserError for everything that stands against it; nothing more was sent then */
export async function resume(input: CommandInput, cli: Cli): Promise<ExitCode> {
  const {
    args: [runId],
    settings,
  } = input;
  if (runId !== undefined && isCampaignId(runId)) return (await import('./campaign.ts')).goOnWithCampaign(runId, input, cli);
  return showEnding(
    await working(cli, settings, (tools) => goOnWith({ runId, settings, confirmWave: confirmWaveBy(cli.ask) }, tools)),
    settings,
    cli.io,
  );
}
