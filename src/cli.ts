#!/usr/bin/env node
/** argv -> command -> exit code. The only place that exits. Loads the rest only on a Node that can: older ones are told so in one line. */
import { EXIT } from './core/exit.ts';
import { tooOldNode } from './core/node-version.ts';

const tooOld = tooOldNode(process.versions.node);
// Stands if the command line never answers: an end without an answer must not look like a success.
process.exitCode = EXIT.internal;
if (tooOld === undefined) void start();
else process.stderr.write(`${tooOld}\n`);

async function start(): Promise<void> {
  // As a container's first process a program ignores signals that it has no handler for; while a run listens, it decides.
  for (const [signal, code] of [
    ['SIGINT', EXIT.sigint],
    ['SIGTERM', EXIT.sigterm],
    // The terminal was closed.
    ['SIGHUP', EXIT.sigterm],
  ] as const)
    process.on(signal, () => {
      if (process.listenerCount(signal) === 1) process.exit(code);
    });
  hideExperiment();
  const [{ main }, { processIo }] = await Promise.all([import('./cli/main.ts'), import('./cli/io.ts')]);
  process.exitCode = await main(process.argv.slice(2), processIo());
}

/** Node 22 says of its SQLite that it is an experiment, between log lines that are JSON. Every other warning stays. */
function hideExperiment(): void {
  const warn = process.emitWarning.bind(process);
  process.emitWarning = (warning: string | Error, ...rest: unknown[]) => {
    if (!String(warning).startsWith('SQLite is an experimental feature')) Reflect.apply(warn, process, [warning, ...rest]);
  };
}
