/** Whether the API is reached, how quickly, by whose clock, and how long its reads may be. */
import { formatDuration } from '../../core/durations.ts';
import { hashOf } from '../../core/hash.ts';
import { httpDateOf } from '../../core/instant.ts';
import type { Asked, Ask } from '../../engine/attempts/ask.ts';
import { filterOf } from '../../engine/reads/page.ts';
import { statusOf, wordsOf, type Check } from './check.ts';

const SLOW_MS = 3000;
/** The `Date` of an answer has whole seconds only. */
const OFF_MS = 5000;

/** Reach and latency, and the offset of the clocks: one small read tells both. */
export async function checkReach(machines: Ask, host: string): Promise<Check[]> {
  const asked = await machines.get('machines?$top=1');
  const status = statusOf(asked);
  if (status === 0)
    return [
      {
        name: 'reach',
        level: 'fail',
        what: `${host}: ${wordsOf(asked)}`,
        next: 'Look at the name, the firewall, and HTTPS_PROXY and NO_PROXY.',
      },
    ];
  const ms = Math.round(asked.ms);
  const slow = ms > SLOW_MS;
  const reach: Check = {
    name: 'reach',
    level: slow ? 'warn' : 'ok',
    what: `${host} answers in ${formatDuration(ms)}`,
    data: { host, ms, status },
  };
  return [reach, readable(asked), clockCheck(asked)];
}

function readable(asked: Asked): Check {
  const status = statusOf(asked);
  if (status === 200 || status === 404) return { name: 'reads', level: 'ok', what: 'the list of machines can be read' };
  return {
    name: 'reads',
    level: 'warn',
    what: `the list of machines cannot be read: ${wordsOf(asked)}`,
    next: 'Grant Machine.Read.All: without it facts are not known, and calls whose answer is lost stay unknown.',
  };
}

/** Positive: the server is ahead of this machine. */
function clockCheck({ answer, at, ms }: Asked): Check {
  const date = answer.kind === 'response' ? httpDateOf(answer.date) : Number.NaN;
  if (Number.isNaN(date)) return { name: 'clock', level: 'warn', what: 'the server does not say its time', data: { offsetMs: null } };
  // In the middle of its second, and of the round trip.
  const offsetMs = Math.round(date + 500 - (at - ms / 2));
  const data = { offsetMs };
  if (Math.abs(offsetMs) <= OFF_MS) return { name: 'clock', level: 'ok', what: 'within seconds of the server’s', data };
  return {
    name: 'clock',
    level: 'warn',
    what: `this machine is ${formatDuration(Math.abs(offsetMs))} ${offsetMs > 0 ? 'behind' : 'ahead of'} the server`,
    next: 'Let a time service set the clock. Nothing is sent twice because of it, but times in reports are wrong.',
    data,
  };
}

const COUNTS = [1, 30, 130] as const;

/** How long a filter may be: with 1, 30 and 130 ids that no machine has. */
export async function checkReadLimits(machines: Ask, actions: Ask): Promise<Check> {
  const seen: Record<string, number> = {};
  const words: string[] = [];
  for (const [list, field, ask] of [
    ['machines', 'id', machines],
    ['machineactions', 'machineId', actions],
  ] as const)
    for (const count of COUNTS) {
      const asked = await ask.get(`${list}?${filterOf(`${field} in (${madeUpIds(count).join(',')})`)}&$top=10`);
      seen[`${list}/${count}`] = statusOf(asked);
      if (!isRead(statusOf(asked))) words.push(`${list} with ${count} ids: ${wordsOf(asked)}`);
    }
  const data = { statuses: seen };
  if (words.length === 0) return { name: 'read limits', level: 'ok', what: 'filters with 1, 30 and 130 ids are answered', data };
  return {
    name: 'read limits',
    level: 'warn',
    what: words.join('; '),
    next: 'Nothing to do: cordon halves a filter that is refused, then reads unfiltered, which takes longer.',
    data,
  };
}

function isRead(status: number): boolean {
  return status === 200 || status === 404;
}

function madeUpIds(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `'${madeUpId(i)}'`);
}

/** An id that no machine has. */
export function madeUpId(n: number): string {
  return hashOf([`cordon doctor: no machine ${n}`]).slice(0, 40);
}
