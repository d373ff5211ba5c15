/**
 * The tables on PostgreSQL: those of SQLite, plus the run's epoch. `$S` stands for the schema's name.
 * Each entry of `MIGRATIONS` takes a state from version i to i + 1; entries are never edited once released.
 */
import { FUNCTIONS } from './functions.ts';

const TABLES = `
  CREATE TABLE $S.run (
    n integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id text NOT NULL UNIQUE,
    -- Counted up by each process that takes the run's lock: whoever carries an older one writes nothing.
    epoch bigint NOT NULL DEFAULT 0,
    job text NOT NULL, tenant text NOT NULL, client_id text NOT NULL, host text NOT NULL,
    comment text NOT NULL, operator text NOT NULL, emulated smallint NOT NULL,
    list_hash text NOT NULL, plan_hash text, settings text NOT NULL, parameters text,
    created_at bigint NOT NULL, finished_at bigint, status text NOT NULL, exit_code integer, note text,
    observed text,
    -- kind and origin: what the run is and which run it is about, where it is no job on a list. stop_asked: somebody wants it to stop.
    kind text, origin text, stop_asked smallint NOT NULL DEFAULT 0,
    -- Waves: calls up to this place may go out; empty where all may.
    released integer
  );
  CREATE UNIQUE INDEX run_plan ON $S.run (plan_hash) WHERE plan_hash IS NOT NULL;

  -- skip and note are the plan's; outcome to settled_at are empty until the call is settled.
  CREATE TABLE $S.rows (
    run_n integer NOT NULL REFERENCES $S.run (n) ON DELETE CASCADE,
    row integer NOT NULL,
    machine_id text NOT NULL, device_name text NOT NULL, file text NOT NULL, line integer NOT NULL,
    skip text, note text,
    outcome text, action_id text, action_status text, http_status integer, error_code text, message text, settled_at bigint,
    input text,
    action_ended_at bigint, last_seen text,
    -- What opposite actions did to an action that Succeeded: a JSON object of kind and words.
    opposed text,
    -- Place of a call among all calls of its run; on all of them, or on none: then they go out in the order of the rows.
    position integer,
    -- Ids of the run's earlier actions on the machine, that ended and were called again: a JSON list.
    earlier text,
    PRIMARY KEY (run_n, row)
  ) WITH (fillfactor = 80);
  CREATE UNIQUE INDEX row_position ON $S.rows (run_n, position) WHERE position IS NOT NULL;

  -- How actions went on after their rows were settled.
  CREATE TABLE $S.status_change (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    run_n integer NOT NULL REFERENCES $S.run (n) ON DELETE CASCADE,
    row integer NOT NULL, status text NOT NULL, at bigint NOT NULL
  );
  CREATE INDEX status_change_run ON $S.status_change (run_n, at);

  CREATE TABLE $S.quota (
    n integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key text NOT NULL UNIQUE,
    paused_until bigint NOT NULL DEFAULT 0
  ) WITH (fillfactor = 50);

  -- Runs of high priority that ask for units of a quota, and until when others are to leave the next ones to them.
  CREATE TABLE $S.claim (
    quota_n integer NOT NULL REFERENCES $S.quota (n),
    run_n integer NOT NULL REFERENCES $S.run (n) ON DELETE CASCADE,
    until bigint NOT NULL,
    PRIMARY KEY (quota_n, run_n)
  );

  -- counts_from is the quota's own time: the answer's, or the lease's end while there is none; 0 when surely not sent.
  -- verdict is empty while the answer is out. epoch is the one of whoever began it; nonce tells a second try from a second attempt.
  CREATE TABLE $S.attempt (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    run_n integer REFERENCES $S.run (n) ON DELETE SET NULL,
    row integer,
    quota_n integer NOT NULL REFERENCES $S.quota (n),
    epoch bigint, nonce text,
    begun_at bigint NOT NULL, lease_ms bigint NOT NULL, ended_at bigint, counts_from bigint NOT NULL,
    -- By the API's clock, as far as it was known: not later than it began, not earlier than it ended (its lease, while it is out).
    server_begun bigint, server_ended bigint,
    verdict text, answer text
  ) WITH (fillfactor = 80);
  CREATE INDEX attempt_quota ON $S.attempt (quota_n, counts_from DESC);
  CREATE INDEX attempt_row ON $S.attempt (run_n, row) WHERE row IS NOT NULL;
  -- Reads of a run have no row: what is left of it when a run is forgotten is found by this.
  CREATE INDEX attempt_read ON $S.attempt (run_n) WHERE row IS NULL;
`;

export const MIGRATIONS: readonly string[] = [TABLES + FUNCTIONS];
