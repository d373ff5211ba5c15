/** Which of several unfinished runs is meant: asked, never guessed. */
import { shown } from '../../core/one-line.ts';
import type { RunOverview } from '../../core/ports.ts';
import { cut, wrapped } from './labelled.ts';

export function whichRun(runs: readonly RunOverview[], columns: number): string {
  const lines = runs.flatMap(({ id, job, operator, comment, outcomes }, at) => [
    cut(`  ${at + 1}  ${id}  ${job}, ${outcomes['not-sent'] ?? 0} not sent`, columns),
    cut(`     ${shown(operator)}: ${shown(comment)}`, columns),
  ]);
  const prompt = wrapped(`Type the number of the one to go on with (1 to ${runs.length}), n for none:`, columns - 2);
  return `${[`${runs.length} runs are unfinished:`, ...lines, ...prompt].join('\n')} `;
}

/** The id of the run whose number, or id, was typed; undefined for anything else. */
export function chosenRun(answer: string, runs: readonly RunOverview[]): string | undefined {
  const typed = answer.trim();
  const at = /^\d+$/.test(typed) ? Number(typed) - 1 : -1;
  return runs.find(({ id }, index) => index === at || id === typed)?.id;
}
