import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { EVERY_MS, rewriteReports } from '../../src/run/interim.ts';
import { MemoryState } from '../../src/state/memory.ts';
import { aRow, aRun } from '../support/builders.ts';

const RUN = aRun().id;
let folder: string;
let state: MemoryState;
let said: string[];
const silent = (): void => undefined;
const log = { debug: silent, info: silent, error: silent, warn: (_: object, message: string) => void said.push(message) };

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  folder = mkdtempSync(join(tmpdir(), 'cordon-interim-'));
  said = [];
  state = new MemoryState();
  await state.createRun(aRun(), [aRow(1), aRow(2)]);
});
afterEach(() => {
  vi.useRealTimers();
  rmSync(folder, { recursive: true });
});

it('writes the reports every minute, and finishes what it writes before it stops', async () => {
  const stop = rewriteReports({ runId: RUN, state, settings: { report: folder, formats: ['json'] }, log });
  const path = join(folder, 'report.json');
  vi.advanceTimersByTime(EVERY_MS - 1);
  expect(existsSync(path)).toBe(false);
  vi.advanceTimersByTime(1);
  await stop();
  expect(JSON.parse(readFileSync(path, 'utf8')).summary.outcomes).toEqual({ 'not-sent': 2 });
  rmSync(path);
  vi.advanceTimersByTime(10 * EVERY_MS);
  expect(existsSync(path)).toBe(false);
});

it('warns when they cannot be written, and stops nothing', async () => {
  const stop = rewriteReports({ runId: RUN, state, settings: { report: '/dev/null/x', formats: ['json'] }, log });
  vi.advanceTimersByTime(EVERY_MS);
  await stop();
  expect(said).toEqual(['the reports could not be written anew']);
});
