/** `cordon follow [RUN]`. */
import type { ExitCode } from '../../core/exit.ts';
import { follow as followRun } from '../../run/follow.ts';
import type { Cli, CommandInput } from '../context.ts';
import { followedJson, followedText } from '../views/standings.ts';
import { working } from '../working.ts';

/** @throws UsageError when there is no such run; AuthError, UserError when its actions may not be read */
export async function follow({ args: [runId], settings }: CommandInput, cli: Cli): Promise<ExitCode> {
  const ending = await working(cli, settings, (tools) => followRun({ runId, settings }, tools));
  cli.io.stdout.write(settings.json ? `${JSON.stringify(followedJson(ending))}\n` : followedText(ending));
  return ending.exitCode;
}
