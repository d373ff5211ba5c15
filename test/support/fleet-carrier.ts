/**
 * A worker of the fleet that carries runs out as `cordon resume` does. Arguments: address. Ends by SIGTERM.
 */
import { Secrets, secretsIn } from '../../src/core/secrets.ts';
import { openQueue } from '../../src/fleet/queue.ts';
import { startWorker } from '../../src/fleet/worker.ts';
import { runNamed } from '../../src/run/find-run.ts';
import { resumeRun } from '../../src/run/resume.ts';
import { settingsFrom } from '../../src/settings/settings.ts';
import { connectionTo } from '../../src/state/postgres/index.ts';
import { openState } from '../../src/wiring/state.ts';

const [address = ''] = process.argv.slice(2);
const { env } = process;
const secrets = new Secrets();
for (const secret of secretsIn(env)) secrets.hide(secret);
const ignore = (): void => {};
const log = { debug: ignore, info: ignore, warn: ignore, error: (fields: object, text: string) => console.error(text, fields) };
const settings = settingsFrom({ flags: { state: [address] }, env });

const tools = { env, log, secrets, listener: ignore };
// One for all runs: each one's own would be five connections more.
const state = await openState(settings, undefined, tools);
const queue = await openQueue(connectionTo(address, env), 'worker', ignore);
const worker = await startWorker({
  queue,
  concurrency: 6,
  carryOut: async (runId, signal) => {
    const { exitCode, run } = await resumeRun(await runNamed(state, runId), state, settings, { ...tools, signal });
    return { exitCode, resumable: run.status !== 'done' };
  },
  listener: {
    ended: (runId, end) => {
      if ('error' in end) console.error(runId, end.error);
    },
  },
});
process.once('SIGTERM', () => void worker.stop(20_000).then(() => state.close()));
console.log('working');
