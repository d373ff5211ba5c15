/** `cordon cancel RUN`. */
import type { ExitCode } from '../../core/exit.ts';
import { UsageError } from '../../core/errors.ts';
import { cancel as cancelRun } from '../../run/cancel.ts';
import type { Cli, CommandInput } from '../context.ts';
import { cancelJson, cancelText } from '../views/cancelled.ts';
import { confirmBy } from '../views/question.ts';
import { working } from '../working.ts';

/** @throws UserError for everything that stands against it; nothing was sent then */
export async function cancel({ args: [runId], settings }: CommandInput, cli: Cli): Promise<ExitCode> {
  if (runId === undefined)
    throw new UsageError('no run named', { hint: 'Whose actions are cancelled is never guessed: cordon cancel RUN' });
  const confirm = settings.dryRun ? undefined : confirmBy(cli.ask, cli.display.columns);
  const ending = await working(cli, settings, (tools) => cancelRun({ runId, settings, ...(confirm && { confirm }) }, tools));
  cli.io.stdout.write(settings.json ? `${JSON.stringify(cancelJson(ending))}\n` : cancelText(ending));
  return ending.exitCode;
}
