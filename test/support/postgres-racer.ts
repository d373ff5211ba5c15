/**
 * One of several processes that draw on one quota, as fast as they get. Arguments: address, run, key, attempts, in flight.
 * Prints "locked" when it holds its run, and ends when it has made its attempts.
 */
import { openPostgres } from '../../src/state/postgres/index.ts';
import { aRun, rows } from './builders.ts';

const [address = '', id = '', quotaKey = '', count = '', inFlight = ''] = process.argv.slice(2);
const WINDOWS = [
  { limit: 20, ms: 400 },
  { limit: 90, ms: 2000 },
];

const state = await openPostgres(address, { emulated: false, env: process.env });
await state.createRun(aRun({ id }), rows(Number(count)));
await state.lockRun(id);
console.log('locked');

let next = 0;
async function work(): Promise<void> {
  while (next < Number(count)) {
    const row = (next += 1);
    for (;;) {
      const begun = await state.beginAttempt({ runId: id, row, quotaKey, windows: WINDOWS, now: Date.now, timeoutMs: 500 });
      if (begun.begun) {
        await state.endAttempt(begun.attempt, { at: Date.now(), answer: null, verdict: 'again' });
        break;
      }
      await new Promise((resolve) => setTimeout(resolve, begun.waitMs));
    }
  }
}
await Promise.all(Array.from({ length: Number(inFlight) }, work));
await state.close();
