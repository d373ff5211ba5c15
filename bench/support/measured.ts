/** A process as the operating system sees it. */
import { spawnSync } from 'node:child_process';

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
  if (status !== 0) throw new Error(`exit code ${status}: ${stderr}`);
  const [, kb, us] = /USED (\d+) (\d+)$/.exec(stderr) ?? [];
  return { ms, cpuMs: Number(us) / 1000, mb: (Number(kb) * 1024) / 1e6, stdout };
}
