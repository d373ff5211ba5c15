/** What a command may touch of the process that runs it; tests and the demo give their own. */
import type { Readable } from 'node:stream';
import type { Stderr } from './views/display.ts';

export interface Io {
  readonly env: NodeJS.ProcessEnv;
  readonly stdin: Readable;
  readonly stdout: { readonly columns?: number; write(text: string): unknown };
  readonly stderr: Stderr;
  /** Signals of this process, for as long as a run listens. */
  onSignal(signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP', handler: () => void): () => void;
  /** Ends the process at once: only for a second signal. */
  exitNow(code: number): void;
  /** Told of Node's own warnings, which it then does not print itself. */
  onWarning?(handler: (text: string) => void): void;
  now(): number;
}

export function processIo(): Io {
  // A reader that goes away (`cordon … | head`) must not end a run half way.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  return {
    env: process.env,
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    onSignal: (signal, handler) => {
      process.on(signal, handler);
      return () => process.off(signal, handler);
    },
    exitNow: (code) => process.exit(code),
    onWarning: (handler) => {
      process.removeAllListeners('warning');
      process.on('warning', ({ name, message }) => handler(`${name}: ${message}`));
    },
    now: Date.now,
  };
}
