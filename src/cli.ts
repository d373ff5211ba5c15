#!/usr/bin/env node
/** argv -> command -> exit code. The only place that exits. */
import { main } from './main.ts';
import { processIo } from './commands/io.ts';

process.exitCode = await main(process.argv.slice(2), processIo());
