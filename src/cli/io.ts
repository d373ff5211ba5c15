/** What a command may touch of the process that runs it; tests and the demo give their own. */
import type { Readable } from 'node:stream';
import { openOutput } from './output.ts';
import type { Stderr } from './views/display.ts';

export interface Io {
  readonly env: NodeJS.ProcessEnv;
  readonly stdin: Readable;
  readonly stdout: { readonly columns?: number; write(text: string): unknown };
  /** Resolves once stdout has all that was written: to what went wrong, unless its reader only went away. */
  flushed?(): Promise<Error | undefined>;
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
  process.stderr.on('error', () => {});
  const stdout = openOutput(process.stdout);
  return {
    env: process.env,
    stdin: process.stdin,
    stdout,
    flushed: () => stdout.flushed(),
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
