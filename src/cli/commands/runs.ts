/** `cordon runs`: the runs in the state, newest first. */
import { EXIT, type ExitCode } from '../../core/exit.ts';
import { listRuns } from '../../run/records.ts';
import type { Cli, CommandInput } from '../context.ts';
import { runsJson, runsText } from '../views/records.ts';
import { quietTools } from '../working.ts';

export async function runs({ settings }: CommandInput, cli: Cli): Promise<ExitCode> {
  const found = await listRuns(settings, quietTools(cli));
  cli.io.stdout.write(
    settings.json
      ? `${JSON.stringify(runsJson(found))}\n`
      : runsText(found, { now: cli.io.now(), columns: cli.io.stdout.columns ?? Infinity }),
  );
  return EXIT.ok;
}
