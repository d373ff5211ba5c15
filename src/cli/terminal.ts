/** Questions are asked on the controlling terminal, also when the list came by standard input. */
import { openSync } from 'node:fs';
import { createInterface } from 'node:readline/promises';
import { ReadStream, WriteStream } from 'node:tty';
import { EXIT } from '../core/exit.ts';
import { UserError } from '../core/errors.ts';

/** Asks; resolves to what was typed, or undefined when there is no terminal to ask on. */
export type Ask = (question: string) => Promise<string | undefined>;

const [KEYBOARD, SCREEN] = process.platform === 'win32' ? (['CONIN$', 'CONOUT$'] as const) : (['/dev/tty', '/dev/tty'] as const);

export const askTerminal: Ask = async (question) => {
  const terminal = openTerminal();
  if (!terminal) return undefined;
  const lines = createInterface({ input: terminal.reader, output: terminal.writer });
  try {
    const closed = new Promise<string>((resolve) => void lines.once('close', () => resolve('')));
    const interrupted = new Promise<never>((_, reject) => void lines.once('SIGINT', () => reject(interruption())));
    return await Promise.race([lines.question(question), closed, interrupted]);
  } finally {
    lines.close();
    terminal.reader.destroy();
    terminal.writer.destroy();
  }
};

/** Ctrl-C at the question. */
function interruption(): UserError {
  return new UserError('interrupted at the question; nothing was sent', { exitCode: EXIT.sigint });
}

function openTerminal(): { reader: ReadStream; writer: WriteStream } | undefined {
  try {
    return { reader: new ReadStream(openSync(KEYBOARD, 'r')), writer: new WriteStream(openSync(SCREEN, 'w')) };
  } catch {
    return undefined;
  }
}
