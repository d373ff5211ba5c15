/** `cordon state copy FROM TO`: a state in a file moves to a server. */
import { resolve } from 'node:path';
import { EXIT, type ExitCode } from '../../core/exit.ts';
import { UsageError } from '../../core/errors.ts';
import { copyState, type Copied } from '../../state/postgres/copy.ts';
import { isPostgres } from '../../state/postgres/address.ts';
import type { Cli, CommandInput } from '../context.ts';

const HELP = 'cordon state copy ~/.local/state/cordon/state.db postgres://cordon@db.example.com/cordon';

/** @throws UsageError for other words, or when there is no such file; RunBusyError when a process works on a run of it */
export async function state({ args, settings }: CommandInput, { io }: Cli): Promise<ExitCode> {
  const [action, from, to, ...more] = args;
  if (action !== 'copy' || from === undefined || to === undefined || more.length > 0)
    throw new UsageError('say what is to be copied where', { hint: HELP });
  if (isPostgres(from) || !isPostgres(to)) throw new UsageError('a state is copied from a file to a server', { hint: HELP });
  const copied = await copyState(resolve(from), to, io.env);
  io.stdout.write(settings.json ? `${JSON.stringify({ ...copied, exitCode: EXIT.ok })}\n` : copiedText(copied, to));
  return EXIT.ok;
}

function copiedText({ runs, already, rows, attempts }: Copied, to: string): string {
  const before = already.length > 0 ? ` ${already.length} were there already.` : '';
  return `Copied: ${runs.length} runs, ${rows} rows, ${attempts} attempts.${before} From now on:  CORDON_STATE='${to}'\n`;
}
