/** `cordon submit JOB LIST…` and `--plan FILE`: confirmed here, carried out by the workers. */
import { EXIT, type ExitCode } from '../../core/exit.ts';
import { schedule, submit as submitRuns } from '../../run/submit.ts';
import type { Cli, CommandInput } from '../context.ts';
import { sideBySide } from '../side-by-side.ts';
import { scheduledJson, scheduledText, submittedJson, submittedText } from '../views/fleet.ts';
import { confirmBy } from '../views/question.ts';
import { quietTools } from '../working.ts';

/** @throws UsageError without a shared state; UserError for everything that stands against the run */
export async function submit({ args: [jobName, ...lists], settings }: CommandInput, cli: Cli): Promise<ExitCode> {
  const { json, every } = settings;
  const confirm = confirmBy(cli.ask, cli.display.columns);
  const request = { jobName, lists, stdin: cli.io.stdin, settings, confirm };
  if (every !== undefined) {
    const kept = await schedule(request, quietTools(cli));
    cli.io.stdout.write(json ? `${JSON.stringify(scheduledJson(kept))}\n` : scheduledText(kept));
    return EXIT.ok;
  }
  const submitted = await sideBySide(cli, settings, (tools, follow) => submitRuns({ ...request, follow }, tools));
  cli.io.stdout.write(json ? `${JSON.stringify(submittedJson(submitted))}\n` : submittedText(submitted));
  return submitted.campaign?.summary.exitCode ?? EXIT.ok;
}
