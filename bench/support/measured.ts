/** A process as the operating system sees it. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

export interface Measured {
  /** Wall time of the whole process, its start included. */
  readonly ms: number;
  readonly cpuMs: number;
  /** Its largest resident set. */
  readonly mb: number;
  readonly stdout: string;
}

/** Tells, as the last thing a process does, what it used. */
const TELL =
  "data:text/javascript,process.on('exit',()=>{const u=process.resourceUsage();process.stderr.write('\\nUSED '+u.maxRSS+' '+(u.userCPUTime+u.systemCPUTime))})";

/** @throws when the process does not end with 0 */
export function measured(args: readonly string[], { env = {} }: { readonly env?: NodeJS.ProcessEnv } = {}): Measured {
  const began = performance.now();
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', TELL, ...args], {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
    env: { ...process.env, ...env },
  });
  const ms = performance.now() - began;
  return { ms, ...usedOf(status, stderr), stdout };
}

/** A process that goes on until it is told to end, and is, once `visit` is over: until then its time counts. `said`: its first line. */
export async function measuredUntil(args: readonly string[], visit: (said: string) => Promise<void>): Promise<Measured> {
  const began = performance.now();
  const child = spawn(process.execPath, ['--import', TELL, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const [stderr, ended] = [text(child.stderr), once(child, 'exit')];
  const [said] = await once(child.stdout.setEncoding('utf8'), 'data');
  await visit(said);
  const ms = performance.now() - began;
  child.kill();
  const [status] = await ended;
  return { ms, ...usedOf(status, await stderr), stdout: said };
}

function usedOf(status: number | null, stderr: string): Pick<Measured, 'cpuMs' | 'mb'> {
  if (status !== 0) throw new Error(`exit code ${status}: ${stderr}`);
  const [, kb, us] = /USED (\d+) (\d+)$/.exec(stderr) ?? [];
  return { cpuMs: Number(us) / 1000, mb: (Number(kb) * 1024) / 1e6 };
}
