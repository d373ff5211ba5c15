/** A command that runs beside the test: what it prints can be waited for, and it can be told to end. */
import type { ChildProcess } from 'node:child_process';
import { cordon, type CliOptions, type CliResult } from './cli.ts';

export interface Started {
  readonly process: ChildProcess;
  readonly ended: Promise<CliResult>;
  /** Resolves with everything printed so far as soon as it matches. Rejects when the process ends first. */
  printed(pattern: RegExp): Promise<string>;
}

export function startCordon(args: readonly string[], options: CliOptions): Started {
  const children: ChildProcess[] = [];
  const ended = cordon(args, { ...options, onStart: (child) => void children.push(child) });
  const [child] = children;
  if (!child) throw new Error('not started');
  let text = '';
  const listeners = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (piece: string) => {
      text += piece;
      for (const look of listeners) look();
    });
  const printed = (pattern: RegExp): Promise<string> => {
    const found = new Promise<string>((resolve) => {
      const look = (): void => {
        if (!pattern.test(text)) return;
        listeners.delete(look);
        resolve(text);
      };
      listeners.add(look);
      look();
    });
    const gone = ended.then(() => Promise.reject(new Error(`ended without printing ${pattern}: ${text}`)));
    return Promise.race([found, gone]);
  };
  return { process: child, ended, printed };
}
