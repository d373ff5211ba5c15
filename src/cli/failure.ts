/** What is said of an error that ended a command. */
import { CommanderError } from 'commander';
import { messageOf, UserError } from '../core/errors.ts';
import { EXIT } from '../core/exit.ts';
import type { Failure } from './views/display.ts';

const HELP = '--help shows what there is.';

/** Undefined for what is no error: help and version were asked for. */
export function failureOf(error: unknown): Failure | undefined {
  if (error instanceof CommanderError) return usageOf(error);
  if (error instanceof UserError) return { exitCode: error.exitCode, error: error.message, hint: error.hint };
  return { exitCode: EXIT.internal, error: messageOf(error), stack: error instanceof Error ? error.stack : undefined };
}

/** Commander says "error: unknown option '--coment'", and on a line of its own "(Did you mean --comment?)". */
function usageOf({ exitCode, code, message }: CommanderError): Failure | undefined {
  if (exitCode === 0) return undefined;
  if (code === 'commander.help') return { exitCode: EXIT.usage, error: 'no command was named', hint: `cordon ${HELP}` };
  const [what = '', guess = ''] = message.replace(/^error: /, '').split('\n');
  const near = guess.replace(/^\((.*)\)$/, '$1');
  return { exitCode: EXIT.usage, error: what, hint: [near, HELP].filter((part) => part !== '').join(' ') };
}
