/** The state's SQL by what it does, for one schema. */

export type Statements = ReturnType<typeof statementsOf>;

/** @param s the schema's name, of letters, digits and underscores only */
export function statementsOf(s: string) {
  const RUN_N = `(SELECT n FROM ${s}.run WHERE id = $1)`;
  /** The same for a holder of the run's lock, whose epoch is $2; null asks for no lock. */
  const FENCED_N = `(SELECT ${s}.fence($1, $2))`;
  const DOUBTFUL = "(a.verdict IS NULL OR a.verdict IN ('ambiguous', 'accepted'))";
  const OF_ROW = `FROM ${s}.attempt a WHERE a.run_n = r.run_n AND a.row = r.row`;
  const SENT = `${OF_ROW} AND a.verdict IS DISTINCT FROM 'not-sent'`;
  const OPEN = "skip IS NULL AND (outcome IS NULL OR outcome = 'unknown')";
  /** How the attempts of an open row stand: core/standing.ts says the same of the memory. Empty for a settled row. */
  const STANDING = `CASE WHEN r.skip IS NOT NULL OR r.outcome IS NOT NULL THEN NULL
    WHEN EXISTS (SELECT 1 ${OF_ROW} AND ${DOUBTFUL}) THEN 'doubt'
    ELSE coalesce((SELECT CASE a.verdict WHEN 'look' THEN 'look' WHEN 'superseded' THEN 'ended' ELSE 'sent' END ${SENT} AND a.verdict <> 'turned-away'
      ORDER BY a.id DESC LIMIT 1), 'none') END`;
  const OF_JOB = `${s}.rows r JOIN ${s}.run ON run.n = r.run_n WHERE run.job = $1 AND run.tenant = $2`;
  const REOPEN = `UPDATE ${s}.rows SET outcome = NULL, action_id = NULL, action_status = NULL, action_ended_at = NULL, opposed = NULL, http_status = NULL, error_code = NULL,
    message = NULL, settled_at = NULL WHERE run_n = ${FENCED_N} AND skip IS NULL AND outcome IS NOT NULL`;
  const IS_ENSURE = "run.settings::jsonb #>> '{ensure,0}' IS NOT DISTINCT FROM 'true'";
  const HELD = "r.outcome IN ('created', 'unknown')";
  /** What an ensure run did is ours to take back, which nothing else says. */
  const HOLDS = `(${IS_ENSURE} AND EXISTS (SELECT 1 FROM ${s}.rows r WHERE r.run_n = run.n AND ${HELD}))`;
  const FOLLOWED = `run_n = ${RUN_N} AND action_id IS NOT NULL AND coalesce(skip, outcome) IN ('created', 'already-in-progress')`;
  const IS_FINAL = "coalesce(action_status, '') IN ('Succeeded', 'Failed', 'TimeOut', 'Cancelled')";
  const followed = (more: string): string => `SELECT row, machine_id, action_id, action_status, settled_at, last_seen,
    (outcome IS NOT DISTINCT FROM 'created')::int AS own FROM ${s}.rows WHERE ${FOLLOWED} ${more} ORDER BY row`;
  const openCalls = (key: 'row' | 'position'): string => `SELECT row, ${key} AS key, machine_id, input,
      (SELECT count(*) ${OF_ROW} AND ${DOUBTFUL}) AS doubts,
      (SELECT count(*) ${OF_ROW} AND a.verdict IS NULL) AS out,
      (SELECT count(*) ${OF_ROW} AND a.verdict = 'accepted') AS accepted,
      (SELECT CASE WHEN count(*) = count(a.server_begun) THEN min(a.server_begun) END ${SENT} AND coalesce(a.verdict, '') NOT IN ('turned-away', 'superseded')) AS begun,
      (SELECT CASE WHEN count(*) = count(a.server_ended) THEN max(a.server_ended) END ${OF_ROW} AND ${DOUBTFUL}) AS ended
      FROM ${s}.rows r WHERE run_n = ${RUN_N} AND ${key} > $2 AND ${key} <= $3 AND ${OPEN} ORDER BY ${key} LIMIT $4`;
  return {
    followedActions: followed(''),
    openActions: followed(`AND NOT ${IS_FINAL}`),
    statusCounts: `SELECT coalesce(action_status, '') AS status, count(*) AS count FROM ${s}.rows WHERE ${FOLLOWED} GROUP BY 1`,
    /**
     * $2: rows, $3: their actions, $4: statuses, $5: when those changed, $6: when they ended. Nothing final is taken back, and
     * an end that is known already is no change. Answers the rows whose status is another one now.
     */
    seeStatuses: `WITH seen AS (
        SELECT * FROM unnest($2::int[], $3::text[], $4::text[], $5::bigint[], $6::bigint[]) AS t (row, action_id, status, at, ended_at)),
      before AS (
        SELECT r.run_n, r.row, r.action_status FROM ${s}.rows r JOIN seen ON seen.row = r.row AND seen.action_id = r.action_id
        WHERE ${FOLLOWED.replaceAll('action_id', 'r.action_id')} AND CASE WHEN ${IS_FINAL}
          THEN r.action_status = seen.status AND r.action_ended_at IS NULL AND seen.ended_at IS NOT NULL
          ELSE r.action_status IS DISTINCT FROM seen.status END
        ORDER BY r.row FOR UPDATE OF r),
      changed AS (
        UPDATE ${s}.rows r SET action_status = seen.status, action_ended_at = seen.ended_at FROM seen, before b
        WHERE r.run_n = b.run_n AND r.row = b.row AND seen.row = b.row
        RETURNING r.run_n, r.row, seen.status, seen.at, b.action_status AS was),
      kept AS (
        INSERT INTO ${s}.status_change (run_n, row, status, at)
        SELECT run_n, row, status, at FROM changed WHERE was IS DISTINCT FROM status ORDER BY row RETURNING row)
      SELECT row FROM kept ORDER BY row`,
    statusChanges: `SELECT row, status, at FROM ${s}.status_change WHERE run_n = ${RUN_N} ORDER BY at, id`,
    seeMachines: `UPDATE ${s}.rows r SET last_seen = t.last_seen FROM unnest($2::text[], $3::text[]) AS t (machine_id, last_seen)
      WHERE run_n = ${RUN_N} AND r.machine_id = t.machine_id`,
    /** $2: rows, $3: their actions, $4: what opposite actions did to them. */
    seeOpposed: `UPDATE ${s}.rows r SET opposed = t.opposed
      FROM unnest($2::int[], $3::text[], $4::text[]) AS t (row, action_id, opposed)
      WHERE ${FOLLOWED.replaceAll('action_id', 'r.action_id')} AND r.row = t.row AND r.action_id = t.action_id AND action_status = 'Succeeded'`,
    askToStop: `UPDATE ${s}.run SET stop_asked = $2 WHERE id = $1`,
    isStopAsked: `SELECT stop_asked FROM ${s}.run WHERE id = $1`,
    insertRun: `INSERT INTO ${s}.run
      (id, job, tenant, client_id, host, comment, operator, emulated, list_hash, plan_hash, settings, created_at, status, finished_at, exit_code, note, observed, parameters, kind, origin, released)
      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21) RETURNING n`,
    insertRows: `INSERT INTO ${s}.rows (run_n, row, machine_id, device_name, file, line, skip, note, action_id, action_status, input, position)
      SELECT $1, * FROM unnest($2::int[], $3::text[], $4::text[], $5::text[], $6::int[], $7::text[], $8::text[], $9::text[], $10::text[], $11::text[], $12::int[])`,
    run: `SELECT * FROM ${s}.run WHERE id = $1`,
    runOfPlan: `SELECT * FROM ${s}.run WHERE plan_hash = $1`,
    runs: `SELECT run.*, (SELECT count(*) FROM ${s}.rows r WHERE r.run_n = n) AS machines FROM ${s}.run ORDER BY created_at DESC, n DESC`,
    outcomeCounts: `SELECT r.run_n AS n, coalesce(r.skip, r.outcome) AS outcome, ${STANDING} AS standing, count(*) AS count
      FROM ${s}.rows r GROUP BY 1, 2, 3`,
    /** The runs whose lock some process holds. $1: the locks' class. */
    held: `SELECT objid::bigint AS n FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 2 AND classid::bigint = $1
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
    updateRun: `UPDATE ${s}.run SET status = coalesce($3, status),
      finished_at = CASE WHEN $4 THEN $5::bigint ELSE finished_at END,
      exit_code = CASE WHEN $6 THEN $7::int ELSE exit_code END,
      note = CASE WHEN $8 THEN $9 ELSE note END,
      observed = CASE WHEN $10 THEN $11 ELSE observed END,
      released = CASE WHEN $12 THEN $13::int ELSE released END WHERE id = $1 AND epoch = coalesce($2, epoch)`,
    fence: `SELECT ${FENCED_N} AS n`,
    /** `outcome` is the plan's or the settlement's; where there is none, `standing` says how the attempts stand. */
    rows: `SELECT row, machine_id, device_name, file, line, coalesce(skip, outcome) AS outcome, ${STANDING} AS standing,
      action_id, action_status, http_status, error_code, message, note, settled_at, input, position, action_ended_at, last_seen, opposed,
      (SELECT count(*) ${SENT}) AS attempts, (SELECT min(a.begun_at) ${SENT}) AS first_sent_at
      FROM ${s}.rows r WHERE run_n = ${RUN_N} AND row > $2 ORDER BY row LIMIT $3`,
    /** `doubts` counts attempts in doubt; an instant is empty where one of the attempts that it is taken from has none. $3: a bound on the key. */
    openCalls: openCalls('row'),
    openCallsByPlace: openCalls('position'),
    anyPlace: `SELECT 1 FROM ${s}.rows WHERE run_n = ${RUN_N} AND position IS NOT NULL LIMIT 1`,
    sentOfJob: `SELECT count(*) AS count FROM ${OF_JOB} AND EXISTS (SELECT 1 ${SENT} AND a.begun_at >= $3)`,
    openOfJob: `SELECT count(*) AS count FROM ${OF_JOB} AND run.created_at >= $3 AND run.status <> 'done'
      AND r.skip IS NULL AND r.outcome IS NULL AND NOT EXISTS (SELECT 1 ${SENT})`,
    /** Everything on the quotas that the run's POSTs drew on, from the longest window before its first to its last. */
    attempts: `WITH span AS (
      SELECT run_n AS own_n, quota_n, min(begun_at) AS first, max(counts_from) AS last FROM ${s}.attempt
        WHERE run_n = ${RUN_N} AND row IS NOT NULL AND counts_from > 0 GROUP BY run_n, quota_n)
      SELECT begun_at, counts_from, (run_n IS NOT DISTINCT FROM own_n)::int AS own FROM span JOIN ${s}.attempt USING (quota_n)
        WHERE counts_from > greatest(0, first - $2) AND begun_at <= last ORDER BY begun_at, id`,
    callCounts: `SELECT count(*) AS calls, count(*) FILTER (WHERE ${OPEN}) AS open
      FROM ${s}.rows WHERE run_n = ${RUN_N} AND skip IS NULL AND coalesce(position, 0) <= $2`,
    confirmed: `SELECT action_id AS id FROM ${s}.rows WHERE run_n = ${RUN_N} AND outcome = 'created' AND action_id IS NOT NULL`,
    begin: `SELECT * FROM ${s}.begin_attempt($1, $2, $3, $4, $5::int[], $6::bigint[], $7, $8, $9, $10, $11, $12, $13, $14)`,
    /** It took so long to begin ($2, ms) that the request will end later than was recorded. */
    postpone: `UPDATE ${s}.attempt SET lease_ms = lease_ms + $2, counts_from = counts_from + $2, server_ended = server_ended + $2
      WHERE id = $1 AND ended_at IS NULL`,
    end: `SELECT ${s}.end_attempt($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
    ruleOut: `UPDATE ${s}.attempt a SET verdict = 'ruled-out' WHERE run_n = ${FENCED_N} AND row = $3
      AND (a.verdict IS NULL OR a.verdict = 'ambiguous')`,
    settle: `SELECT ${s}.settle_row(${s}.fence($1, $2), $3, $4, $5, $6, $7, $8, $9, $10)`,
    takeBack: `SELECT ${s}.take_back(${s}.fence($1, $2), $3::int[]) AS count`,
    reissue: `SELECT ${s}.reissue(${s}.fence($1, $2), $3::int[]) AS count`,
    earlier: `SELECT jsonb_array_elements_text(earlier::jsonb) AS id FROM ${s}.rows WHERE run_n = ${RUN_N} AND earlier IS NOT NULL`,
    ensured: `SELECT r.machine_id, (SELECT id FROM ${s}.run WHERE n = max(r.run_n)) AS last_run,
      (json_agg(r.action_id) FILTER (WHERE r.outcome = 'created'))::text AS actions
      FROM ${OF_JOB} AND ${IS_ENSURE} GROUP BY r.machine_id HAVING count(*) FILTER (WHERE ${HELD}) > 0`,
    reopenOutcomes: `${REOPEN} AND outcome = ANY ($3::text[])`,
    pause: `SELECT ${s}.pause_quota($1, $2)`,
    quotaUse: `SELECT * FROM ${s}.quota_use($1, $2, $3)`,
    tryLock: `SELECT n, pg_try_advisory_lock($1::int, n)::int AS got, epoch FROM ${s}.run WHERE id = $2`,
    takeOver: `UPDATE ${s}.run SET epoch = epoch + 1 WHERE n = $1 RETURNING epoch`,
    unlock: 'SELECT pg_advisory_unlock($1::int, $2)',
    oldRuns: `SELECT id FROM ${s}.run WHERE status = 'done' AND created_at < $1 AND NOT ${HOLDS} ORDER BY n`,
    forgetAttempts: `DELETE FROM ${s}.attempt WHERE counts_from < $2 AND run_n = ${RUN_N}`,
    forgetRun: `DELETE FROM ${s}.run WHERE id = $1 AND status = 'done' AND created_at < $2 AND NOT ${HOLDS} RETURNING id`,
    forgetReads: `DELETE FROM ${s}.attempt WHERE id = ANY (array(SELECT id FROM ${s}.attempt WHERE run_n IS NULL AND counts_from < $1 LIMIT $2))`,
  };
}
