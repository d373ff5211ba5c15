/** The one JSON object of `preview --json`, in pieces: a long list is never one text in memory. */
import { describeEta, type EtaStep } from '../../core/eta.ts';
import { reportOfPreview, risksOfPreview } from '../../run/preview-report.ts';
import type { PreviewEnding } from '../../run/preview.ts';
import { jsonRow } from '../../reports/json.ts';
import { isoTime, reportRun, type Report } from '../../reports/report.ts';

const PIECE = 65_536;

export async function* previewJson(ending: PreviewEnding): AsyncGenerator<string> {
  const report = reportOfPreview(ending.made);
  let piece = `${JSON.stringify(headOf(ending, report)).slice(0, -1)},"rows":[`;
  let separator = '';
  for await (const row of report.rows()) {
    piece += `${separator}${JSON.stringify(jsonRow(report.run, row))}`;
    separator = ',';
    if (piece.length < PIECE) continue;
    yield piece;
    piece = '';
  }
  yield `${piece}]}\n`;
}

function headOf({ made, plan, files, exitCode }: PreviewEnding, report: Report): object {
  const { prepared, timing, now, warnings, final } = made;
  const { calls, platforms, unmatched } = prepared.plan;
  const { eta } = timing;
  return {
    run: reportRun(report.run),
    summary: { ...report.summary, calls, platforms },
    guards: prepared.refusals.map((refusal) => ({ ...refusal, stops: final.includes(refusal) })),
    eta: { now: eta.now, most: stepOf(eta.most), last: stepOf(eta.last), text: describeEta(eta, now) },
    quota: timing.quota,
    exclusions: { unmatched: unmatched.map(({ written, file, line }) => ({ written, file, line })) },
    risks: risksOfPreview(made),
    warnings,
    plan: plan ?? null,
    reports: files,
    exitCode,
  };
}

function stepOf(step: EtaStep | null): object | null {
  return step && { count: step.count, at: isoTime(step.at) };
}
