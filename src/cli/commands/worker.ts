/** `cordon worker`: takes runs from the queue until a signal ends it. */
import { EXIT, type ExitCode } from '../../core/exit.ts';
import { messageOf } from '../../core/errors.ts';
import type { WorkerListener } from '../../fleet/worker.ts';
import { work } from '../../run/worker.ts';
import type { Cli, CommandInput } from '../context.ts';
import { nextSignal } from '../listeners/signals.ts';
import { follower } from '../side-by-side.ts';
import { quietTools } from '../working.ts';

/** A first signal hands back what is under way; a second one ends at once. @throws UsageError without a shared state */
export async function worker({ settings }: CommandInput, cli: Cli): Promise<ExitCode> {
  const { display, io } = cli;
  const counts = { ended: 0, handedBack: 0 };
  const tools = quietTools(cli);
  const working = await work({ settings, follow: follower(settings, cli), listener: listenerOf(cli, counts) }, tools);
  display.say(`Worker: takes runs from ${settings.state ?? ''}, ${settings.concurrency} at a time. SIGTERM hands them back.`);
  await nextSignal(io);
  display.say('Worker: takes nothing more; hands back what is under way. Again to end at once.');
  void nextSignal(io).then(() => io.exitNow(EXIT.sigterm));
  await working.stop();
  io.stdout.write(
    settings.json
      ? `${JSON.stringify({ ...counts, exitCode: EXIT.ok })}\n`
      : `Worker: ${counts.ended} runs ended, ${counts.handedBack} handed back.\n`,
  );
  return EXIT.ok;
}

function listenerOf({ display: { log } }: Cli, counts: { ended: number; handedBack: number }): WorkerListener {
  return {
    taken: (run) => log.info({ event: 'run.taken', run }, 'taken from the queue'),
    ended: (run, end) => {
      counts.ended += 1;
      if ('error' in end) log.error({ event: 'run.failed', run, why: messageOf(end.error) }, 'the run could not be begun');
      else log.info({ event: 'run.carried', run, exitCode: end.exitCode }, 'carried out');
    },
    handedBack: (run, why) => {
      counts.handedBack += 1;
      log.warn({ event: 'run.handed-back', run, why }, 'handed back to the queue');
    },
  };
}
