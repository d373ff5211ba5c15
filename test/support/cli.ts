/** The real command line in a process of its own. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';

export const CLI = new URL('../../src/cli.ts', import.meta.url).pathname;

export interface CliResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  readonly input?: string;
  /** What is started: the sources on this Node, if nothing is said. */
  readonly program?: readonly [string, ...string[]];
  /** Told about the process as soon as it runs: to kill it, say. */
  readonly onStart?: (child: ChildProcess) => void;
}

/** Runs cordon without a controlling terminal and with nothing of this process' environment but the path. */
export async function cordon(
  args: readonly string[],
  { env = {}, cwd, input, onStart, program = [process.execPath, CLI] }: CliOptions = {},
): Promise<CliResult> {
  const [command, ...first] = program;
  const child = spawn(command, [...first, ...args], {
    cwd,
    detached: true,
    env: { PATH: process.env['PATH'], HOME: '/nonexistent', ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  child.stdin.on('error', () => {}).end(input ?? '');
  onStart?.(child);
  const [code, signal] = await once(child, 'close');
  return { code, signal, stdout, stderr };
}

/** A line of stderr where no person reads along. */
export interface LogLine {
  readonly event?: string;
  readonly error?: string;
  readonly hint?: string;
  readonly [field: string]: unknown;
}

/** Every line of stderr as JSON: there, each has to be. */
export function logLines({ stderr }: Pick<CliResult, 'stderr'>): LogLine[] {
  return stderr
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

/** What a command said that ended with an error: what and where, and what next; '' where it did not. */
export function errorOf(result: Pick<CliResult, 'stderr'>): { readonly error: string; readonly hint: string } {
  const { error = '', hint = '' } = logLines(result).findLast(({ event }) => event === 'error') ?? {};
  return { error, hint };
}

/** A folder of a test's own, removed at the end of its scope. */
export function scratch(): Disposable & { readonly path: string; file(name: string, text: string): string } {
  const path = mkdtempSync(join(tmpdir(), 'cordon-e2e-'));
  return {
    path,
    file: (name, text) => {
      writeFileSync(join(path, name), text);
      return join(path, name);
    },
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }),
  };
}

/** The rows of a report.csv. */
export function readReport(folder: string): Record<string, string>[] {
  return parse(readFileSync(join(folder, 'report.csv'), 'utf8'), { columns: true, bom: true });
}

/** How many rows of a report have each outcome. */
export function outcomesOf(rows: readonly Record<string, string>[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { outcome = '' } of rows) counts[outcome] = (counts[outcome] ?? 0) + 1;
  return counts;
}
