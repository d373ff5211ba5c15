/**
 * `node bench/support/engine-loop.ts URL CALLS STATE`: the same calls made by the whole engine, on a state in memory ("memory") or in a
 * file; says the wall's and the CPU's ms.
 */
import { createTransport } from '../../src/http/transport.ts';
import { MemoryState } from '../../src/state/memory.ts';
import { SqliteState } from '../../src/state/sqlite.ts';
import { carryOut } from '../pace/engine.ts';

const [origin = '', calls = '', where = ''] = process.argv.slice(2);
const windows = [
  { limit: 1_000_000, ms: 60_000 },
  { limit: 1_000_000, ms: 3_600_000 },
];
const state = where === 'memory' ? new MemoryState() : new SqliteState(where, { emulated: true });
const transport = createTransport({ maxSockets: 100 });
const salt = where === 'memory' ? 'e' : 'd';
const machines = Array.from({ length: Number(calls) }, (_, row) => (row + 1).toString(16).padStart(40, salt));
const began = performance.now();
const before = process.cpuUsage();
await carryOut({ state, id: `emulated-${process.pid}`, machines, windows, transport, origin });
const { user, system } = process.cpuUsage(before);
console.log(JSON.stringify({ ms: performance.now() - began, cpuMs: (user + system) / 1000 }));
transport.close();
await state.close();
