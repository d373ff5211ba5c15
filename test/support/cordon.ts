/** The real command line in a process of its own, with an environment that holds nothing but what the test names. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const CLI = join(import.meta.dirname, '../../src/cli.ts');

export interface Ended {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Started {
  readonly process: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Resolves with everything printed so far as soon as it matches. Rejects when the process ends first. */
  printed(pattern: RegExp): Promise<string>;
}

export interface Surroundings {
  readonly cwd: string;
  readonly env?: NodeJS.ProcessEnv;
}

export function startCordon(args: readonly string[], { cwd, env = {} }: Surroundings): Started {
  const child = spawn(process.execPath, [CLI, ...args], { cwd, env: { PATH: process.env['PATH'], HOME: cwd, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  const text = { stdout: '', stderr: '' };
  const listeners = new Set<() => void>();
  for (const name of ['stdout', 'stderr'] as const)
    child[name].setEncoding('utf8').on('data', (piece: string) => {
      text[name] += piece;
      for (const look of listeners) look();
    });
  const ended = once(child, 'close').then(([exitCode]): Ended => ({ exitCode: typeof exitCode === 'number' ? exitCode : null, ...text }));
  const printed = (pattern: RegExp): Promise<string> => {
    const found = new Promise<string>((resolve) => {
      const look = (): void => {
        const all = text.stdout + text.stderr;
        if (!pattern.test(all)) return;
        listeners.delete(look);
        resolve(all);
      };
      listeners.add(look);
      look();
    });
    const gone = ended.then(() => Promise.reject(new Error(`ended without printing ${pattern}: ${text.stdout}${text.stderr}`)));
    return Promise.race([found, gone]);
  };
  return { process: child, ended, printed };
}

/** Runs it to its end. */
export function cordon(args: readonly string[], surroundings: Surroundings): Promise<Ended> {
  return startCordon(args, surroundings).ended;
}
