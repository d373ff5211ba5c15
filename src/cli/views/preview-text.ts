/** A preview for people: the whole first, then the rows that are worth a look. */
import { formatDuration } from '../../core/durations.ts';
import { nothingAgainst } from '../../core/briefing.ts';
import { describeEta } from '../../core/eta.ts';
import type { PlannedRow } from '../../core/types.ts';
import { expectedOutcome, type Plan } from '../../core/plan.ts';
import type { Preview } from '../../run/preview-report.ts';
import type { PreviewEnding } from '../../run/preview.ts';
import { platformsText, strays } from './question.ts';
import { outcomeLines } from './ending.ts';
import { shown } from '../../core/one-line.ts';
import { table } from './table.ts';

/** Rows shown without `--all`: so many that are not plain calls, and so many that are. */
const ODD = 30;
const PLAIN = 10;

export async function* previewText(all: PreviewEnding): AsyncGenerator<string> {
  yield `${headLines(all).join('\n')}\n`;
  yield* rowLines(all.made);
}

function headLines(all: PreviewEnding): string[] {
  const { made, plan, files, exitCode } = all;
  const { job, prepared, identity, host, settings } = made;
  return [
    ...(settings.emulator ? ['EMULATED: nothing real is touched.'] : []),
    `Preview: ${job.title}, ${prepared.plan.size} rows, tenant ${identity.tenant || '(not known)'} (${host}). Nothing was sent.`,
    ...outcomeLines(prepared.plan.outcomes),
    ...factLines(made),
    ...(plan
      ? [`Plan      ${plan.file}, sha256 ${plan.sha256}`, `          cordon run --plan ${plan.file} --plan-hash ${plan.sha256}`]
      : []),
    ...(files.length > 0 ? [`Report    ${files.join(', ')}`] : []),
    `Exit code ${exitCode}${exitCode === 6 ? ': a run would be refused' : ''}.`,
  ];
}

function factLines({ prepared, timing, now, warnings, final, settings }: Preview): string[] {
  const systems = platformsText(prepared.plan);
  const guards = prepared.refusals.map((refusal) => `${final.includes(refusal) ? 'REFUSED' : 'ASKED'} (${refusal.guard}): ${refusal.why}`);
  const quota = timing.quota.map(({ left, limit, ms }) => `${left} of ${limit} per ${formatDuration(ms)}`);
  const left = quota.length > 0 ? `left: ${quota.join(', ')}` : 'not known without a tenant and a client; taken to be free';
  return [
    ...labelled('Systems', [systems || (settings.noApi ? 'not read (--no-api)' : 'none')]),
    ...labelled('Guards', guards.length > 0 ? guards : [nothingAgainst(prepared.plan)]),
    ...labelled('Warning', [...warnings, ...strays(prepared.plan)]),
    ...labelled('Order', settings.order === 'list' ? [] : ['machines that answer first, then those that were seen last']),
    ...labelled('Quota', [left]),
    ...labelled('When', [describeEta(timing.eta, now)]),
  ];
}

function labelled(label: string, lines: readonly string[]): string[] {
  return lines.map((line) => `${label.padEnd(10)}${shown(line)}`);
}

function* rowLines({ prepared, settings }: Preview): Generator<string> {
  const { rows, size } = prepared.plan;
  const some = settings.all ? rows : chosen(prepared.plan);
  const cells = [['ROW', 'OUTCOME', 'MACHINE', 'NAME', 'WHY']];
  let count = 0;
  for (const row of some) {
    cells.push(cellsOf(row));
    count += 1;
    if (cells.length === 1000) yield `${table(cells.splice(0)).join('\n')}\n`;
  }
  if (count > 0) yield `${['', ...table(cells)].join('\n')}\n`;
  if (count < size) yield `  … and ${size - count} more rows: --all shows every row, --json and --report hold them too\n`;
}

/** In list order: the first rows that are no plain calls, and the first that are. */
function chosen({ rows, noted }: Plan): PlannedRow[] {
  const some: PlannedRow[] = [];
  let [odd, plain] = [0, 0];
  for (const row of rows) {
    const isPlain = row.skip === undefined && row.message === undefined;
    if (isPlain ? plain++ < PLAIN : odd++ < ODD) some.push(row);
    if (plain >= PLAIN && odd >= Math.min(ODD, noted)) break;
  }
  return some;
}

function cellsOf(row: PlannedRow): string[] {
  return [
    String(row.row),
    expectedOutcome(row),
    shown(row.machineId).slice(0, 40),
    shown(row.deviceName).slice(0, 40),
    shown(row.message ?? ''),
  ];
}
