/** `npm run chaos [KILLS] [SEED] [HOURS]`: the chaos test at length; exits with 1 when anything is lost, doubled or untrue. */
import { chaos } from './chaos.ts';

const kills = Number(process.argv[2] ?? 200);
const seed = Number(process.argv[3] ?? Date.now() % 1_000_000);
const hours = Number(process.argv[4] ?? 30);
console.log(`${kills} kills, seed ${seed}, clocks off by up to ${hours} hours`);
const result = await chaos({ kills, machines: 400, readLag: '1500ms', seed, clockOffMs: hours * 3_600_000, tell: console.log });
const good = result.twice === 0 && result.lost === 0 && result.untrue === 0 && result.throttled === 0;
console.log(good ? 'nothing lost, nothing twice, nothing untrue, never throttled' : 'FAILED');
process.exitCode = good ? 0 : 1;
