/** `cordon resume [RUN]`. */
import { isCampaignId } from '../../core/campaign.ts';
import { SeveralRunsError } from '../../core/errors.ts';
import type { ExitCode } from '../../core/exit.ts';
import { resume as goOnWith } from '../../run/resume.ts';
import { withStored, type Settings } from '../../settings/settings.ts';
import type { Ending } from '../../run/ending.ts';
import type { Cli, CommandInput } from '../context.ts';
import { confirmWaveBy } from '../views/question.ts';
import { showEnding } from '../views/ending.ts';
import { chosenRun, whichRun } from '../views/which-run.ts';
import { working } from '../working.ts';

/** @throws UserError for everything that stands against it; nothing more was sent then */
export async function resume(input: CommandInput, cli: Cli): Promise<ExitCode> {
  const {
    args: [runId],
    settings,
  } = input;
  if (runId !== undefined && isCampaignId(runId)) return (await import('./campaign.ts')).goOnWithCampaign(runId, input, cli);
  const confirmWave = confirmWaveBy(cli.ask, cli.display.columns);
  const goOn = (id: string | undefined): Promise<Ending> =>
    working(cli, settings, (tools) => goOnWith({ runId: id, settings, confirmWave }, tools));
  try {
    return show(await goOn(runId), settings, cli);
  } catch (error) {
    if (!(error instanceof SeveralRunsError)) throw error;
    return show(await goOn(await asked(error, cli)), settings, cli);
  }
}

/** What was said with the run said what its exit code means. */
function show(ending: Ending, settings: Settings, { io }: Cli): ExitCode {
  return showEnding(ending, withStored(settings, ending.run.settings), io);
}

/** Which run is meant is never guessed. @throws SeveralRunsError when nobody says which one, or nobody is there to ask */
async function asked(error: SeveralRunsError, { ask, display }: Cli): Promise<string> {
  const answer = await ask(whichRun(error.runs, display.columns()));
  const id = answer === undefined ? undefined : chosenRun(answer, error.runs);
  if (id === undefined) throw error;
  return id;
}
