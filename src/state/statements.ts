/** The state's SQL, by what it does. `?` in the order of the values that the caller gives. */
import type { SQLOutputValue } from 'node:sqlite';

/** A record as SQLite answers it. */
export type Record = { [column: string]: SQLOutputValue };

const RUN_N = '(SELECT n FROM run WHERE id = ?)';
const DOUBTFUL = "(verdict IS NULL OR verdict = 'ambiguous')";
const DOUBT = `(SELECT max(coalesce(ended_at, begun_at + lease_ms)) FROM attempt
  WHERE attempt.run_n = row.run_n AND attempt.row = row.row AND ${DOUBTFUL})`;
const SENT = "FROM attempt WHERE attempt.run_n = row.run_n AND attempt.row = row.row AND verdict IS NOT 'not-sent'";
/** What a row's outcome is in a report: the plan's, the settlement's, or what the attempts leave open. */
const OUTCOME = `coalesce(skip, outcome, CASE WHEN ${DOUBT} IS NULL THEN 'not-sent' ELSE 'unknown' END)`;

export const INSERT_RUN = `INSERT INTO run
  (id, job, tenant, client_id, host, comment, operator, emulated, list_hash, plan_hash, settings, created_at, status)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;
export const INSERT_ROW = 'INSERT INTO row (run_n, row, machine_id, device_name, file, line, skip, note) VALUES (?, ?, ?, ?, ?, ?, ?, ?)';
export const RUN = 'SELECT * FROM run WHERE id = ?';
export const RUN_OF_PLAN = 'SELECT * FROM run WHERE plan_hash = ?';
export const RUNS = `SELECT run.*, (SELECT count(*) FROM row WHERE run_n = n) AS machines FROM run ORDER BY created_at DESC, n DESC`;
export const OUTCOME_COUNTS = `SELECT run_n AS n, ${OUTCOME} AS outcome, count(*) AS count FROM row GROUP BY 1, 2`;
export const UPDATE_RUN = 'UPDATE run SET status = ?, finished_at = ?, exit_code = ?, note = ? WHERE id = ?';

export const ROWS = `SELECT row, machine_id, device_name, file, line, ${OUTCOME} AS outcome, action_id, action_status, http_status,
  error_code, coalesce(message, note) AS message, settled_at,
  (SELECT count(*) ${SENT}) AS attempts, (SELECT min(begun_at) ${SENT}) AS first_sent_at
  FROM row WHERE run_n = ${RUN_N} AND row > ? ORDER BY row LIMIT ?`;
export const OPEN_CALLS = `SELECT row, machine_id, ${DOUBT} AS doubt_since FROM row
  WHERE run_n = ${RUN_N} AND row > ? AND skip IS NULL AND outcome IS NULL ORDER BY row LIMIT ?`;
export const CALL_COUNTS = `SELECT count(*) AS calls, count(*) - count(outcome) AS open FROM row
  WHERE run_n = ${RUN_N} AND skip IS NULL`;

export const QUOTA = 'SELECT n, paused_until FROM quota WHERE key = ?';
export const INSERT_QUOTA = 'INSERT INTO quota (key) VALUES (?)';
export const PAUSE = 'UPDATE quota SET paused_until = max(paused_until, ?) WHERE n = ?';
export const CAP_PAUSE = 'UPDATE quota SET paused_until = ? WHERE n = ?';
/** The unit that must come back before a window of `? + 1` units has one free. */
export const NTH_NEWEST = 'SELECT counts_from FROM attempt WHERE quota_n = ? ORDER BY counts_from DESC LIMIT 1 OFFSET ?';
export const IN_USE = 'SELECT counts_from FROM attempt WHERE quota_n = ? AND counts_from > ? ORDER BY counts_from';
/** Attempts dated in the future: those without an answer may lie one lease ahead. */
const FUTURE = 'quota_n = ? AND counts_from > ? AND counts_from > ? + iif(ended_at IS NULL, lease_ms, 0)';
export const ANY_FUTURE = `SELECT 1 FROM attempt WHERE ${FUTURE} LIMIT 1`;
export const REDATE = `UPDATE attempt SET counts_from = ? + iif(ended_at IS NULL, lease_ms, 0) WHERE ${FUTURE}`;

/** What surely was not sent counts from 0 and stays there. */
export const SHIFT_ATTEMPTS = 'UPDATE attempt SET counts_from = max(1, counts_from + ?) WHERE counts_from > 0';
export const SHIFT_PAUSES = 'UPDATE quota SET paused_until = max(0, paused_until + ?) WHERE paused_until > 0';
export const META = 'SELECT value FROM meta WHERE key = ?';
export const SET_META = 'INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)';

export const INSERT_ATTEMPT = `INSERT INTO attempt (run_n, row, quota_n, begun_at, lease_ms, counts_from)
  VALUES (${RUN_N}, ?, ?, ?, ?, ?)`;
export const END_ATTEMPT = 'UPDATE attempt SET ended_at = ?, counts_from = ?, verdict = ?, answer = ? WHERE id = ? RETURNING run_n, row';
export const RULE_OUT = `UPDATE attempt SET verdict = 'ruled-out' WHERE run_n = ${RUN_N} AND row = ? AND ${DOUBTFUL}`;

const SET_SETTLEMENT = `UPDATE row SET outcome = ?, action_id = ?, action_status = ?, device_name = coalesce(?, device_name),
  http_status = ?, error_code = ?, message = ?, settled_at = ?`;
export const SETTLE = `${SET_SETTLEMENT} WHERE run_n = ? AND row = ?`;
export const SETTLE_BY_RUN = `${SET_SETTLEMENT} WHERE run_n = ${RUN_N} AND row = ?`;
const REOPEN = `UPDATE row SET outcome = NULL, action_id = NULL, action_status = NULL, http_status = NULL, error_code = NULL,
  message = NULL, settled_at = NULL WHERE run_n = ${RUN_N} AND skip IS NULL AND outcome IS NOT NULL`;
export const REOPEN_ROW = `${REOPEN} AND row = ?`;
export const REOPEN_OUTCOME = `${REOPEN} AND outcome = ?`;

export const PRUNE_ATTEMPTS = `DELETE FROM attempt WHERE counts_from < ?
  AND (run_n IS NULL OR run_n IN (SELECT n FROM run WHERE status = 'done' AND created_at < ?))`;
export const PRUNE_RUNS = "DELETE FROM run WHERE status = 'done' AND created_at < ? RETURNING id";
