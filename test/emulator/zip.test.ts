import { execFileSync } from 'node:child_process';
import { mkdtempDisposableSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { zipOf } from '../../src/emulator/zip.ts';

/** Python's reader stands in for any other program's. */
const READ =
  'import sys,zipfile,json; z=zipfile.ZipFile(sys.argv[1]); print(json.dumps([z.testzip(), {n: len(z.read(n)) for n in z.namelist()}]))';

it('is a zip to other programs', () => {
  using folder = mkdtempDisposableSync(join(tmpdir(), 'cordon-'));
  const file = join(folder.path, 'some.zip');
  writeFileSync(
    file,
    zipOf([
      ['a.txt', Buffer.from('hello')],
      ['b/c.bin', Buffer.alloc(100_000, 'x')],
    ]),
  );
  expect(JSON.parse(execFileSync('python3', ['-c', READ, file]).toString())).toStrictEqual([null, { 'a.txt': 5, 'b/c.bin': 100_000 }]);
});
