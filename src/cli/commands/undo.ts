/** `cordon undo RUN`. */
import type { ExitCode } from '../../core/exit.ts';
import { UsageError } from '../../core/errors.ts';
import { previewUndo, undo as undoRun } from '../../run/undo.ts';
import type { Cli, CommandInput } from '../context.ts';
import { showEnding } from '../views/ending.ts';
import { previewJson } from '../views/preview-json.ts';
import { nextCommand } from '../views/next-command.ts';
import { previewText } from '../views/preview-text.ts';
import { confirmBy } from '../views/question.ts';
import { working } from '../working.ts';

/** @throws UserError for everything that stands against it; nothing was sent then */
export async function undo(input: CommandInput, cli: Cli): Promise<ExitCode> {
  const {
    args: [runId],
    settings,
  } = input;
  if (runId === undefined) throw new UsageError('no run named', { hint: 'Which run is taken back is never guessed: cordon undo RUN' });
  if (settings.dryRun) return preview(runId, input, cli);
  const confirm = confirmBy(cli.ask, cli.display.columns);
  return showEnding(await working(cli, settings, (tools) => undoRun({ runId, settings, confirm }, tools)), settings, cli.io);
}

async function preview(runId: string, { settings }: CommandInput, cli: Cli): Promise<ExitCode> {
  const canAsk = cli.display.terminal;
  const ending = await working(cli, settings, (tools) => previewUndo({ runId, settings, canAsk }, tools));
  const command = (confirm: number | undefined): string => nextCommand({ verb: 'undo', args: [runId], settings, confirm });
  const shown = { command, columns: cli.io.stdout.columns ?? Infinity };
  for await (const piece of settings.json ? previewJson(ending) : previewText(ending, shown)) cli.io.stdout.write(piece);
  return ending.exitCode;
}
