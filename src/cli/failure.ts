/** What is said of an error that ended a command. */
import { CommanderError } from 'commander';
import { messageOf, UserError } from '../core/errors.ts';
import { EXIT, type ExitCode } from '../core/exit.ts';
import type { Failure } from './views/display.ts';

const HELP = '--help shows what there is.';

/** What next, where the error itself does not know better: it was thrown before anything was sent. */
const NEXT: Readonly<Partial<Record<ExitCode, string>>> = {
  [EXIT.internal]: 'cordon doctor says whether the state can be read and written.',
  [EXIT.usage]: 'Nothing was sent. Mend what the message names and type it again; --help shows what there is.',
  [EXIT.outage]: 'Nothing was sent. Try again later; cordon doctor tests the way to the API.',
  [EXIT.guard]: 'Nothing was sent. cordon preview shows what a run would do, and what stands against it.',
  [EXIT.plan]: 'Nothing was sent. Make a new plan with cordon preview --out.',
  [EXIT.credentials]: 'Nothing was sent. cordon doctor says what is missing.',
};

/** Undefined for what is no error: help and version were asked for. */
export function failureOf(error: unknown): Failure | undefined {
  if (error instanceof CommanderError) return usageOf(error);
  if (error instanceof UserError) return { exitCode: error.exitCode, error: error.message, hint: error.hint ?? NEXT[error.exitCode] };
  return { exitCode: EXIT.internal, error: messageOf(error), stack: error instanceof Error ? error.stack : undefined };
}

/** Of output that was cut off. What the command did stands, and so does the reason why it ended otherwise. */
export function unwritten(lost: Error, exitCode: ExitCode): Failure {
  return {
    exitCode: exitCode === EXIT.ok ? EXIT.internal : exitCode,
    error: `the output could not be written whole: ${lost.message}`,
    hint: 'What was done is done, and in the state: cordon runs lists the runs, cordon report RUN writes the reports of one again. What only reads can be run again where there is room.',
  };
}

/** Commander says "error: unknown option '--coment'", and on a line of its own "(Did you mean --comment?)". */
function usageOf({ exitCode, code, message }: CommanderError): Failure | undefined {
  if (exitCode === 0) return undefined;
  if (code === 'commander.help') return { exitCode: EXIT.usage, error: 'no command was named', hint: `cordon ${HELP}` };
  const [what = '', guess = ''] = message.replace(/^error: /, '').split('\n');
  const near = guess.replace(/^\((.*)\)$/, '$1');
  return { exitCode: EXIT.usage, error: what, hint: [near, HELP].filter((part) => part !== '').join(' ') };
}
