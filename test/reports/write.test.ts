import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RunRow } from '../../src/core/types.ts';
import { DEFAULT_FORMATS } from '../../src/core/report-formats.ts';
import { formatsFor, writeReports } from '../../src/reports/index.ts';
import { reportOf, type Report } from '../../src/reports/report.ts';
import { aRun, machineId } from '../support/builders.ts';

const WRITTEN = [...formatsFor('run', DEFAULT_FORMATS).map(({ file }) => file), 'SHA256SUMS'];
const FILES = WRITTEN.toSorted((a, b) => a.localeCompare(b));

/** A report that says `message` in its only row. */
function saying(message: string, onRead: () => Promise<unknown> = () => Promise.resolve()): Promise<Report> {
  return reportOf(aRun(), async function* () {
    await onRead();
    yield aRunRow(message);
  });
}

describe('report files', () => {
  let folder: string;
  beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'cordon-report-'))));
  afterEach(() => rmSync(folder, { recursive: true }));
  const inPlace = (): string[] => readdirSync(folder).toSorted((a, b) => a.localeCompare(b));
  const textOf = (file: string): string => readFileSync(join(folder, file), 'utf8');

  it('are replaced whole, and leave nothing else behind', async () => {
    writeFileSync(join(folder, 'report.csv'), 'old');
    const paths = await writeReports(() => saying('new'), folder);
    expect(paths).toEqual(WRITTEN.map((file) => join(folder, file)));
    expect(inPlace()).toEqual(FILES);
    expect(textOf('report.csv')).toContain('new');
  });

  it('that break off half way leave the old ones as they were', async () => {
    await writeReports(() => saying('old'), folder);
    const broken = { ...(await saying('new')), rows: failingRows };
    await expect(writeReports(() => Promise.resolve(broken), folder)).rejects.toThrow('the state is gone');
    expect(textOf('report.csv')).toContain('old');
    expect(inPlace()).toEqual(FILES);
  });

  it('that cannot be written say where, and how to get them', async () => {
    await expect(writeReports(() => saying('x'), '/dev/null/x')).rejects.toMatchObject({
      message: expect.stringContaining('/dev/null/x'),
      hint: expect.stringContaining(`cordon report ${aRun().id} --report`),
      exitCode: 1,
    });
  });

  it('that cannot be written because a folder has their name leave nothing beside it', async () => {
    mkdirSync(join(folder, 'report.csv'));
    await expect(writeReports(() => saying('x'), folder)).rejects.toMatchObject({
      hint: expect.stringContaining(`cordon report ${aRun().id}`),
    });
    expect(inPlace().filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  it('in a place where no folder can ever be made are an error and no endless loop', async () => {
    await expect(writeReports(() => saying('x'), '/proc/nowhere/reports')).rejects.toThrow(/cannot be written/);
  });

  it('are never written through a link that somebody has planted', async () => {
    const victim = join(folder, 'victim');
    writeFileSync(victim, 'precious');
    for (const name of ['report.csv', `report.csv.${process.pid}.tmp`]) symlinkSync(victim, join(folder, name));
    await writeReports(() => saying('new'), folder);
    expect(readFileSync(victim, 'utf8')).toBe('precious');
  });

  describe('of a process that was stopped while it wrote', () => {
    it('never take the place of newer ones: it reads again', async () => {
      await writeReports(() => saying('interim'), folder);
      let isOver = false;
      const rest = async (): Promise<void> => {
        if (isOver) return;
        isOver = true;
        await writeReports(() => saying('final'), folder);
      };
      // Stopped once between reading the run and its rows: what it then writes is out of date.
      await writeReports(async () => saying(isOver ? 'final, read again' : 'out of date', rest), folder);
      for (const file of FILES) expect(textOf(file)).not.toContain('out of date');
      expect(textOf('report.csv')).toContain('final, read again');
      expect(inPlace()).toEqual(FILES);
    });

    it('never take the place of newer ones, also where none stood before', async () => {
      let isOver = false;
      const read = async (): Promise<Report> => {
        const stale = await saying(isOver ? 'read again' : 'out of date');
        if (!isOver) await writeReports(() => saying('final'), folder);
        isOver = true;
        return stale;
      };
      await writeReports(read, folder);
      expect(textOf('report.csv')).not.toContain('out of date');
    });

    it('give way in the end to somebody who writes all the time', async () => {
      let n = 0;
      const read = async (): Promise<Report> => {
        await writeReports(() => saying(`other ${(n += 1)}`), folder);
        return saying('ours');
      };
      expect(await writeReports(read, folder)).toHaveLength(WRITTEN.length);
      expect(textOf('report.csv')).toContain(`other ${n}`);
    });
  });
});

async function* failingRows(): AsyncIterable<RunRow> {
  yield aRunRow('new');
  throw new Error('the state is gone');
}

function aRunRow(message: string): RunRow {
  return {
    row: 1,
    machineId: machineId(1),
    deviceName: '',
    file: 'list.csv',
    line: 1,
    outcome: 'created',
    actionId: null,
    actionStatus: null,
    httpStatus: null,
    errorCode: null,
    message,
    attempts: 1,
    firstSentAt: null,
    settledAt: null,
  };
}
