/** Exit codes, a contract with schedulers: see README, "Exit codes". */
export const EXIT = {
  ok: 0,
  internal: 1,
  usage: 2,
  outcomes: 3,
  open: 4,
  outage: 5,
  guard: 6,
  plan: 7,
  credentials: 8,
  budget: 9,
  busy: 11,
  workToDo: 20,
  sigint: 130,
  sigterm: 143,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Where several reasons hold, the earliest in this list is the exit code. */
const PRECEDENCE: readonly ExitCode[] = [
  EXIT.internal,
  EXIT.sigint,
  EXIT.sigterm,
  EXIT.busy,
  EXIT.credentials,
  EXIT.outage,
  EXIT.budget,
  EXIT.outcomes,
  EXIT.open,
  EXIT.ok,
];

/** The exit code that wins among those that hold. */
export function weightiest(codes: readonly ExitCode[]): ExitCode {
  return PRECEDENCE.find((code) => codes.includes(code)) ?? EXIT.ok;
}
