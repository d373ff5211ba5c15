/** A preview for people: the rows first, then the whole, and last what to type next, where the eye is. */
import { formatDuration } from '../../core/durations.ts';
import { nothingAgainst } from '../../core/briefing.ts';
import { describeEta } from '../../core/eta.ts';
import { EXIT } from '../../core/exit.ts';
import type { PlannedRow } from '../../core/types.ts';
import { expectedOutcome } from '../../core/plan.ts';
import { quoted } from '../../reports/next.ts';
import { risksOfPreview, type Preview } from '../../run/preview-report.ts';
import type { PreviewEnding } from '../../run/preview.ts';
import { shown } from '../../core/one-line.ts';
import { outcomeLines } from './counts.ts';
import { filesLines } from './ending.ts';
import { cut, labelled, wrapped } from './labelled.ts';
import { platformsText, strays } from './question.ts';
import { reasonLines } from './reasons.ts';
import { table } from './table.ts';

/** A list of so many rows is shown whole. */
const SHORT = 20;
/** Written at a time. */
const PIECE = 1000;
/** A terminal that is narrower shows the name alone. */
const WIDE = 120;

export interface PreviewShown {
  /** The command that carries it out: with the number of machines, where nothing has to be asked. */
  readonly command: (confirm: number | undefined) => string;
  /** Width to keep to; Infinity where nobody's terminal shows it. */
  readonly columns: number;
}

export async function* previewText(all: PreviewEnding, as: PreviewShown): AsyncGenerator<string> {
  const { made } = all;
  yield `${wrapped(headLine(made), as.columns).join('\n')}\n`;
  yield* rowLines(made, as.columns);
  yield `${[...wholeLines(all, as), ...nextLines(all, as)].join('\n')}\n`;
}

function headLine({ job, prepared, settings }: Preview): string {
  const emulated = settings.emulator ? 'EMULATED: ' : '';
  return `${emulated}Preview: ${job.title}, ${prepared.plan.size} rows. Nothing was sent.`;
}

function* rowLines({ prepared: { plan }, settings }: Preview, columns: number): Generator<string> {
  if (settings.all || plan.size <= SHORT) yield* everyRow(plan.rows, columns);
  else {
    const reasons = plan.noted > 0 ? reasonLines(plan.rows, columns) : [];
    if (reasons.length > 0) yield `${['', 'By reason:', ...reasons, '  --all shows every row'].join('\n')}\n`;
  }
  yield '\n';
}

function* everyRow(rows: Iterable<PlannedRow>, columns: number): Generator<string> {
  const head = columns < WIDE ? ['ROW', 'OUTCOME', 'MACHINE', 'WHY'] : ['ROW', 'OUTCOME', 'MACHINE', 'NAME', 'WHY'];
  const piece: string[][] = [head];
  for (const row of rows) {
    piece.push(cellsOf(row, columns));
    if (piece.length === PIECE) yield `${table(piece.splice(0), { columns }).join('\n')}\n`;
  }
  if (piece.length > 0) yield `${table(piece, { columns }).join('\n')}\n`;
}

function cellsOf(row: PlannedRow, columns: number): string[] {
  const [id, name] = [cut(shown(row.machineId), 40), cut(shown(row.deviceName), 40)];
  const who = columns < WIDE ? [cut(name, 26) || id] : [id, name];
  return [String(row.row), expectedOutcome(row), ...who, shown(row.message ?? '')];
}

function wholeLines({ made, plan, files }: PreviewEnding, { columns }: PreviewShown): string[] {
  const { prepared, identity, host, comment } = made;
  return [
    ...outcomeLines(prepared.plan.outcomes, columns),
    ...labelled('tenant', [`${identity.tenant || 'not known'} (${host})`], columns),
    ...labelled('comment', comment === undefined ? [] : [comment], columns),
    ...factLines(made, columns),
    ...(plan ? [`  plan      ${plan.file}`, `  sha256    ${plan.sha256}`] : []),
    ...filesLines(files),
  ];
}

function factLines(made: Preview, columns: number): string[] {
  const { prepared, timing, now, warnings, final, settings } = made;
  const systems = platformsText(prepared.plan);
  const guards = prepared.refusals.map((refusal) => `${final.includes(refusal) ? 'REFUSED' : 'ASKED'} (${refusal.guard}): ${refusal.why}`);
  const quota = timing.quota.map(({ left, limit, ms }) => `${left} of ${limit} per ${formatDuration(ms)}`);
  const left = quota.length > 0 ? `left: ${quota.join(', ')}` : 'not known without a tenant and a client; taken to be free';
  return [
    ...labelled('systems', [systems || (settings.noApi ? 'not read (--no-api)' : 'none')], columns),
    ...[...risksOfPreview(made), ...warnings, ...strays(prepared.plan)].flatMap((text) => labelled('WARNING', [text], columns)),
    ...labelled('order', settings.order === 'list' ? [] : ['machines that answer first, then those that were seen last'], columns),
    ...labelled('quota', [left], columns),
    ...labelled('when', [describeEta(timing.eta, now)], columns),
    ...labelled('guards', guards.length > 0 ? guards : [nothingAgainst(prepared.plan)], columns),
  ];
}

/** A command is never broken: it is there to be copied. */
function nextLines({ made, plan, exitCode }: PreviewEnding, { command, columns }: PreviewShown): string[] {
  const { prepared, settings, final } = made;
  if (exitCode === EXIT.guard)
    return labelled('exit 6', [`a run would be refused: ${final.map(({ guard }) => guard).join(', ')}`], columns);
  if (prepared.plan.calls === 0) return ['Next: nothing, no machine would be called.'];
  // The right number answers the limit that nobody chose; what else is asked has to be read.
  const isAnswered = prepared.refusals.every(({ guard }) => guard === 'max-targets' && settings.origin.maxTargets === 'default');
  const confirm = isAnswered ? prepared.plan.calls : undefined;
  const next = plan ? `cordon run --plan ${quoted(plan.file)} --plan-hash ${plan.sha256}` : command(settings.confirm ?? confirm);
  return ['Next:', `  ${next}`];
}
