import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SqliteState } from '../../src/state/sqlite.ts';
import { describeState } from '../contracts/state.ts';

describeState('SQLite', () => {
  const folder = mkdtempSync(join(tmpdir(), 'cordon-state-'));
  return {
    open: () => new SqliteState(join(folder, 'state.db'), { emulated: false }),
    cleanUp: () => rmSync(folder, { recursive: true }),
  };
});
