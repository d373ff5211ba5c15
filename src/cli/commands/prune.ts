/** `cordon prune`: finished runs that are old leave the state. */
import { formatDuration } from '../../core/durations.ts';
import { EXIT, type ExitCode } from '../../core/exit.ts';
import { UsageError } from '../../core/errors.ts';
import type { Settings } from '../../settings/settings.ts';
import { clock, openState, type Tools } from '../../wiring/connection.ts';

/** What is younger may be resumed, and is the quota's memory. */
const LEAST_MS = 86_400_000;

/**
 * Removes finished runs older than `--keep`, with their rows and attempts. Unfinished ones stay, however old.
 * @throws UsageError when --keep is less than a day
 */
export async function prune(settings: Settings, tools: Tools): Promise<ExitCode> {
  const { keep, json } = settings;
  if (keep < LEAST_MS)
    throw new UsageError(`--keep ${formatDuration(keep)} is too short: a day at least is kept, to resume runs and to know the quota`);
  const state = openState(settings, settings.emulator, tools);
  try {
    const pruned = await state.prune(clock.now() - keep);
    tools.io.stdout.write(json ? `${JSON.stringify({ pruned })}\n` : words(pruned, keep));
    return EXIT.ok;
  } finally {
    await state.close();
  }
}

function words(pruned: readonly string[], keep: number): string {
  const count = `${pruned.length} finished run${pruned.length === 1 ? '' : 's'} older than ${formatDuration(keep)} removed`;
  return `${[count, ...pruned.map((id) => `  ${id}`)].join('\n')}\n`;
}
