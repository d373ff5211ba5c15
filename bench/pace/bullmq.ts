/** BullMQ's limiter, which has one window: the minute's. It needs a Redis of its own, started here where one is installed. */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import type { Window } from '../../src/core/types.ts';
import type { Call } from './peers.ts';

export function isRedisHere(): boolean {
  return spawnSync('redis-server', ['--version']).status === 0;
}

/** Carries the calls out with as many workers as the window has places. */
export async function bullmq([minute]: readonly Window[], calls: number, call: Call): Promise<void> {
  if (!minute) return;
  await using folder = await mkdtempDisposable(join(tmpdir(), 'cordon-bench-'));
  const port = await freePort();
  const redis = spawn('redis-server', ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', folder.path]);
  try {
    for await (const chunk of redis.stdout) if (String(chunk).includes('Ready to accept')) break;
    const connection = new Redis(port, '127.0.0.1', { maxRetriesPerRequest: null });
    const queue = new Queue('calls', { connection });
    const limiter = { max: minute.limit, duration: minute.ms };
    let left = calls;
    await new Promise<void>((resolve, reject) => {
      const worker = new Worker<number>('calls', (job) => call(job.data), { connection, limiter, concurrency: minute.limit });
      worker.on('completed', () => {
        left -= 1;
        if (left === 0) worker.close().then(resolve, reject);
      });
      const jobs = Array.from({ length: calls }, (_, row) => ({ name: 'call', data: row }));
      queue.addBulk(jobs).catch(reject);
    });
    await queue.close();
    await connection.quit();
  } finally {
    redis.kill();
    await once(redis, 'exit');
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  return typeof address === 'object' && address ? address.port : 0;
}
