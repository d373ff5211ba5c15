/** `cordon report [RUN]`: writes the reports again. */
import { EXIT, type ExitCode } from '../../core/exit.ts';
import { reportAgain } from '../../run/records.ts';
import type { Cli, CommandInput } from '../context.ts';
import { reportedJson, reportedText } from '../views/records.ts';
import { quietTools } from '../working.ts';

/** @throws UsageError when there is no such run */
export async function report({ args: [runId], settings }: CommandInput, cli: Cli): Promise<ExitCode> {
  const reported = await reportAgain(runId, settings, quietTools(cli));
  cli.io.stdout.write(settings.json ? `${JSON.stringify(reportedJson(reported))}\n` : reportedText(reported));
  return EXIT.ok;
}
