import { NOTHING_OBSERVED } from '../../src/core/observed.ts';
import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import type { RunRow } from '../../src/core/types.ts';
import { formats } from '../../src/reports/index.ts';
import { reportOf, type Report } from '../../src/reports/report.ts';
import { aRun, aRunRow, machineId } from '../support/builders.ts';

async function* generate(rows: readonly RunRow[]): AsyncIterable<RunRow> {
  yield* rows;
}
const report = (...rows: RunRow[]): Promise<Report> =>
  reportOf(aRun({ finishedAt: 2_000_000, status: 'done', exitCode: 3 }), () => generate(rows));
const textOf = async (name: string, made: Report): Promise<string> =>
  (await Array.fromAsync(formats.find((format) => format.name === name)?.text(made) ?? [])).join('');

describe('report.csv', () => {
  it('has the columns of the contract, and one line per row', async () => {
    const skipped = aRunRow(2, {
      outcome: 'invalid',
      machineId: 'nonsense',
      message: 'not an MDE machine id',
      actionId: null,
      actionStatus: null,
      httpStatus: null,
      attempts: 0,
      firstSentAt: null,
      settledAt: null,
    });
    expect(await textOf('csv', await report(aRunRow(1), skipped))).toMatchInlineSnapshot(`
      "﻿row,machine_id,device_name,job,outcome,action_id,action_status,http_status,error_code,message,attempts,first_sent_at,settled_at,run_id,action_ended_at,last_seen,opposed
      1,0000000000000000000000000000000000000001,pc1,restrict,created,a1,Pending,201,,,1,2026-11-23T10:15:30.007Z,2026-11-23T10:15:31.000Z,r-20261123-101530-k3f9,,,
      2,nonsense,pc1,restrict,invalid,,,,,not an MDE machine id,0,,,r-20261123-101530-k3f9,,,
      "
    `);
  });

  it.each([
    ["=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"],
    ['+1', "'+1"],
    ['-1', "'-1"],
    ['@SUM(A1)', "'@SUM(A1)"],
    ['\t=1', "'\t'=1"],
    ['\r=1', "'\r'=1"],
    ['pc1;=1+1', "pc1;'=1+1"],
    ['pc1;;@x', "pc1;;'@x"],
    ['pc1\t-1', "pc1\t'-1"],
    ['two\n=lines', "two\n'=lines"],
    ['a-b;c=d; e', 'a-b;c=d; e'],
  ])('defuses %j, which a spreadsheet would run', async (text, safe) => {
    const [line]: Record<string, string>[] = parse(await textOf('csv', await report(aRunRow(1, { deviceName: text, message: text }))), {
      columns: true,
      bom: true,
    });
    expect([line?.['device_name'], line?.['message']]).toEqual([safe, safe]);
  });

  it.each([
    ['\t=1', "'\t'=1"],
    ['a;=1', "a;'=1"],
    ['a\t@b; -c', "a\t'@b; -c"],
  ])('defuses what follows a separator of another kind: %j', async (message, safe) => {
    const [line]: Record<string, string>[] = parse(await textOf('csv', await report(aRunRow(1, { message }))), {
      columns: true,
      bom: true,
    });
    expect(line?.['message']).toBe(safe);
  });

  it('appends the list’s own columns after ours, also where only later rows have them', async () => {
    const made = await report(
      aRunRow(1, { lastSeen: '2026-11-22T01:02:03Z', actionEndedAt: Date.UTC(2026, 10, 23, 11) }),
      aRunRow(2, { input: { Site: 'Zürich', Owner: '=me' } }),
    );
    const lines: Record<string, string>[] = parse(await textOf('csv', made), { columns: true, bom: true });
    expect(Object.keys(lines[0] ?? {}).slice(-6)).toEqual(['run_id', 'action_ended_at', 'last_seen', 'opposed', 'in_Site', 'in_Owner']);
    expect(lines[0]).toMatchObject({ action_ended_at: '2026-11-23T11:00:00.000Z', last_seen: '2026-11-22T01:02:03Z', in_Site: '' });
    expect(lines[1]).toMatchObject({ in_Site: 'Zürich', in_Owner: "'=me" });
  });

  it('keeps commas, quotes and line breaks inside their cell', async () => {
    const message = 'a, "b"\nc';
    const [line]: Record<string, string>[] = parse(await textOf('csv', await report(aRunRow(1, { message }))), {
      columns: true,
      bom: true,
    });
    expect(line?.['message']).toBe(message);
  });
});

describe('report.json', () => {
  it('has run, summary and rows, with file and line, and no settings', async () => {
    const made = JSON.parse(await textOf('json', await report(aRunRow(1), aRunRow(2, { outcome: 'duplicate', attempts: 0 }))));
    expect(Object.keys(made)).toEqual(['run', 'summary', 'quota', 'rows']);
    expect(made.run).toMatchObject({ id: aRun().id, comment: 'INC-7', createdAt: '1970-01-01T00:16:40.000Z', exitCode: 3 });
    expect(made.run.settings).toBeUndefined();
    expect(made.summary).toEqual({ rows: 2, attempts: 1, outcomes: { duplicate: 1, created: 1 }, statuses: { Pending: 1 }, opposed: {} });
    expect(made.rows[0]).toMatchObject({
      row: 1,
      machineId: machineId(1),
      file: 'list.csv',
      line: 2,
      firstSentAt: '2026-11-23T10:15:30.007Z',
      runId: aRun().id,
    });
  });

  it('says of which actions others had the last word, and counts them', async () => {
    const [overtaken, revoked] = (['overtaken', 'revoked'] as const).map((kind) => ({ kind, words: `by an action of ana; ${kind}` }));
    const rows = [overtaken, revoked, overtaken].map((opposed, i) =>
      aRunRow(i + 1, { actionStatus: 'Succeeded', ...(opposed && { opposed }) }),
    );
    const made = JSON.parse(await textOf('json', await report(...rows, aRunRow(4))));
    expect(made.summary.opposed).toEqual({ overtaken: 2, revoked: 1 });
    expect(made.rows.map((row: { opposed: unknown }) => row.opposed)).toEqual([
      'overtaken: by an action of ana; overtaken',
      'revoked: by an action of ana; revoked',
      'overtaken: by an action of ana; overtaken',
      null,
    ]);
  });

  it('names the quota in force and what was observed', async () => {
    const run = aRun({ settings: { rate: ['60/1m'] }, observed: { ...NOTHING_OBSERVED, merged: 1 } });
    const made = JSON.parse(await textOf('json', await reportOf(run, () => generate([aRunRow(1, { input: { Site: 'B' } })]))));
    expect(made).toMatchObject({
      quota: { windows: [{ limit: 60, ms: 60_000 }, { limit: 1500 }] },
      observed: { ...NOTHING_OBSERVED, merged: 1 },
      rows: [{ row: 1, in_Site: 'B' }],
    });
    expect(made.run.observed).toBeUndefined();
  });

  it('is JSON when there are no rows', async () => {
    expect(JSON.parse(await textOf('json', await report()))).toMatchObject({ rows: [], summary: { rows: 0, outcomes: {} } });
  });
});
