/**
 * What the API really does, found out on one lab machine that somebody named: restrict, the same once more, wait, take it
 * back. The observations name no machine, person or tenant, so that they can be shared.
 */
import { readAction, readActions, readMachines } from '../../core/answers.ts';
import { messageOf, PlanError, UserError } from '../../core/errors.ts';
import { EXIT } from '../../core/exit.ts';
import { instantOf } from '../../core/instant.ts';
import type { Clock } from '../../core/ports.ts';
import type { Job, MachineAction } from '../../core/types.ts';
import type { Ask, Asked } from '../../engine/attempts/ask.ts';
import { filterOf } from '../../engine/reads/page.ts';
import { codeOf, statusOf, wordsOf } from './check.ts';

export interface ProbeInput {
  /** 40 hex digits, lower case. */
  readonly machineId: string;
  readonly job: Job;
  readonly inverse: Job;
  readonly host: string;
  readonly emulated: boolean;
  readonly version: string;
  readonly clock: Clock;
  /** Asks one API: `machines`, `machineactions` or a job's segment. */
  asker(segment: string): Promise<Ask>;
  /** Resolves after so many ms. */
  wait(ms: number): Promise<void>;
  /** Between two looks, ms. */
  readonly everyMs: number;
  /** How long a new action may take to show in lists, and an action to end, ms. */
  readonly patienceMs: number;
}

/** What one POST was answered. */
export interface SeenAnswer {
  readonly status: number;
  readonly code: string;
  readonly ms: number;
  /** The action's fields that were there, by name: no values but these two. */
  readonly fields: readonly string[];
  readonly type: string | null;
  readonly actionStatus: string | null;
  /** Whether the comment came back as it was sent. */
  readonly comment: 'as sent' | 'altered' | 'missing';
  readonly machine: 'the one asked for' | 'another' | 'missing';
}

export interface Observations {
  readonly cordon: string;
  readonly at: string;
  readonly host: string;
  readonly emulated: boolean;
  readonly job: string;
  readonly inverse: string;
  readonly first: SeenAnswer;
  /** The same once more at once. */
  readonly second: (SeenAnswer & { readonly action: 'the same' | 'another' | 'none' }) | null;
  /** Ms until the new action showed in a list, and when asked for by its id; null: not within the patience. */
  readonly listLagMs: number | null;
  readonly idLagMs: number | null;
  /** Ms until the action ended, and as what. */
  readonly ended: { readonly ms: number; readonly status: string } | null;
  readonly undone: (SeenAnswer & { readonly ended: { readonly ms: number; readonly status: string } | null }) | null;
  /** How the machine was left, in words. */
  readonly left: string;
}

const FINAL: ReadonlySet<string> = new Set(['Succeeded', 'Failed', 'TimeOut', 'Cancelled']);

/**
 * Acts on the one machine. Where the action does not end in time it is cancelled instead of being taken back: actions are
 * never stacked (ISS#5903).
 * @throws PlanError (exit 7) when the machine is not known, or has an action of these types open or in force already:
 * a probe must not take back what somebody else did
 */
export async function probe(input: ProbeInput): Promise<Observations> {
  const seen = new Prober(input);
  await seen.mustBeFree();
  return seen.go();
}

class Prober {
  readonly #in: ProbeInput;

  constructor(input: ProbeInput) {
    this.#in = input;
  }

  async mustBeFree(): Promise<void> {
    const { machineId, job, inverse } = this.#in;
    const machines = await this.#in.asker('machines');
    const asked = await machines.get(`machines?${filterOf(`id eq '${machineId}'`)}`);
    const known = asked.answer.kind === 'response' ? readMachines(asked.answer.body)?.values : undefined;
    if (statusOf(asked) !== 200 || !known?.some(({ id }) => id.toLowerCase() === machineId))
      throw refusal(`the machine is not known to the tenant (${wordsOf(asked)})`);
    const read = await this.#actions();
    if (!read) throw refusal('the machine’s actions cannot be read');
    const actions = read.filter(({ type }) => type === job.actionType || type === inverse.actionType);
    if (actions.some(({ status }) => !FINAL.has(status ?? ''))) throw refusal('the machine has such an action open');
    const done = actions.filter(({ status }) => status === 'Succeeded').sort((a, b) => createdAt(b) - createdAt(a));
    if (done[0]?.type === job.actionType) throw refusal(`${job.name} is in force on the machine: a probe would take it back`);
  }

