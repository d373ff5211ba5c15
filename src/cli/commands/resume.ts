/** `cordon resume [RUN]`. */
import type { ExitCode } from '../../core/exit.ts';
import { resume as goOnWith } from '../../run/resume.ts';
import type { Cli, CommandInput } from '../context.ts';
import { confirmWaveBy } from '../views/question.ts';
import { showEnding } from '../views/ending.ts';
import { working } from '../working.ts';

/** @throws UserError for everything that stands against it; nothing more was sent then */
export async function resume({ args: [runId], settings }: CommandInput, cli: Cli): Promise<ExitCode> {
  return showEnding(
    await working(cli, settings, (tools) => goOnWith({ runId, settings, confirmWave: confirmWaveBy(cli.ask) }, tools)),
    settings,
    cli.io,
  );
}
