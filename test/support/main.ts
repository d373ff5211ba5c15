/** The command line in this process: what it prints is collected, and signals and answers are the test's own. */
import { Readable } from 'node:stream';
import { main } from '../../src/cli/main.ts';
import type { Io } from '../../src/cli/io.ts';

type Signal = Parameters<Io['onSignal']>[0];

export interface InProcess {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Codes with which the process would have been ended at once. */
  readonly exits: readonly number[];
}

export interface MainOptions {
  readonly env?: NodeJS.ProcessEnv;
  /** Standard input. */
  readonly input?: string;
  /** A person reads along, and answers the question so; absent: nobody does, and nobody can be asked. */
  readonly answer?: string;
  /** Told of everything printed, with what sends a signal. */
  readonly onPrint?: (text: string, send: (signal: Signal) => void) => void;
}

export async function inProcess(args: readonly string[], { env = {}, input = '', answer, onPrint }: MainOptions = {}): Promise<InProcess> {
  const handlers = new Map<Signal, Set<() => void>>();
  const send = (signal: Signal): void => handlers.get(signal)?.forEach((handle) => handle());
  const [printed, exits] = [{ stdout: '', stderr: '' }, [] as number[]];
  const writer = (stream: keyof typeof printed) => (text: string) => {
    printed[stream] += text;
    onPrint?.(text, send);
  };
  const io: Io = {
    env,
    stdin: Readable.from([input]),
    stdout: { write: writer('stdout') },
    stderr: { isTTY: answer !== undefined, columns: 120, write: writer('stderr') },
    onSignal: (signal, handle) => {
      const set = handlers.get(signal) ?? new Set();
      handlers.set(signal, set.add(handle));
      return () => set.delete(handle);
    },
    exitNow: (code) => void exits.push(code),
    now: Date.now,
  };
  const exitCode = await main(args, io, { ask: async () => answer });
  return { exitCode, ...printed, exits };
}
