/** The state's tables. Each entry of `MIGRATIONS` takes a file from version i to i + 1; entries are never edited once released. */

/** "cord": tells a cordon state from any other SQLite file. */
export const APPLICATION_ID = 0x636f7264;

export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

  CREATE TABLE run (
    n INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    job TEXT NOT NULL, tenant TEXT NOT NULL, client_id TEXT NOT NULL, host TEXT NOT NULL,
    comment TEXT NOT NULL, operator TEXT NOT NULL, emulated INTEGER NOT NULL,
    list_hash TEXT NOT NULL, plan_hash TEXT, settings TEXT NOT NULL,
    created_at INTEGER NOT NULL, finished_at INTEGER, status TEXT NOT NULL, exit_code INTEGER, note TEXT
  ) STRICT;
  CREATE UNIQUE INDEX run_plan ON run (plan_hash) WHERE plan_hash IS NOT NULL;

  -- skip and note are the plan's; outcome to settled_at are empty until the call is settled.
  CREATE TABLE row (
    run_n INTEGER NOT NULL REFERENCES run (n) ON DELETE CASCADE,
    row INTEGER NOT NULL,
    machine_id TEXT NOT NULL, device_name TEXT NOT NULL, file TEXT NOT NULL, line INTEGER NOT NULL,
    skip TEXT, note TEXT,
    outcome TEXT, action_id TEXT, action_status TEXT, http_status INTEGER, error_code TEXT, message TEXT, settled_at INTEGER,
    PRIMARY KEY (run_n, row)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE quota (n INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, paused_until INTEGER NOT NULL DEFAULT 0) STRICT;

  -- counts_from is the quota's own time: the answer's, or the lease's end while there is none; 0 when surely not sent.
  -- verdict is empty while the answer is out.
  CREATE TABLE attempt (
    id INTEGER PRIMARY KEY,
    run_n INTEGER REFERENCES run (n) ON DELETE SET NULL,
    row INTEGER,
    quota_n INTEGER NOT NULL REFERENCES quota (n),
    begun_at INTEGER NOT NULL, lease_ms INTEGER NOT NULL, ended_at INTEGER, counts_from INTEGER NOT NULL,
    verdict TEXT, answer TEXT
  ) STRICT;
  CREATE INDEX attempt_quota ON attempt (quota_n, counts_from);
  CREATE INDEX attempt_row ON attempt (run_n, row) WHERE row IS NOT NULL;
  `,
  `
  -- By the server's clock, as far as it was known: not later than it began, not earlier than it ended (its lease, while it is out).
  ALTER TABLE attempt ADD COLUMN server_begun INTEGER;
  ALTER TABLE attempt ADD COLUMN server_ended INTEGER;
  ALTER TABLE run ADD COLUMN observed TEXT;
  -- Open means unfinished: a row whose effect is unknown is looked up again by every resume.
  UPDATE run SET status = 'interrupted' WHERE status = 'done' AND n IN (SELECT run_n FROM row WHERE outcome = 'unknown');
  `,
  `
  -- JSON objects of texts: a job's own flags, and the list's other columns.
  ALTER TABLE run ADD COLUMN parameters TEXT;
  ALTER TABLE row ADD COLUMN input TEXT;
  `,
  `
  -- kind and origin: what the run is and which run it is about, where it is no job on a list. stop_asked: somebody wants it to stop.
  ALTER TABLE run ADD COLUMN kind TEXT;
  ALTER TABLE run ADD COLUMN origin TEXT;
  ALTER TABLE run ADD COLUMN stop_asked INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE row ADD COLUMN action_ended_at INTEGER;
  ALTER TABLE row ADD COLUMN last_seen TEXT;
  -- How actions went on after their rows were settled.
  CREATE TABLE status_change (
    id INTEGER PRIMARY KEY,
    run_n INTEGER NOT NULL REFERENCES run (n) ON DELETE CASCADE,
    row INTEGER NOT NULL, status TEXT NOT NULL, at INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX status_change_run ON status_change (run_n, at);
  `,
  `
  -- Place of a call among all calls of its run; on all of them, or on none: then they go out in the order of the rows.
  ALTER TABLE row ADD COLUMN position INTEGER;
  CREATE UNIQUE INDEX row_position ON row (run_n, position) WHERE position IS NOT NULL;
  -- Waves: calls up to this place may go out; empty where all may.
  ALTER TABLE run ADD COLUMN released INTEGER;
  -- Ids of the run's earlier actions on the machine, that ended and were called again: a JSON list.
  ALTER TABLE row ADD COLUMN earlier TEXT;
  -- Runs of high priority that ask for units of a quota, and until when others are to leave the next ones to them.
  CREATE TABLE claim (
    quota_n INTEGER NOT NULL REFERENCES quota (n),
    run_n INTEGER NOT NULL REFERENCES run (n) ON DELETE CASCADE,
    until INTEGER NOT NULL,
    PRIMARY KEY (quota_n, run_n)
  ) STRICT, WITHOUT ROWID;
  `,
  `
  -- What opposite actions did to an action that Succeeded: a JSON object of kind and words; empty where they did nothing.
  ALTER TABLE row ADD COLUMN opposed TEXT;
  `,
];
