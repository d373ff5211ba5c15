/** The state's SQL, by what it does. `?` in the order of the values that the caller gives. */
import type { SQLOutputValue } from 'node:sqlite';

/** A record as SQLite answers it. */
export type Record = { [column: string]: SQLOutputValue };

const RUN_N = '(SELECT n FROM run WHERE id = ?)';
const DOUBTFUL = "(verdict IS NULL OR verdict IN ('ambiguous', 'accepted'))";
const OF_ROW = 'FROM attempt WHERE attempt.run_n = row.run_n AND attempt.row = row.row';
const SENT = `${OF_ROW} AND verdict IS NOT 'not-sent'`;
const OPEN = "skip IS NULL AND (outcome IS NULL OR outcome = 'unknown')";
/** How the attempts of an open row stand: core/standing.ts says the same of the memory. Empty for a settled row. */
const STANDING = `CASE WHEN skip IS NOT NULL OR outcome IS NOT NULL THEN NULL
  WHEN EXISTS (SELECT 1 ${OF_ROW} AND ${DOUBTFUL}) THEN 'doubt'
  ELSE coalesce((SELECT CASE verdict WHEN 'look' THEN 'look' WHEN 'superseded' THEN 'ended' ELSE 'sent' END ${SENT} AND verdict <> 'turned-away' ORDER BY id DESC LIMIT 1), 'none') END`;

export const INSERT_RUN = `INSERT INTO run
  (id, job, tenant, client_id, host, comment, operator, emulated, list_hash, plan_hash, settings, created_at, status, parameters, released, kind, origin)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;
export const INSERT_ROW = `INSERT INTO row
  (run_n, row, machine_id, device_name, file, line, skip, note, action_id, action_status, input, position) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;
export const RUN = 'SELECT * FROM run WHERE id = ?';
export const RUN_OF_PLAN = 'SELECT * FROM run WHERE plan_hash = ?';
export const RUNS = `SELECT run.*, (SELECT count(*) FROM row WHERE run_n = n) AS machines FROM run ORDER BY created_at DESC, n DESC`;
export const OUTCOME_COUNTS = `SELECT run_n AS n, coalesce(skip, outcome) AS outcome, ${STANDING} AS standing, count(*) AS count
  FROM row GROUP BY 1, 2, 3`;
export const UPDATE_RUN = 'UPDATE run SET status = ?, finished_at = ?, exit_code = ?, note = ?, observed = ?, released = ? WHERE id = ?';

/** `outcome` is the plan's or the settlement's; where there is none, `standing` says how the attempts stand. */
export const ROWS = `SELECT row, machine_id, device_name, file, line, coalesce(skip, outcome) AS outcome, ${STANDING} AS standing,
  action_id, action_status, http_status, error_code, message, note, settled_at, input, position, action_ended_at, last_seen, opposed,
  (SELECT count(*) ${SENT}) AS attempts, (SELECT min(begun_at) ${SENT}) AS first_sent_at
  FROM row WHERE run_n = ${RUN_N} AND row > ? ORDER BY row LIMIT ?`;
/** `doubts` counts attempts in doubt; an instant is empty where one of the attempts that it is taken from has none. */
const openCalls = (key: string): string => `SELECT row, ${key} AS key, machine_id, input,
  (SELECT count(*) ${OF_ROW} AND ${DOUBTFUL}) AS doubts,
  (SELECT count(*) ${OF_ROW} AND verdict IS NULL) AS out,
  (SELECT count(*) ${OF_ROW} AND verdict = 'accepted') AS accepted,
  (SELECT iif(count(*) = count(server_begun), min(server_begun), NULL) ${SENT} AND coalesce(verdict, '') NOT IN ('turned-away', 'superseded')) AS begun,
  (SELECT iif(count(*) = count(server_ended), max(server_ended), NULL) ${OF_ROW} AND ${DOUBTFUL}) AS ended
  FROM row WHERE run_n = ${RUN_N} AND ${key} > ? AND ${key} <= ? AND ${OPEN} ORDER BY ${key} LIMIT ?`;
/** In the order of the rows, or by their places; the bound is on the same. */
export const OPEN_CALLS = openCalls('row');
export const OPEN_CALLS_BY_PLACE = openCalls('position');
export const ANY_PLACE = `SELECT 1 FROM row WHERE run_n = ${RUN_N} AND position IS NOT NULL LIMIT 1`;
const OF_JOB = 'row JOIN run ON run.n = row.run_n WHERE run.job = ? AND run.tenant = ?';
export const SENT_OF_JOB = `SELECT count(*) AS count FROM ${OF_JOB} AND EXISTS (SELECT 1 ${SENT} AND begun_at >= ?)`;
export const OPEN_OF_JOB = `SELECT count(*) AS count FROM ${OF_JOB} AND run.created_at >= ? AND run.status <> 'done'
  AND row.skip IS NULL AND row.outcome IS NULL AND NOT EXISTS (SELECT 1 ${SENT})`;
