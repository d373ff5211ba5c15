import { UsageError } from '../../../core/errors.ts';
import { OUTCOMES, type CallOutcome, type Outcome } from '../../../core/types.ts';
import type { TenantSource } from './source.ts';

/** What a run called: the default, because what its plan left out was left out for a reason. */
const CALLED: readonly CallOutcome[] = ['created', 'already-in-progress', 'blocked', 'refused', 'failed', 'unknown', 'not-sent'];

/** Machines of an earlier run, by what became of them. */
export const run: TenantSource = {
  kind: 'run',
  usage: 'run:RUN[:OUTCOME,…]',
  help: 'machines of an earlier run, those that it called or those with these outcomes',
  permission: '',
  read: async (value, { state, tenant, emulated }) => {
    const [id = '', words] = value.split(':', 2);
    const outcomes = new Set(words === undefined ? CALLED : outcomesIn(words));
    const found = await state.run(id);
    if (!found) throw new UsageError(`there is no run ${id} in this state`, { hint: 'cordon runs lists them.' });
    if (found.emulated !== emulated) throw new UsageError(`run ${id} ${found.emulated ? 'was emulated' : 'was real'}, and this one is not`);
    if (tenant !== '' && found.tenant !== '' && found.tenant !== tenant)
      throw new UsageError(`run ${id} was made in tenant ${found.tenant}, not in ${tenant}`);
    const records: Record<string, unknown>[] = [];
    for await (const { machineId, deviceName, outcome, input } of state.rows(id))
      if (outcomes.has(outcome)) records.push({ ...input, DeviceId: machineId, DeviceName: deviceName });
    return { column: 'DeviceId', records, notes: found.status === 'done' ? [] : [`run ${id} is not finished: its outcomes may change`] };
  },
};

function outcomesIn(words: string): Outcome[] {
  return words.split(',').map((word) => {
    const outcome = OUTCOMES.find((known) => known === word.trim());
    if (!outcome || outcome === 'planned')
      throw new UsageError(`"${word}" is no outcome of a run; known are ${OUTCOMES.filter((known) => known !== 'planned').join(', ')}`);
    return outcome;
  });
}
