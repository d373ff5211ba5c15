/** `cordon stop RUN`. */
import { EXIT, type ExitCode } from '../../core/exit.ts';
import { UsageError } from '../../core/errors.ts';
import { stopRun } from '../../run/stop-run.ts';
import type { Cli, CommandInput } from '../context.ts';
import { stoppedJson, stoppedText } from '../views/cancelled.ts';
import { quietTools } from '../working.ts';

/** @throws UsageError when there is no such run */
export async function stop({ args: [runId], settings }: CommandInput, cli: Cli): Promise<ExitCode> {
  if (runId === undefined) throw new UsageError('no run named', { hint: 'cordon runs lists them: cordon stop RUN' });
  const stopped = await stopRun({ runId, settings }, quietTools(cli));
  cli.io.stdout.write(settings.json ? `${JSON.stringify(stoppedJson(stopped))}\n` : stoppedText(stopped));
  return EXIT.ok;
}