export const CALL_COUNTS = `SELECT count(*) AS calls, count(*) FILTER (WHERE ${OPEN}) AS open FROM row
  WHERE run_n = ${RUN_N} AND skip IS NULL AND coalesce(position, 0) <= ?`;
export const CONFIRMED = `SELECT action_id AS id FROM row WHERE run_n = ${RUN_N} AND outcome = 'created' AND action_id IS NOT NULL`;

const FOLLOWED = `run_n = ${RUN_N} AND action_id IS NOT NULL AND coalesce(skip, outcome) IN ('created', 'already-in-progress')`;
const IS_FINAL = "action_status IN ('Succeeded', 'Failed', 'TimeOut', 'Cancelled')";
export const FOLLOWED_ACTIONS = `SELECT row, machine_id, action_id, action_status, settled_at, last_seen, outcome IS 'created' AS own
  FROM row WHERE ${FOLLOWED} ORDER BY row`;
export const OPEN_ACTIONS = FOLLOWED_ACTIONS.replace(FOLLOWED, `${FOLLOWED} AND ${IS_FINAL} IS NOT TRUE`);
export const STATUS_COUNTS = `SELECT coalesce(action_status, '') AS status, count(*) AS count FROM row WHERE ${FOLLOWED} GROUP BY 1`;
/** Nothing final is taken back, and an end that is known already is no change. */
export const SEE_STATUS = `UPDATE row SET action_status = ?, action_ended_at = ? WHERE ${FOLLOWED} AND row = ? AND action_id = ?
  AND (${IS_FINAL} IS NOT TRUE OR action_ended_at IS NULL) AND (action_status IS NOT ? OR action_ended_at IS NOT ?)
  AND (${IS_FINAL} IS NOT TRUE OR action_status = ?)`;
export const STATUS_BEFORE = `SELECT action_status FROM row WHERE run_n = ${RUN_N} AND row = ?`;
export const INSERT_CHANGE = `INSERT INTO status_change (run_n, row, status, at) VALUES (${RUN_N}, ?, ?, ?)`;
export const CHANGES = `SELECT row, status, at FROM status_change WHERE run_n = ${RUN_N} ORDER BY at, id`;
export const SEE_MACHINE = `UPDATE row SET last_seen = ? WHERE run_n = ${RUN_N} AND machine_id = ?`;
export const SEE_OPPOSED = `UPDATE row SET opposed = ? WHERE ${FOLLOWED} AND row = ? AND action_id = ? AND action_status = 'Succeeded'`;
export const ASK_TO_STOP = 'UPDATE run SET stop_asked = ? WHERE id = ?';
export const IS_STOP_ASKED = 'SELECT stop_asked FROM run WHERE id = ?';

export const QUOTA = 'SELECT n, paused_until FROM quota WHERE key = ?';
export const INSERT_QUOTA = 'INSERT INTO quota (key) VALUES (?)';
export const PAUSE = 'UPDATE quota SET paused_until = max(paused_until, ?) WHERE n = ?';
export const CAP_PAUSE = 'UPDATE quota SET paused_until = ? WHERE n = ?';
/** The unit that must come back before a window of `? + 1` units has one free. */
export const NTH_NEWEST = 'SELECT counts_from FROM attempt WHERE quota_n = ? ORDER BY counts_from DESC LIMIT 1 OFFSET ?';
export const CLAIM = `INSERT INTO claim (quota_n, run_n, until) VALUES (?, ${RUN_N}, ?)
  ON CONFLICT (quota_n, run_n) DO UPDATE SET until = excluded.until`;
export const CLAIMS = 'SELECT run.id, until FROM claim JOIN run ON run.n = run_n WHERE quota_n = ? AND until > ? AND run.id IS NOT ?';
export const IN_USE = 'SELECT counts_from FROM attempt WHERE quota_n = ? AND counts_from > ? ORDER BY counts_from';
/** Attempts dated in the future: those without an answer may lie one lease ahead. */
const FUTURE = 'quota_n = ? AND counts_from > ? AND counts_from > ? + iif(ended_at IS NULL, lease_ms, 0)';
export const ANY_FUTURE = `SELECT 1 FROM attempt WHERE ${FUTURE} LIMIT 1`;
export const REDATE = `UPDATE attempt SET counts_from = ? + iif(ended_at IS NULL, lease_ms, 0) WHERE ${FUTURE}`;

export const INSERT_ATTEMPT = `INSERT INTO attempt 
  (run_n, row, quota_n, begun_at, lease_ms, counts_from, server_begun, server_ended) VALUES (${RUN_N}, ?, ?, ?, ?, ?, ?, ?)`;