  async go(): Promise<Observations> {
    const { job, inverse, host, emulated, version, clock } = this.#in;
    const head = { cordon: version, at: new Date(clock.now()).toISOString(), host, emulated, job: job.name, inverse: inverse.name };
    const comment = `[cordon doctor] probe ${Math.trunc(clock.now())}`;
    const posted = await this.#post(job, comment);
    const first = this.#seen(posted, comment);
    const action = actionOf(posted);
    const none = { second: null, listLagMs: null, idLagMs: null, ended: null, undone: null };
    if (!action) return { ...head, first, ...none, left: leftAfter(posted) };
    try {
      return { ...head, first, ...(await this.#goOn(action, comment)) };
    } catch (error) {
      throw new UserError(`the probe broke off after ${job.name} was accepted: ${messageOf(error)}`, {
        exitCode: EXIT.outage,
        hint: `Take it back: cordon run ${inverse.name} --machine ${this.#in.machineId} --comment "the probe is over"`,
        cause: error,
      });
    }
  }

  async #goOn(
    action: MachineAction,
    comment: string,
  ): Promise<Pick<Observations, 'second' | 'listLagMs' | 'idLagMs' | 'ended' | 'undone' | 'left'>> {
    const again = await this.#post(this.#in.job, comment);
    const second = { ...this.#seen(again, comment), action: sameness(action, actionOf(again)) };
    const lags = await this.#lags(action.id);
    const ended = await this.#end(action.id);
    return { second, ...lags, ended, ...(await this.#takeBack(ended?.status, [action, actionOf(again)])) };
  }

  async #takeBack(
    status: string | undefined,
    actions: readonly (MachineAction | undefined)[],
  ): Promise<Pick<Observations, 'undone' | 'left'>> {
    const { inverse, clock } = this.#in;
    if (status === undefined) return { undone: null, left: await this.#cancel(actions) };
    if (status !== 'Succeeded') return { undone: null, left: `the action ended ${status}: nothing is in force` };
    const comment = `[cordon doctor] probe over ${Math.trunc(clock.now())}`;
    const posted = await this.#post(inverse, comment);
    const action = actionOf(posted);
    const ended = action ? await this.#end(action.id) : null;
    const left =
      ended?.status === 'Succeeded' ? 'released again' : `NOT RELEASED: run cordon run ${inverse.name} on it (${wordsOf(posted)})`;
    return { undone: { ...this.#seen(posted, comment), ended }, left };
  }

  async #cancel(actions: readonly (MachineAction | undefined)[]): Promise<string> {
    const ask = await this.#in.asker('machineactions');
    const words: string[] = [];
    for (const id of new Set(actions.flatMap((action) => action?.id ?? [])))
      words.push(wordsOf(await ask.post(`machineactions/${id}/cancel`, { Comment: '[cordon doctor] the probe is over' })));
    return `the action had not ended and was cancelled: ${words.join(', ')}`;
  }

  async #post(job: Job, comment: string): Promise<Asked> {
    const ask = await this.#in.asker(job.segment);
    return ask.post(`machines/${this.#in.machineId}/${job.segment}`, job.body(comment, {}, {}));
  }

  #seen(asked: Asked, comment: string): SeenAnswer {
    const action = actionOf(asked);
    const body: unknown = asked.answer.kind === 'response' && action ? JSON.parse(asked.answer.body) : {};
    const echoed = action?.requestorComment ?? null;
    const about = action?.machineId?.toLowerCase();
    return {
      status: statusOf(asked),
      code: codeOf(asked),
      ms: Math.round(asked.ms),
      fields: Object.keys(Object(body)).sort(),
      type: action?.type ?? null,
      actionStatus: action?.status ?? null,
      comment: echoed === null ? 'missing' : echoed === comment ? 'as sent' : 'altered',
      machine: about === undefined ? 'missing' : about === this.#in.machineId ? 'the one asked for' : 'another',
    };
  }

  /** How long the two kinds of reads take to show the new action. */
  async #lags(id: string): Promise<{ listLagMs: number | null; idLagMs: number | null }> {
    const since = this.#in.clock.mono();
    let [listLagMs, idLagMs]: [number | null, number | null] = [null, null];
    while (listLagMs === null || idLagMs === null) {
      const ms = Math.round(this.#in.clock.mono() - since);
      if ((await this.#byId(id)) !== undefined) idLagMs ??= ms;
      if ((await this.#actions())?.some((action) => action.id === id)) listLagMs ??= ms;
      if (ms > this.#in.patienceMs) break;
      if (listLagMs === null || idLagMs === null) await this.#in.wait(this.#in.everyMs);
    }
    return { listLagMs, idLagMs };
  }

  async #end(id: string): Promise<{ ms: number; status: string } | null> {
    const since = this.#in.clock.mono();
    for (;;) {
      const ms = Math.round(this.#in.clock.mono() - since);
      const status = (await this.#byId(id))?.status ?? '';
      if (FINAL.has(status)) return { ms, status };
      if (ms > this.#in.patienceMs) return null;
      await this.#in.wait(this.#in.everyMs);
    }
  }

  async #byId(id: string): Promise<MachineAction | undefined> {
    const ask = await this.#in.asker('machineactions');
    return actionOf(await ask.get(`machineactions/${id}`));
  }

  async #actions(): Promise<readonly MachineAction[] | undefined> {
    const ask = await this.#in.asker('machineactions');
    const { answer } = await ask.get(`machineactions?${filterOf(`machineId eq '${this.#in.machineId}'`)}`);
    return answer.kind === 'response' && answer.status === 200 ? readActions(answer.body)?.values : undefined;
  }
}

function actionOf({ answer }: Asked): MachineAction | undefined {
  return answer.kind === 'response' && answer.status >= 200 && answer.status < 300 ? readAction(answer.body) : undefined;
}

/** An answer that says nothing leaves it open whether the action was made. */
function leftAfter(posted: Asked): string {
  const status = statusOf(posted);
  return status >= 400 && status < 500 && codeOf(posted) !== '' ? 'as it was found' : `NOT KNOWN: look at it (${wordsOf(posted)})`;
}

function sameness(first: MachineAction, second: MachineAction | undefined): 'the same' | 'another' | 'none' {
  if (!second) return 'none';
  return second.id === first.id ? 'the same' : 'another';
}

function createdAt({ creationDateTimeUtc }: MachineAction): number {
  return instantOf(creationDateTimeUtc) || 0;
}

function refusal(why: string): PlanError {
  return new PlanError(`no probe: ${why}`, { hint: 'Name a lab machine that is onboarded and on which nothing is restricted.' });
}
