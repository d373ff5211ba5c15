/** `cordon download [RUN] --to DIR`: the packages that a run of collect left. */
import { UsageError } from '../../core/errors.ts';
import { EXIT, weightiest, type ExitCode } from '../../core/exit.ts';
import { download as downloadRun, type DownloadedRun } from '../../run/download-run.ts';
import type { Package } from '../../run/download.ts';
import type { Cli, CommandInput } from '../context.ts';
import { downloadedJson, downloadedText, packageLine } from '../views/download.ts';
import { working } from '../working.ts';

/** @throws UsageError without a folder, or when there is no such run */
export async function download({ args: [runId], settings }: CommandInput, cli: Cli): Promise<ExitCode> {
  const { to } = settings;
  if (to === undefined) throw new UsageError('--to is missing', { hint: 'Name the folder for the packages: cordon download RUN --to DIR' });
  const onPackage = (each: Package): void => cli.display.log.info({ event: 'package', ...each }, packageLine(each));
  const result = await working(cli, settings, (tools) => downloadRun({ runId, settings, to, onPackage }, tools));
  const exitCode = exitOf(result);
  cli.io.stdout.write(settings.json ? `${JSON.stringify(downloadedJson(result, exitCode))}\n` : downloadedText(result));
  return exitCode;
}

function exitOf({ packages, halted }: DownloadedRun): ExitCode {
  const isAny = (...outcomes: readonly string[]): boolean => packages.some(({ outcome }) => outcomes.includes(outcome));
  return weightiest([
    ...(halted ? [halted.code] : []),
    ...(isAny('failed', 'no-package') ? [EXIT.outcomes] : []),
    ...(isAny('pending') ? [EXIT.open] : []),
  ]);
}
