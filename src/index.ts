/** The library: what another program may import. Nothing here prints, exits or reads the environment unasked. */
export { readExclusions, readTargets, type ReadOptions, type Source } from './targets/index.ts';
export { startEmulator, type RunningEmulator } from './emulator/server.ts';
export type { EmulatorOptions } from './emulator/world/options.ts';
export type { ActionStatus, InputRow, Job, Outcome, Run, RunRow, RunStatus } from './core/types.ts';
export { AuthError, GuardError, PlanError, RunBusyError, StateError, UsageError, UserError } from './core/errors.ts';
export { EXIT, type ExitCode } from './core/exit.ts';
export { VERSION } from './wiring/version.ts';
