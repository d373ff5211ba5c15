/** Questions are asked on the controlling terminal, also when the list came by standard input. */
import { createInterface } from 'node:readline/promises';
import { openTerminal } from './console.ts';
import { EXIT } from '../core/exit.ts';
import { UserError } from '../core/errors.ts';

/** Asks; resolves to what was typed, or undefined when there is no terminal to ask on. */
export type Ask = (question: string) => Promise<string | undefined>;

export const askTerminal: Ask = async (question) => {
  const terminal = openTerminal();
  if (!terminal) return undefined;
  const lines = createInterface({ input: terminal.reader, output: terminal.writer });
  try {
    const closed = new Promise<string>((resolve) => void lines.once('close', () => resolve('')));
    const interrupted = new Promise<never>((_, reject) => void lines.once('SIGINT', () => reject(interruption())));
    const hungUp = new Promise<never>((_, reject) => {
      for (const stream of [lines, terminal.reader, terminal.writer]) stream.on('error', () => reject(hangUp()));
    });
    return await Promise.race([lines.question(question), closed, interrupted, hungUp]);
  } finally {
    lines.close();
    terminal.reader.destroy();
    terminal.writer.destroy();
  }
};

/** The terminal was closed at the question. */
function hangUp(): UserError {
  return new UserError('the terminal was closed at the question; nothing was sent', { exitCode: EXIT.sigterm });
}

/** Ctrl-C at the question. */
function interruption(): UserError {
  return new UserError('interrupted at the question; nothing was sent', { exitCode: EXIT.sigint });
}
