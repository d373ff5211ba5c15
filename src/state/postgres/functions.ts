/**
 * What happens inside the server: one round trip for each begin and each end of an attempt. `$S` stands for the schema's name.
 * A function whose arguments change gets a new name: processes of the version before may still call the old one.
 */

/** The state's clock: every time in the state is the server's, in ms since the epoch. (A test puts a clock of its own here.) */
const NOW = `
  CREATE FUNCTION $S.now_ms() RETURNS bigint LANGUAGE sql VOLATILE AS
    $$ SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint $$;
`;

/** The run's number, if `p_epoch` is still its epoch (or nobody asks); nobody changes that before the transaction ends. */
const FENCE = `
  CREATE FUNCTION $S.fence(p_run text, p_epoch bigint) RETURNS integer LANGUAGE plpgsql AS $$
  DECLARE v_n integer; v_epoch bigint;
  BEGIN
    SELECT n, epoch INTO v_n, v_epoch FROM $S.run WHERE id = p_run FOR SHARE;
    IF v_n IS NULL THEN RAISE 'there is no run %', p_run USING ERRCODE = 'CL002'; END IF;
    IF v_epoch <> p_epoch THEN
      RAISE 'the lock of run % is no longer held: another process took it', p_run USING ERRCODE = 'CL001';
    END IF;
    RETURN v_n;
  END $$;
`;

/**
 * The quota's record, locked until the transaction ends: all who begin on this key do so one after the other.
 * After the server's clock was set back (a failover), what is dated in the future counts from now.
 */
const QUOTA = `
  CREATE FUNCTION $S.lock_quota(p_key text) RETURNS $S.quota LANGUAGE plpgsql AS $$
  DECLARE q $S.quota; v_now bigint;
  BEGIN
    SELECT * INTO q FROM $S.quota WHERE key = p_key FOR UPDATE;
    IF q.n IS NULL THEN
      INSERT INTO $S.quota (key) VALUES (p_key) ON CONFLICT DO NOTHING;
      SELECT * INTO q FROM $S.quota WHERE key = p_key FOR UPDATE;
    END IF;
    -- Only now: an instant taken before the wait for the lock would lie before what others wrote meanwhile.
    v_now := $S.now_ms();
    UPDATE $S.attempt SET counts_from = v_now + CASE WHEN ended_at IS NULL THEN lease_ms ELSE 0 END
      WHERE quota_n = q.n AND counts_from > v_now
        AND counts_from > v_now + CASE WHEN ended_at IS NULL THEN lease_ms ELSE 0 END;
    RETURN q;
  END $$;

  -- Until when a 429 said to wait: never longer than the longest window, so a longer one was noted before the clock was set back.
  CREATE FUNCTION $S.paused_until(q $S.quota, p_longest bigint) RETURNS bigint LANGUAGE plpgsql AS $$
  DECLARE v_latest bigint := $S.now_ms() + p_longest;
  BEGIN
    IF q.paused_until > v_latest THEN UPDATE $S.quota SET paused_until = v_latest WHERE n = q.n; END IF;
    RETURN least(q.paused_until, v_latest);
  END $$;
`;

/** Ages, not instants: what the caller's clock says does not matter. What each unit counts from, in ms from now, as a comma list. */
const USE = `
  CREATE FUNCTION $S.quota_use(p_key text, p_hold bigint, p_longest bigint, OUT paused_in bigint, OUT counts_in text)
  LANGUAGE plpgsql AS $$
  DECLARE q $S.quota; v_now bigint;
  BEGIN
    q := $S.lock_quota(p_key);
    v_now := $S.now_ms();
    paused_in := $S.paused_until(q, p_longest) - v_now;
    SELECT string_agg((a.counts_from - v_now)::text, ',' ORDER BY a.counts_from) INTO counts_in
      FROM $S.attempt a WHERE a.quota_n = q.n AND a.counts_from > v_now - p_hold;
  END $$;

  CREATE FUNCTION $S.pause_quota(p_key text, p_ms bigint) RETURNS void LANGUAGE plpgsql AS $$
  DECLARE q $S.quota;
  BEGIN
    q := $S.lock_quota(p_key);
    UPDATE $S.quota SET paused_until = greatest(paused_until, $S.now_ms() + p_ms) WHERE n = q.n;
  END $$;
`;

