/** `cordon status [RUN]` and `cordon status JOB LIST…`: sends nothing. */
import { findJob } from '../../../jobs/index.ts';
import { EXIT, type ExitCode } from '../../core/exit.ts';
import { UsageError } from '../../core/errors.ts';
import { statusOfList, statusOfRun } from '../../run/status.ts';
import type { Cli, CommandInput } from '../context.ts';
import { chosen, statusCsv, statusIds, statusJson, statusText } from '../views/status.ts';
import { working } from '../working.ts';

/** @throws UsageError for what is neither a run nor a job; AuthError, UserError when the API cannot be read */
export async function status({ args, settings }: CommandInput, cli: Cli): Promise<ExitCode> {
  const [first, ...lists] = args;
  const isJob = findJob(first ?? '') !== undefined;
  if (!isJob && lists.length > 0) throw new UsageError(`"${first}" is no job`, { hint: 'cordon status RUN, or cordon status JOB LIST…' });
  const result = await working(cli, settings, (tools) =>
    isJob ? statusOfList({ jobName: first, lists, stdin: cli.io.stdin, settings }, tools) : statusOfRun({ runId: first, settings }, tools),
  );
  const { only, all } = settings;
  const format = settings.json ? 'json' : settings.format;
  const held = chosen(result.held, only);
  if (format === 'text') cli.io.stdout.write(statusText(result, { only, all }));
  else if (format === 'json') cli.io.stdout.write(`${JSON.stringify(statusJson(result, held))}\n`);
  else for (const piece of format === 'ids' ? statusIds(held) : statusCsv(held, result.now)) cli.io.stdout.write(piece);
  return EXIT.ok;
}
