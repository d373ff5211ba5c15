/** The real command line on a terminal: shown to nobody, and yet as wide as one says. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { stripVTControlCharacters } from 'node:util';
import { CLI } from './cli.ts';

const DRIVER = new URL('on_pty.py', import.meta.url).pathname;

/** Why there are no pseudo-terminals here; undefined where there are. */
export const NO_PTY: string | undefined =
  spawnSync('python3', ['-c', 'import pty']).status === 0 ? undefined : 'python3 is not here: nothing is tried on a terminal';

export interface OnTerminal {
  /** Resolves with everything shown so far as soon as it matches. Rejects when the program ends first. */
  shown(pattern: RegExp): Promise<string>;
  type(keys: string): void;
  /** Closes the terminal, as when its window is closed. */
  hangUp(): void;
  readonly ended: Promise<{ readonly code: number | null; readonly text: string }>;
}

export interface TerminalOptions {
  readonly columns: number;
  readonly cwd: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Put after the command in a shell: `2>log`, `| tee copy`. */
  readonly redirect?: string;
}

export const CTRL_C = '\u0003';

/** Starts cordon on a terminal of that width, with nothing of this process' environment but the path. */
export function onTerminal(args: readonly string[], { columns, cwd, env = {}, redirect }: TerminalOptions): OnTerminal {
  const program = [process.execPath, CLI, ...args];
  const command = redirect === undefined ? program : ['sh', '-c', `${program.map(quoted).join(' ')} ${redirect}`];
  const child = spawn('python3', [DRIVER, String(columns), '50', ...command], {
    cwd,
    env: { PATH: process.env['PATH'], HOME: '/nonexistent', TERM: 'xterm-256color', ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let text = '';
  const looks = new Set<() => void>();
  child.stdin.on('error', () => {});
  child.stdout.setEncoding('utf8').on('data', (piece: string) => {
    text += piece;
    for (const look of looks) look();
  });
  const ended = once(child, 'close').then(([code]: (number | null)[]) => ({ code: code ?? null, text }));
  const shown = (pattern: RegExp): Promise<string> => {
    const found = new Promise<string>((resolve) => {
      const look = (): void => {
        if (!pattern.test(stripVTControlCharacters(text))) return;
        looks.delete(look);
        resolve(text);
      };
      looks.add(look);
      look();
    });
    const gone = ended.then(() => Promise.reject(new Error(`ended without showing ${pattern}: ${text}`)));
    return Promise.race([found, gone]);
  };
  return { shown, ended, type: (keys) => void child.stdin.write(keys), hangUp: () => void child.stdin.write('HANG-UP\n') };
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

/** What stood on lines of its own at some time: a bar that was drawn anew counts each time. */
export function linesShown(text: string): string[] {
  return stripVTControlCharacters(text.replaceAll('\u001B[2K', '\r'))
    .split(/[\r\n]+/)
    .filter((line) => line !== '');
}
