/** A large state in seconds: made by SQL, as the runs that it stands for would have left it. */
import { DatabaseSync } from 'node:sqlite';
import { runOf } from '../pace/engine.ts';
import { SqliteState } from '../../src/state/sqlite.ts';

const RUNS = ['r-old', 'r-done', 'r-open'] as const;
/** Attempts of one call in the older run. */
const TRIES = 10;

/** `r-done` and `r-open` have `calls` calls each, `r-open` one that is not sent yet; `r-old` has `attempts` attempts. */
export async function fillState(path: string, host: string, calls: number, attempts: number): Promise<void> {
  const state = new SqliteState(path, { emulated: false });
  for (const id of RUNS) await state.createRun({ ...runOf(id, host), emulated: false }, []);
  await state.close();
  const db = new DatabaseSync(path);
  db.exec('PRAGMA synchronous = OFF; PRAGMA cache_size = -200000; BEGIN');
  db.exec("INSERT INTO quota (key) VALUES ('bench')");
  const now = Date.now();
  for (const [at, id] of RUNS.entries()) {
    const n = id === 'r-old' ? attempts / TRIES : calls;
    const tries = id === 'r-old' ? TRIES : 1;
    const begun = now - (RUNS.length - at) * 86_400_000;
    if (n === 0) continue;
    db.exec(`WITH RECURSIVE number (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM number WHERE i < ${n})
      INSERT INTO row (run_n, row, machine_id, device_name, file, line, outcome, action_id, action_status, http_status, settled_at)
      SELECT ${at + 1}, i, printf('%040x', i), 'host-' || i, 'list.csv', i + 1, 'created', printf('%040x', i), 'Pending', 201, ${begun} + i FROM number`);
    db.exec(`WITH RECURSIVE number (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM number WHERE i < ${n * tries - 1})
      INSERT INTO attempt (run_n, row, quota_n, begun_at, lease_ms, ended_at, counts_from, verdict, answer)
      SELECT ${at + 1}, 1 + i / ${tries}, 1, ${begun} + i, 30000, ${begun} + i, ${begun} + i, iif((i + 1) % ${tries}, 'again', 'settled'), NULL FROM number`);
  }
  db.exec("UPDATE run SET status = 'done', exit_code = 0, finished_at = created_at WHERE id <> 'r-open'");
  db.exec(`UPDATE row SET outcome = NULL, action_id = NULL, action_status = NULL, http_status = NULL, settled_at = NULL WHERE run_n = 3 AND row = ${calls};
    DELETE FROM attempt WHERE run_n = 3 AND row = ${calls}; COMMIT; PRAGMA wal_checkpoint(TRUNCATE)`);
  db.close();
}
