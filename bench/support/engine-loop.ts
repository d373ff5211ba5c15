/**
 * `node bench/support/engine-loop.ts URL CALLS STATE`: the same calls made by the whole engine, on a state in memory ("memory"), in a file or on a
 * server; says the wall's and the CPU's ms.
 */
import type { State } from '../../src/core/ports.ts';
import { createTransport } from '../../src/http/transport.ts';
import { MemoryState } from '../../src/state/memory.ts';
import { isPostgres, openPostgres } from '../../src/state/postgres/index.ts';
import { SqliteState } from '../../src/state/sqlite.ts';
import { carryOut } from '../pace/engine.ts';

const [origin = '', calls = '', where = ''] = process.argv.slice(2);
const windows = [
  { limit: 1_000_000, ms: 60_000 },
  { limit: 1_000_000, ms: 3_600_000 },
];
const state = await opened();
const transport = createTransport({ maxSockets: 100 });
const machines = Array.from({ length: Number(calls) }, (_, row) => (row + 1).toString(16).padStart(40, '0'));
const began = performance.now();
const before = process.cpuUsage();
await carryOut({ state, id: `emulated-${process.pid}`, machines, windows, transport, origin });
const { user, system } = process.cpuUsage(before);
console.log(JSON.stringify({ ms: performance.now() - began, cpuMs: (user + system) / 1000 }));
transport.close();
await state.close();

async function opened(): Promise<State> {
  if (where === 'memory') return new MemoryState();
  return isPostgres(where) ? openPostgres(where, { emulated: true, env: process.env }) : new SqliteState(where, { emulated: true });
}
