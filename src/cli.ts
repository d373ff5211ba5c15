#!/usr/bin/env node
/** argv -> command -> exit code. The only place that exits. */
import { main } from './cli/main.ts';
import { processIo } from './cli/io.ts';
import { EXIT } from './core/exit.ts';

// As a container's first process a program ignores signals that it has no handler for; while a run listens, it decides.
for (const [signal, code] of [
  ['SIGINT', EXIT.sigint],
  ['SIGTERM', EXIT.sigterm],
] as const)
  process.on(signal, () => {
    if (process.listenerCount(signal) === 1) process.exit(code);
  });

process.exitCode = await main(process.argv.slice(2), processIo());
