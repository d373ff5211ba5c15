/** `cordon run JOB LIST…` and `cordon run --plan FILE`. */
import type { ExitCode } from '../../core/exit.ts';
import { isCampaign } from '../../run/campaign/start.ts';
import { start } from '../../run/start.ts';
import type { Cli, CommandInput } from '../context.ts';
import { confirmBy, confirmWaveBy } from '../views/question.ts';
import { showEnding } from '../views/ending.ts';
import { working } from '../working.ts';
import { preview } from './preview.ts';

/** @throws UserError for everything that stands against the run; nothing was sent then */
export async function run(input: CommandInput, cli: Cli): Promise<ExitCode> {
  const { settings, args } = input;
  if (settings.dryRun) return preview(input, cli);
  if (isCampaign(settings)) return (await import('./campaign.ts')).runCampaign(input, cli);
  const [jobName, ...lists] = args;
  const request = {
    jobName,
    lists,
    stdin: cli.io.stdin,
    settings,
    confirmWave: confirmWaveBy(cli.ask, cli.display.columns),
    confirm: confirmBy(cli.ask, cli.display.columns),
    ...(cli.emulator && { emulator: cli.emulator }),
  };
  return showEnding(await working(cli, settings, (tools) => start(request, tools)), settings, cli.io);
}