export const END_ATTEMPT = `UPDATE attempt SET ended_at = ?, counts_from = ?, verdict = ?, answer = ?,
  server_begun = coalesce(?, server_begun), server_ended = coalesce(?, server_ended) WHERE id = ? RETURNING run_n, row`;
/** Everything on the quotas that the run's POSTs drew on, from the longest window before its first to its last. */
export const ATTEMPTS = `WITH span AS (
  SELECT run_n AS own_n, quota_n, min(begun_at) AS first, max(counts_from) AS last FROM attempt
  WHERE run_n = ${RUN_N} AND row IS NOT NULL AND counts_from > 0 GROUP BY quota_n)
  SELECT begun_at, counts_from, run_n IS own_n AS own FROM span CROSS JOIN attempt USING (quota_n)
  WHERE counts_from > max(0, first - ?) AND begun_at <= last ORDER BY begun_at, id`;

export const RULE_OUT = `UPDATE attempt SET verdict = 'ruled-out' WHERE run_n = ${RUN_N} AND row = ?
  AND (verdict IS NULL OR verdict = 'ambiguous')`;
/** What surely was not sent counts from 0 and stays there. */
export const SHIFT_ATTEMPTS = 'UPDATE attempt SET counts_from = max(1, counts_from + ?) WHERE counts_from > 0';
export const SHIFT_PAUSES = 'UPDATE quota SET paused_until = max(0, paused_until + ?) WHERE paused_until > 0';
export const META = 'SELECT value FROM meta WHERE key = ?';
export const SET_META = 'INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)';

const SET_SETTLEMENT = `UPDATE row SET action_ended_at = NULL, opposed = NULL, outcome = ?, action_id = ?, action_status = ?, device_name = coalesce(?, device_name),
  http_status = ?, error_code = ?, message = ?, settled_at = ?`;
export const SETTLE = `${SET_SETTLEMENT} WHERE run_n = ? AND row = ?`;
export const SETTLE_BY_RUN = `${SET_SETTLEMENT} WHERE run_n = ${RUN_N} AND row = ?`;
const REOPEN = `UPDATE row SET outcome = NULL, action_id = NULL, action_status = NULL, action_ended_at = NULL, opposed = NULL, http_status = NULL, error_code = NULL,
  message = NULL, settled_at = NULL WHERE run_n = ${RUN_N} AND skip IS NULL AND outcome IS NOT NULL`;
export const REOPEN_ROW = `${REOPEN} AND row = ?`;
/** Of a row with an action: that becomes one of the earlier ones. */
export const SUPERSEDE = `UPDATE row SET earlier = json_insert(coalesce(earlier, '[]'), '$[#]', action_id)
  WHERE run_n = ${RUN_N} AND row = ? AND skip IS NULL AND outcome IN ('created', 'already-in-progress') AND action_id IS NOT NULL`;
export const SUPERSEDE_ATTEMPTS = `UPDATE attempt SET verdict = 'superseded' WHERE run_n = ${RUN_N} AND row = ?
  AND verdict IS NOT 'not-sent'`;
export const EARLIER = `SELECT value AS id FROM row, json_each(row.earlier) WHERE run_n = ${RUN_N} AND earlier IS NOT NULL`;
export const TURN_AWAY = `UPDATE attempt SET verdict = 'turned-away' WHERE run_n = ${RUN_N} AND row = ? AND verdict = 'settled'`;
export const REOPEN_OUTCOME = `${REOPEN} AND outcome = ?`;

const IS_ENSURE = "run.settings ->> '$.ensure[0]' IS 'true'";
const HELD = "outcome IN ('created', 'unknown')";
export const ENSURED = `SELECT machine_id, max(run.n) AS last_n, json_group_array(action_id) FILTER (WHERE outcome = 'created') AS actions
  FROM row JOIN run ON run.n = run_n WHERE run.job = ? AND run.tenant = ? AND ${IS_ENSURE} GROUP BY machine_id HAVING count(*) FILTER (WHERE ${HELD}) > 0`;
export const RUN_ID = 'SELECT id FROM run WHERE n = ?';
/** What an ensure run did is ours to take back, which nothing else says. */
const FORGOTTEN = `status = 'done' AND created_at < ? AND NOT (${IS_ENSURE} AND EXISTS (SELECT 1 FROM row WHERE run_n = run.n AND ${HELD}))`;
export const PRUNE_ATTEMPTS = `DELETE FROM attempt WHERE counts_from < ?
  AND (run_n IS NULL OR run_n IN (SELECT n FROM run WHERE ${FORGOTTEN}))`;
export const PRUNE_RUNS = `DELETE FROM run WHERE ${FORGOTTEN} RETURNING id`;
