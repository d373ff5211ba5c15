/**
 * A state that keeps no secret: what the other side says may repeat a request, token and all. It is hidden here, on its way
 * out, and not where answers come in: hiding a secret must not change what is decided.
 */
import type { State } from '../core/ports.ts';
import type { Secrets } from '../core/secrets.ts';
import type { Answer, Observed, PlannedRow, Run, Settlement } from '../core/types.ts';

/** The same state, told only what may be kept. What the operator said (list, comment, settings) is kept as it is. */
export function scrubbing(state: State, secrets: Pick<Secrets, 'scrub'>): State {
  const clean = (text: string): string => secrets.scrub(text);
  return {
    createRun: (run, rows) => state.createRun(run, cleanRows(rows, clean)),
    run: (id) => state.run(id),
    runs: () => state.runs(),
    updateRun: (id, patch) =>
      state.updateRun(id, {
        ...patch,
        ...(typeof patch.note === 'string' && { note: clean(patch.note) }),
        ...(patch.observed && { observed: cleanObserved(patch.observed, clean) }),
      }),
    rows: (runId) => state.rows(runId),
    openCalls: (runId, upTo) => state.openCalls(runId, upTo),
    callCounts: (runId, upTo) => state.callCounts(runId, upTo),
    confirmedActions: (runId) => state.confirmedActions(runId),
    attempts: (runId, beforeMs) => state.attempts(runId, beforeMs),
    callsOfJob: (which) => state.callsOfJob(which),
    followedActions: (runId, which) => state.followedActions(runId, which),
    statusCounts: (runId) => state.statusCounts(runId),
    recordStatuses: (runId, seen) =>
      state.recordStatuses(
        runId,
        seen.map((one) => ({ ...one, status: clean(one.status) })),
      ),
    statusChanges: (runId) => state.statusChanges(runId),
    recordLastSeen: (runId, seen) => state.recordLastSeen(runId, seen),
    recordOpposed: (runId, seen) =>
      state.recordOpposed(
        runId,
        seen.map((one) => ({ ...one, opposed: one.opposed && { ...one.opposed, words: clean(one.opposed.words) } })),
      ),
    askToStop: (runId, stop) => state.askToStop(runId, stop),
    isStopAsked: (runId) => state.isStopAsked(runId),
    beginAttempt: (intent) => state.beginAttempt(intent),
    endAttempt: (attempt, end) =>
      state.endAttempt(attempt, {
        ...end,
        answer: end.answer && cleanAnswer(end.answer, clean),
        ...(end.settlement && { settlement: cleanSettlement(end.settlement, clean) }),
      }),
    ruleOut: (runId, row, at) => state.ruleOut(runId, row, at),
    settle: (runId, row, settlement, at) => state.settle(runId, row, cleanSettlement(settlement, clean), at),
    reopen: (runId, which) => state.reopen(runId, which),
    reissue: (runId, rows) => state.reissue(runId, rows),
    earlierActions: (runId) => state.earlierActions(runId),
    ensured: (which) => state.ensured(which),
    pause: (quotaKey, until) => state.pause(quotaKey, until),
    quotaUse: (quotaKey, windows, now) => state.quotaUse(quotaKey, windows, now),
    ...(state.version && { version: () => state.version?.() ?? Promise.resolve(0) }),
    lockRun: (runId) => state.lockRun(runId),
    runOfPlan: (planHash) => state.runOfPlan(planHash),
    prune: (before) => state.prune(before),
    close: () => state.close(),
  };
}

/** The same for a state that does something more in the step that keeps a run. */
export function scrubbingCreate<More extends unknown[]>(
  create: (run: Run, rows: Iterable<PlannedRow>, ...more: More) => Promise<void>,
  secrets: Pick<Secrets, 'scrub'>,
): (run: Run, rows: Iterable<PlannedRow>, ...more: More) => Promise<void> {
  return (run, rows, ...more) =>
    create(
      run,
      cleanRows(rows, (text) => secrets.scrub(text)),
      ...more,
    );
}

type Clean = (text: string) => string;

/** Names and reasons may be the API's own words. */
function* cleanRows(rows: Iterable<PlannedRow>, clean: Clean): Iterable<PlannedRow> {
  for (const row of rows)
    yield { ...row, deviceName: clean(row.deviceName), ...(row.message !== undefined && { message: clean(row.message) }) };
}

/** An action's id is no text of anybody's: it must stay what it is, or the action could not be found again. */
function cleanSettlement(settlement: Settlement, clean: Clean): Settlement {
  const { deviceName, errorCode, message } = settlement;
  return {
    ...settlement,
    ...(deviceName !== undefined && { deviceName: clean(deviceName) }),
    ...(errorCode !== undefined && { errorCode: clean(errorCode) }),
    ...(message !== undefined && { message: clean(message) }),
  };
}

function cleanAnswer(answer: Answer, clean: Clean): Answer {
  return answer.kind === 'response' ? { ...answer, body: cleanBody(answer.body, clean) } : { ...answer, reason: clean(answer.reason) };
}

function cleanObserved(observed: Observed, clean: Clean): Observed {
  const { first429, duplicates } = observed;
  return {
    ...observed,
    duplicates: Object.fromEntries(Object.entries(duplicates).map(([kind, count]) => [clean(kind), count])),
    first429: first429 && { ...first429, body: clean(first429.body) },
  };
}

/** JSON stays JSON: only the texts in it are cleaned. */
function cleanBody(body: string, clean: Clean): string {
  const cleaned = clean(body);
  if (cleaned === body) return body;
  try {
    return JSON.stringify(JSON.parse(body, (_, value: unknown) => (typeof value === 'string' ? clean(value) : value)));
  } catch {
    return cleaned;
  }
}
