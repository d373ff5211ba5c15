/** `cordon schedules`: what begins by the clock; `--remove NAME` ends one. */
import { EXIT, type ExitCode } from '../../core/exit.ts';
import { listSchedules, removeSchedule } from '../../run/schedules.ts';
import type { Cli, CommandInput } from '../context.ts';
import { schedulesJson, schedulesText } from '../views/fleet.ts';
import { quietTools } from '../working.ts';

/** @throws UsageError without a shared state, or when there is no schedule of that name */
export async function schedules({ settings }: CommandInput, cli: Cli): Promise<ExitCode> {
  const { json, remove } = settings;
  if (remove !== undefined) await removeSchedule(remove, settings, quietTools(cli));
  const kept = await listSchedules(settings, quietTools(cli));
  cli.io.stdout.write(json ? `${JSON.stringify(schedulesJson(kept))}\n` : schedulesText(kept));
  return EXIT.ok;
}
