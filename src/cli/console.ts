/** The controlling terminal, whatever standard input and output are. */
import { openSync } from 'node:fs';
import { ReadStream, WriteStream } from 'node:tty';

export interface Terminal {
  readonly reader: ReadStream;
  readonly writer: WriteStream;
}

/**
 * How each system calls it. On Windows the bare CONIN$ would be taken for a file in the working folder, and a keyboard
 * that is opened for reading only does not let its mode be set.
 */
export function consoleOf(platform: NodeJS.Platform): Readonly<Record<'keyboard' | 'screen', readonly [path: string, flags: string]>> {
  if (platform === 'win32') return { keyboard: [String.raw`\\.\CONIN$`, 'r+'], screen: [String.raw`\\.\CONOUT$`, 'r+'] };
  return { keyboard: ['/dev/tty', 'r'], screen: ['/dev/tty', 'w'] };
}

/** Undefined when there is none, as under a scheduler. */
export function openTerminal(): Terminal | undefined {
  const { keyboard, screen } = consoleOf(process.platform);
  try {
    return { reader: new ReadStream(openSync(...keyboard)), writer: new WriteStream(openSync(...screen)) };
  } catch {
    return undefined;
  }
}