/**
 * An attempt's number, or how long to wait and why. The unit that blocks a window is the limit-th newest; where that
 * lies in the future it has no answer yet, may have it in a moment, and counts from now. A run of high priority
 * that asks is left what is free: core/quota.ts says how, for how long, and why nobody starves.
 */
const BEGIN = `
  -- Until when a run of high priority that some process works on claims what is free; empty where none does.
  CREATE FUNCTION $S.claimed(p_quota integer, p_run integer, p_now bigint, p_holds bigint[], p_class bigint) RETURNS bigint LANGUAGE sql AS $$
    SELECT max(least(c.until, p_now + h.longest)) FROM $S.claim c, (SELECT max(hold) AS longest FROM unnest(p_holds) AS hold) h
      WHERE c.quota_n = p_quota AND c.run_n IS DISTINCT FROM p_run AND c.until > p_now - h.longest - 2000
        AND EXISTS (SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 2 AND classid::bigint = p_class
          AND objid::bigint = c.run_n AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))
  $$;

  CREATE FUNCTION $S.begin_attempt(
    p_run text, p_epoch bigint, p_row integer, p_key text, p_limits integer[], p_holds bigint[], p_longest bigint, p_lease bigint,
    p_nonce text, p_server_begun bigint, p_server_ended bigint, p_high boolean, p_grace bigint, p_class bigint,
    OUT attempt bigint, OUT wait_ms bigint, OUT because text
  ) LANGUAGE plpgsql AS $$
  DECLARE q $S.quota; v_run integer; v_now bigint; v_blocking bigint; v_free bigint; v_claim bigint;
  BEGIN
    q := $S.lock_quota(p_key);
    IF p_run IS NOT NULL THEN v_run := $S.fence(p_run, p_epoch); END IF;
    v_now := $S.now_ms();
    IF EXISTS (SELECT 1 FROM $S.run r WHERE r.n = v_run AND r.stop_asked = 1) THEN wait_ms := 1; because := 'stop'; RETURN; END IF;
    IF v_run IS NOT NULL THEN
      -- Begun already, and the caller never heard of it: nothing was sent, so it begins now.
      UPDATE $S.attempt a SET begun_at = v_now, counts_from = v_now + p_lease, server_ended = p_server_ended
        WHERE a.run_n = v_run AND a.row = p_row AND a.nonce = p_nonce RETURNING a.id INTO attempt;
      IF attempt IS NOT NULL THEN RETURN; END IF;
    END IF;
    wait_ms := greatest(0, $S.paused_until(q, p_longest) - v_now);
    IF wait_ms > 0 THEN because := 'pause'; END IF;
    FOR i IN 1 .. array_length(p_limits, 1) LOOP
      SELECT a.counts_from INTO v_blocking FROM $S.attempt a WHERE a.quota_n = q.n
        ORDER BY a.counts_from DESC OFFSET p_limits[i] - 1 LIMIT 1;
      IF FOUND THEN v_free := greatest(v_free, least(v_blocking, v_now) + p_holds[i]); END IF;
    END LOOP;
    IF because IS NULL AND v_free > v_now THEN wait_ms := v_free - v_now; because := 'quota'; END IF;
    IF because IS NULL AND NOT p_high THEN
      v_claim := $S.claimed(q.n, v_run, v_now, p_holds, p_class);
      wait_ms := greatest(0, greatest(v_claim, v_free) + p_grace - v_now);
      IF v_claim IS NULL THEN wait_ms := 0; ELSIF wait_ms > 0 THEN because := 'priority'; END IF;
    END IF;
    IF p_high AND v_run IS NOT NULL THEN
      INSERT INTO $S.claim AS c (quota_n, run_n, until) VALUES (q.n, v_run, v_now + wait_ms)
        ON CONFLICT (quota_n, run_n) DO UPDATE SET until = excluded.until;
    END IF;
    IF because IS NOT NULL THEN RETURN; END IF;
    INSERT INTO $S.attempt AS a (run_n, row, quota_n, epoch, nonce, begun_at, lease_ms, counts_from, server_begun, server_ended)
      VALUES (v_run, p_row, q.n, p_epoch, p_nonce, v_now, p_lease, v_now + p_lease, p_server_begun, p_server_ended) RETURNING a.id INTO attempt;
  END $$;
`;

