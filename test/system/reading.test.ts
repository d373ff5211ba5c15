import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readText } from '../../src/system/reading.ts';

describe('a small file', () => {
  let folder: string;
  beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'cordon-reading-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  it('is read whole', async () => {
    writeFileSync(join(folder, 'a'), 'tökén\n');
    expect(await readText(join(folder, 'a'))).toBe('tökén\n');
  });

  it('is read from a pipe', async () => {
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    const reading = readText(join(folder, 'pipe'));
    spawn('sh', ['-c', `printf token > '${join(folder, 'pipe')}'`]);
    expect(await reading).toBe('token');
  });

  it('that is not small is refused', async () => {
    writeFileSync(join(folder, 'a'), 'x'.repeat(101));
    await expect(readText(join(folder, 'a'), 100)).rejects.toThrow('longer than 100 bytes');
  });

  it('that is not there says so', async () => {
    await expect(readText(join(folder, 'a'))).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
