/** `cordon prune`: finished runs that are old leave the state. */
import { formatDuration } from '../../core/durations.ts';
import { EXIT, type ExitCode } from '../../core/exit.ts';
import { UsageError } from '../../core/errors.ts';
import { pruneReports, type PrunedReports } from '../../reports/prune.ts';
import type { Settings } from '../../settings/settings.ts';
import { clock, openState, type Tools } from '../../wiring/connection.ts';

/** What is younger may be resumed, and is the quota's memory. */
const LEAST_MS = 86_400_000;

/**
 * Removes finished runs older than `--keep`, with their rows and attempts; with `--reports DIR` the folders of reports of
 * runs that are gone, too. Unfinished runs stay, however old.
 * @throws UsageError when --keep is less than a day
 */
export async function prune(settings: Settings, tools: Tools): Promise<ExitCode> {
  const { keep, json, reports } = settings;
  if (keep < LEAST_MS)
    throw new UsageError(`--keep ${formatDuration(keep)} is too short: a day at least is kept, to resume runs and to know the quota`);
  const state = openState(settings, settings.emulator, tools);
  try {
    const before = clock.now() - keep;
    const pruned = await state.prune(before);
    const known = new Set((await state.runs()).map(({ id }) => id));
    const folders = reports === undefined ? undefined : await pruneReports(reports, { known, before, emulated: settings.emulator });
    tools.io.stdout.write(json ? `${JSON.stringify({ pruned, ...(folders && { reports: folders }) })}\n` : words(pruned, keep, folders));
    return EXIT.ok;
  } finally {
    await state.close();
  }
}

function words(pruned: readonly string[], keep: number, folders: PrunedReports | undefined): string {
  const count = `${pruned.length} finished run${pruned.length === 1 ? '' : 's'} older than ${formatDuration(keep)} removed`;
  const reports = folders && [
    `${folders.removed.length} folder${folders.removed.length === 1 ? '' : 's'} of reports removed`,
    ...folders.left.map((folder) => `  left, because something else is in it: ${folder}`),
  ];
  return `${[count, ...pruned.map((id) => `  ${id}`), ...(reports ?? [])].join('\n')}\n`;
}
