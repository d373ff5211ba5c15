/** The library: docs/library.md shows it at work. Nothing here prints, exits, or reads `process.env` unasked. */
export { openSession, type OpenOptions } from './library/session.ts';
export {
  cancel,
  follow,
  preview,
  report,
  resume,
  runs,
  start,
  status,
  undo,
  type OnMachines,
  type PreviewResult,
  type StartOptions,
} from './library/jobs.ts';
export type { CancelEnding } from './run/cancel.ts';
export type { FollowEnding } from './run/follow.ts';
export type { StatusResult } from './run/status.ts';
export type { Session } from './wiring/session.ts';
export type { Briefing } from './core/briefing.ts';
export type { Answered, Confirm, ConfirmWave } from './run/confirm.ts';
export type { WaveBriefing } from './core/waves.ts';
export type { Ending } from './run/ending.ts';
export { StopRequest } from './run/stop.ts';
export type { RunEvent, RunProgress } from './core/events.ts';
export type { Listener, Log, RunOverview } from './core/ports.ts';
export { EXIT, type ExitCode } from './core/exit.ts';
export * from './core/errors.ts';
export type { ActionStatus, InputRow, InputRows, Job, Outcome, Run, RunRow, Settlement } from './core/types.ts';
export { readTargets, type Source } from './targets/index.ts';
export { startEmulator } from './emulator/server.ts';
export type { EmulatorOptions } from './emulator/world/options.ts';
export { jobs } from '../jobs/index.ts';
export { VERSION } from './wiring/version.ts';
