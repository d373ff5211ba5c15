/** What node:sqlite of Node 22 cannot do yet, done by SQLite itself. */
import { DatabaseSync } from 'node:sqlite';

/** Opens a file; whoever finds it locked waits so long, ms, before SQLITE_BUSY. (Node 22.13 knows no `timeout` option.) */
export function openPatient(path: string, timeoutMs: number, options: { readonly readOnly?: boolean } = {}): DatabaseSync {
  const db = new DatabaseSync(path, options);
  db.exec(`PRAGMA busy_timeout = ${timeoutMs}`);
  return db;
}

/** Whether a transaction is open. (Node 22.13 has no `isTransaction`: beginning another one tells.) */
export function inTransaction(db: DatabaseSync): boolean {
  if (typeof db.isTransaction === 'boolean') return db.isTransaction;
  try {
    db.exec('BEGIN');
  } catch {
    return true;
  }
  db.exec('ROLLBACK');
  return false;
}
