/** `cordon preview JOB LIST…`: sends no POST. */
import type { ExitCode } from '../../core/exit.ts';
import { preview as previewList } from '../../run/preview.ts';
import type { Cli, CommandInput } from '../context.ts';
import { previewJson } from '../views/preview-json.ts';
import { nextCommand } from '../views/next-command.ts';
import { previewText } from '../views/preview-text.ts';
import { working } from '../working.ts';

/** @throws UserError when the list, the exclusions or the facts cannot be read */
export async function preview({ args, settings }: CommandInput, cli: Cli): Promise<ExitCode> {
  const [jobName, ...lists] = args;
  const canAsk = cli.display.terminal;
  const request = { jobName, lists, stdin: cli.io.stdin, settings, canAsk, ...(cli.emulator && { emulator: cli.emulator }) };
  const ending = await working(cli, settings, (tools) => previewList(request, tools));
  const command = (confirm: number | undefined): string => nextCommand({ verb: 'run', args, settings, confirm });
  const shown = { command, columns: cli.io.stdout.columns ?? Infinity };
  for await (const piece of settings.json ? previewJson(ending) : previewText(ending, shown)) cli.io.stdout.write(piece);
  return ending.exitCode;
}