/** Answer, verdict and settlement in one: all of it, or nothing when another process has taken the run over. */
const END = `
  CREATE FUNCTION $S.settle_row(
    p_run integer, p_row integer, p_outcome text, p_action text, p_status text, p_name text, p_http integer, p_code text, p_message text
  ) RETURNS void LANGUAGE sql AS $$
    UPDATE $S.rows SET action_ended_at = NULL, opposed = NULL, outcome = p_outcome, action_id = p_action, action_status = p_status,
      device_name = coalesce(p_name, device_name), http_status = p_http, error_code = p_code, message = p_message, settled_at = $S.now_ms()
      WHERE run_n = p_run AND row = p_row
  $$;

  CREATE FUNCTION $S.end_attempt(
    p_id bigint, p_verdict text, p_answer text, p_server_begun bigint, p_server_ended bigint,
    p_outcome text, p_action text, p_status text, p_name text, p_http integer, p_code text, p_message text
  ) RETURNS void LANGUAGE plpgsql AS $$
  DECLARE v_run integer; v_id text; v_row integer; v_epoch bigint; v_now bigint;
  BEGIN
    SELECT a.run_n, a.row, a.epoch, r.id INTO v_run, v_row, v_epoch, v_id
      FROM $S.attempt a LEFT JOIN $S.run r ON r.n = a.run_n WHERE a.id = p_id;
    IF NOT FOUND THEN RAISE 'there is no attempt %', p_id USING ERRCODE = 'CL002'; END IF;
    IF v_run IS NOT NULL THEN PERFORM $S.fence(v_id, v_epoch); END IF;
    v_now := $S.now_ms();
    UPDATE $S.attempt SET ended_at = v_now, counts_from = CASE WHEN p_verdict = 'not-sent' THEN 0 ELSE v_now END,
      verdict = p_verdict, answer = p_answer,
      server_begun = coalesce(p_server_begun, server_begun), server_ended = coalesce(p_server_ended, server_ended) WHERE id = p_id;
    IF p_outcome IS NOT NULL THEN
      PERFORM $S.settle_row(v_run, v_row, p_outcome, p_action, p_status, p_name, p_http, p_code, p_message);
    END IF;
  END $$;
`;

/** Rows that were answered before they were looked at are open again, as never asked for. */
const TAKE_BACK = `
  -- Rows whose actions ended are called again: core/ports.ts, reissue.
  CREATE FUNCTION $S.reissue(p_run integer, p_rows integer[]) RETURNS bigint LANGUAGE plpgsql AS $$
  DECLARE v_rows integer[];
  BEGIN
    WITH chosen AS (
      UPDATE $S.rows SET earlier = (coalesce(earlier, '[]')::jsonb || to_jsonb(action_id))::text
        WHERE run_n = p_run AND row = ANY (p_rows) AND skip IS NULL AND outcome IN ('created', 'already-in-progress') AND action_id IS NOT NULL
        RETURNING row)
    SELECT array_agg(row) INTO v_rows FROM chosen;
    UPDATE $S.attempt SET verdict = 'superseded' WHERE run_n = p_run AND row = ANY (v_rows) AND verdict IS DISTINCT FROM 'not-sent';
    UPDATE $S.rows SET outcome = NULL, action_id = NULL, action_status = NULL, action_ended_at = NULL, opposed = NULL, http_status = NULL, error_code = NULL,
      message = NULL, settled_at = NULL WHERE run_n = p_run AND row = ANY (v_rows);
    RETURN coalesce(cardinality(v_rows), 0);
  END $$;

  CREATE FUNCTION $S.take_back(p_run integer, p_rows integer[]) RETURNS bigint LANGUAGE plpgsql AS $$
  DECLARE v_count bigint;
  BEGIN
    UPDATE $S.attempt SET verdict = 'turned-away' WHERE run_n = p_run AND row = ANY (p_rows) AND verdict = 'settled';
    UPDATE $S.rows SET outcome = NULL, action_id = NULL, action_status = NULL, action_ended_at = NULL, opposed = NULL, http_status = NULL, error_code = NULL,
      message = NULL, settled_at = NULL WHERE run_n = p_run AND row = ANY (p_rows) AND skip IS NULL AND outcome IS NOT NULL;
    GET DIAGNOSTICS v_count = ROW_COUNT;
    RETURN v_count;
  END $$;
`;

export const FUNCTIONS = [NOW, FENCE, QUOTA, USE, BEGIN, END, TAKE_BACK].join('\n');
