/** What to do next, as commands: every report ends with them. */
import { count, plural } from '../page/text.ts';
import type { Report } from './report.ts';
import type { Totals } from './tally.ts';

export interface NextStep {
  readonly why: string;
  readonly command?: string;
}

/** The most urgent first; one that says so when nothing is left to do. */
export function nextSteps(report: Report, tally: Totals): readonly NextStep[] {
  const steps = report.plan ? planSteps(report) : runSteps(report, tally);
  return steps.length > 0 ? steps : [{ why: 'Nothing: every machine is confirmed or needs no action.' }];
}

function runSteps({ run, summary, job }: Report, tally: Totals): NextStep[] {
  const { outcomes } = summary;
  const of = (...names: (keyof typeof outcomes)[]): number => names.reduce((sum, name) => sum + (outcomes[name] ?? 0), 0);
  const resumable = of('unknown') + (run.status === 'running' ? 0 : of('not-sent'));
  const { pending } = tally.groups;
  const { overtaken = 0, contested = 0 } = summary.opposed;
  const left = tally.groups.attention - resumable - of('failed') - overtaken - contested;
  const steps: (NextStep | false)[] = [
    run.status === 'running' && {
      why: 'The run is at work, or was broken off. If it does not go on, finish it:',
      command: `cordon resume ${run.id}`,
    },
    run.status === 'running' && { why: 'To stop sending, so that it can be resumed later:', command: `cordon stop ${run.id}` },
    run.status !== 'running' &&
      resumable > 0 && { why: `Finish the run: ${resumableText(of('not-sent'), of('unknown'))}.`, command: `cordon resume ${run.id}` },
    of('failed') > 0 && { why: `Send ${plural(of('failed'), 'failed call')} again:`, command: `cordon resume ${run.id} --retry-failed` },
    pending > 0 && { why: `Wait for ${plural(pending, 'accepted action')} to be confirmed:`, command: `cordon follow ${run.id}` },
    overtaken + contested > 0 && {
      why: `Opposite actions had, or may yet have, the last word on ${plural(overtaken + contested, 'machine')}. See how it stands there:`,
      command: `cordon status ${run.id}`,
    },
    left > 0 &&
      run.status !== 'running' && {
        why: `Look at ${plural(left, 'row')} that nothing will mend by itself. todo.csv lists all that need somebody, in the form that run takes:`,
        command: `cordon preview ${run.job} todo.csv`,
      },
    run.status !== 'running' &&
      tally.accepted > 0 &&
      run.kind === undefined &&
      job?.inverse !== undefined && {
        why: `When it is over, take it back on exactly the machines of this run:`,
        command: `cordon undo ${run.id}`,
      },
  ];
  return steps.filter((step) => step !== false);
}

function resumableText(notSent: number, unknown: number): string {
  const parts = [
    notSent > 0 && `${count(notSent)} not sent`,
    unknown > 0 && `${count(unknown)} with an unknown outcome are looked up again first`,
  ];
  return parts.filter((part) => part !== false).join(', ');
}

function planSteps({ run, plan }: Report): NextStep[] {
  if (!plan) return [];
  const stopped = plan.guards.filter(({ stops }) => stops);
  if (stopped.length > 0) return stopped.map(({ why }) => ({ why: `A run would be refused: ${why}.` }));
  if (plan.calls === 0) return [{ why: 'Nothing: no machine would be called.' }];
  const { saved } = plan;
  if (!saved)
    return [
      {
        why: 'To have exactly this carried out later, save it as a plan and keep its hash:',
        command: `cordon preview ${run.job} LIST --out plan.json`,
      },
    ];
  return [
    { why: 'Once it is approved, carry out exactly this:', command: `cordon run --plan ${quoted(saved.file)} --plan-hash ${saved.sha256}` },
  ];
}

/** One word for a shell. */
export function quoted(text: string): string {
  return /^[\w./:@%+=,-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
