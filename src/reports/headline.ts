/** The whole in a sentence and a few figures. "Accepted" is never called contained; only "confirmed" is what MDE says of itself. */
import { count, plural, span } from '../page/text.ts';
import { oppositionText } from '../core/oppositions.ts';
import type { OutcomeCounts } from '../core/summary.ts';
import type { Group } from '../core/words.ts';
import type { SkipOutcome } from '../core/types.ts';
import type { Report } from './report.ts';
import type { Totals } from './tally.ts';

export interface Figure {
  readonly group: Group;
  readonly label: string;
  readonly count: number;
  readonly meaning: string;
}

/** "Restrict app execution on 239 machines" */
export function titleOf({ run, summary, job, plan }: Report): string {
  const title = job?.title ?? run.job;
  const machines = plan?.calls ?? summary.rows - skippedIn(summary.outcomes);
  return `${title.charAt(0).toUpperCase()}${title.slice(1)} on ${plural(machines, 'machine')}`;
}

/** Rows that the plan ruled out. */
function skippedIn(outcomes: OutcomeCounts): number {
  return SKIPS.reduce((sum, outcome) => sum + (outcomes[outcome] ?? 0), 0);
}
const SKIPS = ['invalid', 'duplicate', 'excluded', 'ineligible', 'already-applied'] as const satisfies readonly SkipOutcome[];

/** How it stands, in a few words. */
export function stateOf({ run, plan }: Report): { readonly text: string; readonly kind: 'good' | 'open' | 'bad' } {
  if (plan)
    return plan.guards.some(({ stops }) => stops) ? { text: 'would be refused', kind: 'bad' } : { text: 'nothing was sent', kind: 'open' };
  if (run.status === 'running') return { text: 'at work', kind: 'open' };
  if (run.status === 'interrupted') return { text: 'stopped before its end', kind: 'bad' };
  return run.exitCode === 0 ? { text: 'finished', kind: 'good' } : { text: 'finished, needs attention', kind: 'bad' };
}

/** The figures of the headline; those that are zero and mean nothing then are left out. */
export function figuresOf({ groups }: Totals, isPlan: boolean): readonly Figure[] {
  const all: readonly Figure[] = [
    { group: 'confirmed', label: 'confirmed', count: groups.confirmed, meaning: 'the API says the action succeeded' },
    { group: 'pending', label: 'pending', count: groups.pending, meaning: 'accepted, not confirmed yet' },
    { group: 'waiting', label: 'waiting', count: groups.waiting, meaning: 'not sent yet, or not answered' },
    { group: 'planned', label: 'would be called', count: groups.planned, meaning: 'nothing was sent' },
    {
      group: 'attention',
      label: 'need somebody',
      count: groups.attention,
      meaning: isPlan ? 'cannot be called' : 'failed, refused, overtaken or not known',
    },
    { group: 'skipped', label: 'skipped', count: groups.skipped, meaning: 'nothing to do for them' },
  ];
  const always: readonly Group[] = isPlan ? ['planned', 'attention', 'skipped'] : ['confirmed', 'pending', 'attention', 'skipped'];
  return all.filter((figure) => figure.count > 0 || always.includes(figure.group));
}

/** The figures as a sentence. */
export function sentenceOf({ plan, summary }: Report, { groups, accepted, rows }: Totals): string {
  if (plan)
    return `${count(plan.calls)} of ${plural(rows, 'row')} would be called, ${count(groups.skipped)} skipped, ${count(groups.attention)} cannot be called.`;
  const called = `${count(accepted)} of ${plural(rows, 'row')} accepted by the API, ${count(groups.confirmed)} of those confirmed and ${count(groups.pending)} pending`;
  const others = `${count(groups.skipped)} skipped, ${groups.attention === 1 ? '1 needs' : `${count(groups.attention)} need`} somebody`;
  const waiting = groups.waiting > 0 ? `, ${count(groups.waiting)} waiting` : '';
  const last = oppositionText(summary.opposed);
  const opposed = last === '' ? '' : `; ${last} by opposite actions`;
  return `${called}; ${others}${waiting}${opposed}. ${plural(summary.attempts, 'request')} were made.`.replace(
    '1 request were',
    '1 request was',
  );
}

/** Label and value of each fact about the run; values that are hashes or ids are marked. */
export function factsOf(report: Report): readonly { readonly label: string; readonly value: string; readonly isCode?: boolean }[] {
  const { run, windows, plan } = report;
  const quota = windows.map(({ limit, ms }) => `${count(limit)} in any ${span(ms)}`).join(' and ');
  const facts = [
    { label: plan ? 'Preview' : 'Run', value: run.id, isCode: true },
    { label: 'Comment', value: run.comment },
    { label: 'Operator', value: run.operator },
    { label: 'Job', value: run.job },
    { label: run.kind === 'undo' ? 'Takes back' : 'About', value: run.originRun ?? '', isCode: true },
    ...Object.entries(run.parameters ?? {}).map(([name, value]) => ({ label: `--${name}`, value })),
    { label: 'Tenant', value: run.tenant, isCode: true },
    { label: 'Client', value: run.clientId, isCode: true },
    { label: 'API', value: run.emulated ? `${run.host} (EMULATED: nothing real was touched)` : run.host },
    { label: plan ? 'Made' : 'Began', value: whenOf(run.createdAt) },
    {
      label: 'Ended',
      value: plan || run.finishedAt === null ? '' : `${whenOf(run.finishedAt)}, after ${span(run.finishedAt - run.createdAt)}`,
    },
    { label: 'Exit code', value: run.exitCode === null ? '' : String(run.exitCode) },
    { label: 'Note', value: run.note ?? '' },
    { label: 'Quota', value: quota },
    { label: 'List, sha256', value: run.listHash, isCode: true },
    { label: 'Plan, sha256', value: plan?.saved?.sha256 ?? run.planHash ?? '', isCode: true },
  ];
  return facts.filter(({ value }) => value !== '');
}

function whenOf(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** What a plan adds: by what it would be judged, and when it would be done. */
export function planFactsOf({ plan }: Report): readonly { readonly label: string; readonly values: readonly string[] }[] {
  if (!plan) return [];
  const { guards, platforms, unmatched, risks, warnings, when, quota } = plan;
  return [
    { label: 'When', values: [when] },
    { label: 'Quota left', values: quota },
    { label: 'Systems', values: Object.entries(platforms).map(([name, n]) => `${count(n ?? 0)} ${name}`) },
    {
      label: 'Guards',
      values:
        guards.length > 0
          ? guards.map(({ guard, why, stops }) => `${stops ? 'Refused' : 'Asked'} (${guard}): ${why}`)
          : ['Nothing stands against it.'],
    },
    { label: 'Exclusions that match nothing', values: unmatched },
    { label: 'Risks', values: risks },
    { label: 'Warnings', values: warnings },
  ].filter(({ values }) => values.length > 0);
}
