/** The question before anything is sent, asked on the controlling terminal even when the list came by standard input. */
import { createInterface } from 'node:readline/promises';
import { GuardError } from '../../core/errors.ts';
import { openTerminal } from './console.ts';

/** Asks; resolves to what was typed, or undefined when there is no terminal to ask on. */
export type Ask = (question: string) => Promise<string | undefined>;

export const askTerminal: Ask = async (question) => {
  const terminal = openTerminal();
  if (!terminal) return undefined;
  const lines = createInterface({ input: terminal.reader, output: terminal.writer });
  try {
    const closed = new Promise<string>((resolve) => void lines.once('close', () => resolve('')));
    return await Promise.race([lines.question(question), closed]);
  } finally {
    lines.close();
    terminal.reader.destroy();
    terminal.writer.destroy();
  }
};

export interface Confirmation {
  readonly calls: number;
  /** What will be done to how many machines, in several lines. */
  readonly question: () => Promise<string>;
  readonly yes: boolean;
  readonly confirm: number | undefined;
  readonly ask: Ask;
}

/** @throws GuardError when nobody confirms, or the number is another one than was confirmed */
export async function confirmCalls({ calls, question, yes, confirm, ask }: Confirmation): Promise<void> {
  if (confirm !== undefined) {
    if (confirm === calls) return;
    throw new GuardError(`--confirm ${confirm} does not match: ${calls} machines would be called`, {
      hint: 'Look at the list again with cordon preview.',
    });
  }
  if (yes) return;
  const answer = await ask(`${await question()}\nType the number of machines to go on, anything else to stop: `);
  if (answer === undefined)
    throw new GuardError('nobody confirmed: there is no terminal to ask on', {
      hint: `Use --confirm ${calls} (best), --yes, or a plan from cordon preview --out.`,
    });
  if (answer.trim() !== String(calls)) throw new GuardError(`not confirmed: "${answer.trim()}" is not ${calls}; nothing was sent`);
}
