/** Scripts in processes of their own. */
import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';

/** Starts a script that says something in JSON on its first line. @throws when it ends before */
export async function startScript(args: readonly string[]): Promise<{ readonly child: ChildProcess; readonly said: unknown }> {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const end = (): void => void child.kill();
  process.once('exit', end);
  child.once('exit', () => process.off('exit', end));
  for await (const line of createInterface(child.stdout)) return { child, said: JSON.parse(line) };
  throw new Error(`${args.join(' ')} said nothing`);
}

/** The emulator, as the command line starts it; resolves to its address. */
export async function startEmulatorProcess(flags: readonly string[]): Promise<{ readonly child: ChildProcess; readonly url: string }> {
  const { child, said } = await startScript(['src/cli.ts', 'emulate', '--json', '--quiet', ...flags]);
  return { child, url: String(Object(said).url) };
}
