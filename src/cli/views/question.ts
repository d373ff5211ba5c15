/** The question before anything is sent, and what is made of its answer. */
import type { Briefing, Some } from '../../core/briefing.ts';
import { namedEntries } from '../../core/guards.ts';
import { shown } from '../../core/one-line.ts';
import type { Plan } from '../../core/plan.ts';
import { describeWave } from '../../core/waves.ts';
import type { Confirm, ConfirmWave } from '../../run/confirm.ts';
import type { Ask } from '../terminal.ts';
import { labelled, wrapped } from './labelled.ts';
import { inColor } from './log-text.ts';

/** What somebody must have read before they type the number of machines, as wide as their terminal. */
export function questionFor(briefing: Briefing, columns = 80, isTerminal = false): string {
  const head = `${briefing.emulated ? 'EMULATED: ' : ''}About to ${briefing.action} on ${counted(briefing.machines, 'machine')}`;
  const facts = factsOf(briefing).flatMap(([label, texts]) => labelled(label, texts, columns));
  const warnings = warningsOf(briefing).flatMap((text) => labelled('WARNING', [text], columns));
  return [...wrapped(head, columns), ...facts, ...warnings.map((line) => inColor('yellow', line, isTerminal))].join('\n');
}

function factsOf(briefing: Briefing): [label: string, texts: readonly string[]][] {
  const { tenant, host, comment, parameters, noticed, undo, notes, names, systems, excluded, leftOut, when, time } = briefing;
  return [
    ['tenant', [`${tenant || 'as the token says'} (${host})`]],
    ['comment', comment === undefined ? [] : [comment]],
    ['how', parameters],
    ['noticed', [noticed]],
    ['undo', [undo]],
    ['list', notes],
    ['machines', [someOf(names)]],
    ['systems', systems.length === 0 ? [] : [countsOf(systems)]],
    ['spared', excluded.first.length === 0 ? [] : [someOf(excluded)]],
    ['left out', leftOut.length === 0 ? [] : [countsOf(leftOut)]],
    ['when', [`${when} (now ${time})`]],
  ];
}

function warningsOf({ risks, unmatched, warnings, asked }: Briefing): string[] {
  return [...risks, ...strays({ unmatched: unmatched.entries, unmatchedIn: unmatched.in }), ...warnings, ...asked];
}

/** Asks with `ask` for the number of machines, or the job's word; anything else is a no. */
export function confirmBy(ask: Ask, columns: () => number): Confirm {
  return async (briefing) => {
    const { toType, machines } = briefing;
    const what = toType === String(machines) ? 'the number of machines' : `the word ${toType}`;
    const answer = await ask(`${questionFor(briefing, columns(), true)}\n${promptOf(what, columns())}`);
    if (answer === undefined)
      return {
        yes: false,
        why: 'nobody confirmed: there is no terminal to ask on',
        hint:
          toType === String(machines)
            ? `Use --confirm ${machines} (best), --yes, or a plan from cordon preview --out.`
            : 'What cannot be taken back needs somebody at a terminal, or a plan from cordon preview --out.',
      };
    const typed = answer.trim();
    if (typed === toType) return { yes: true };
    const isNo = /^(n|no|)$/i.test(typed);
    return { yes: false, why: isNo ? 'not confirmed; nothing was sent' : `not confirmed: "${typed}" is not ${toType}; nothing was sent` };
  };
}

/** The cursor stands one place after it. */
function promptOf(what: string, columns: number): string {
  return `${wrapped(`Type ${what} to go on, n to stop:`, columns - 2).join('\n')} `;
}

/** Asks with `ask` whether the next wave may go out, by the number of its machines. */
export function confirmWaveBy(ask: Ask, columns: () => number): ConfirmWave {
  return async ({ emulated, action, wave, result, soFar, machines }) => {
    const lines = [
      `${emulated ? 'EMULATED: ' : ''}Wave ${wave.number} of ${wave.of}: ${describeWave(result)}.`,
      ...(wave.number > 1 ? [`All so far: ${describeWave(soFar)}.`] : []),
      `The next wave is to ${action} ${counted(machines, 'machine')}. Type the number of machines to go on, n to stop:`,
    ];
    const text = lines.flatMap((line) => wrapped(line, columns() - 2)).join('\n');
    const answer = (await ask(`${text} `))?.trim();
    if (answer === String(machines)) return { yes: true };
    return {
      yes: false,
      why:
        answer === undefined ? 'nobody confirmed the next wave: there is no terminal to ask on (--yes)' : 'the next wave was not confirmed',
    };
  };
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

function someOf({ first, more }: Some): string {
  return `${first.map(shown).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

function countsOf(counts: readonly (readonly [string, number])[]): string {
  return counts.map(([what, count]) => `${count} ${shown(what)}`).join(', ');
}

/** "40 Windows11, 7 Windows10"; '' where no facts were read. */
export function platformsText({ platforms }: Pick<Plan, 'platforms'>): string {
  return countsOf(Object.entries(platforms).map(([name, count = 0]) => [name, count] as const));
}

/** Exclusions that match nothing: shown, because one of them may be a typo that leaves a machine unprotected. */
export function strays({ unmatched, unmatchedIn }: Pick<Plan, 'unmatched' | 'unmatchedIn'>): string[] {
  if (unmatched.length === 0) return [];
  const what = unmatchedIn === 'tenant' ? 'machine of the tenant' : 'row';
  return [shown(`exclusions that match no ${what}: ${namedEntries(unmatched)}`)];
}
