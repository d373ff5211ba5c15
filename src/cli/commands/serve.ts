/** `cordon serve`: the runs of the state as live pages, until a signal ends it. */
import { EXIT, type ExitCode } from '../../core/exit.ts';
import { serveState } from '../../run/serve.ts';
import type { Cli, CommandInput } from '../context.ts';
import { nextSignal } from '../listeners/signals.ts';
import { quietTools } from '../working.ts';

/** Prints the address, which has a token in it: who has it may read, and nobody can change anything. @throws UsageError */
export async function serve({ settings }: CommandInput, cli: Cli): Promise<ExitCode> {
  const { io, display } = cli;
  const serving = await serveState(settings, quietTools(cli));
  const signal = nextSignal(io);
  io.stdout.write(settings.json ? `${JSON.stringify({ url: serving.url })}\n` : `${serving.url}\n`);
  display.say('Read only, for this machine alone. Ctrl-C ends it.');
  await signal;
  await serving.close();
  return EXIT.ok;
}
