/** `cordon prune`: finished runs that are old leave the state. */
import { EXIT, type ExitCode } from '../../core/exit.ts';
import { prune as forget } from '../../run/records.ts';
import type { Cli, CommandInput } from '../context.ts';
import { prunedText } from '../views/records.ts';
import { quietTools } from '../working.ts';

/** @throws UsageError when --keep is less than a day */
export async function prune({ settings }: CommandInput, cli: Cli): Promise<ExitCode> {
  const pruned = await forget(settings, quietTools(cli));
  cli.io.stdout.write(settings.json ? `${JSON.stringify(pruned)}\n` : prunedText(pruned, settings.keep));
  return EXIT.ok;
}
