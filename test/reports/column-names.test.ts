/** A list's own columns may be called anything: every report shows each value under its name, or nothing. */
import { parse } from 'csv-parse/sync';
import { array, assert, asyncProperty, constantFrom, oneof, stringMatching, tuple, uniqueArray } from 'fast-check';
import { strFromU8, unzipSync } from 'fflate';
import { expect, it } from 'vitest';
import { campaignSummary } from '../../src/core/campaign.ts';
import type { Input, RunRow } from '../../src/core/types.ts';
import { writeCampaign } from '../../src/reports/campaign.ts';
import { formats } from '../../src/reports/index.ts';
import { reportOf, type Report } from '../../src/reports/report.ts';
import { targetsCsv } from '../../src/run/sources.ts';
import { PackedRows } from '../../src/core/packed-rows.ts';
import { scratch } from '../support/cli.ts';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { aRun, aRunRow, machineId } from '../support/builders.ts';

const MEMBERS = Object.getOwnPropertyNames(Object.prototype);
const names = oneof(constantFrom(...MEMBERS, 'sha1', 'Site', 'machineId', 'row'), stringMatching(/^[a-z][A-Za-z ]{0,8}[a-z]$/));
/** Rows of lists that have different columns; values that no spreadsheet would run. */
const inputs = array(uniqueArray(tuple(names, stringMatching(/^v[a-z0-9]{0,6}$/)), { selector: ([name]) => name, maxLength: 4 }), {
  minLength: 1,
  maxLength: 4,
});

async function reportOn(all: readonly Input[]): Promise<Report> {
  const rows = all.map((input, at): RunRow => aRunRow(at + 1, { outcome: 'failed', message: 'x', input }));
  return reportOf(aRun({ status: 'done', finishedAt: 2_000_000, exitCode: 3 }), async function* () {
    yield* rows;
  });
}

async function bytesOf(file: string, report: Report): Promise<Buffer> {
  const pieces = await Array.fromAsync(formats.find((format) => format.file === file)?.text(report) ?? []);
  return Buffer.concat(pieces.map((piece) => Buffer.from(piece)));
}

/** What stands below the headings that are the list's own, a row each. */
function ownCells(csv: string, columns: number): string[][] {
  const [, ...lines]: string[][] = parse(csv, { bom: true });
  return lines.map((cells) => cells.slice(cells.length - columns));
}

it('stand under their names in every report, and a row without one has nothing there', async () => {
  await assert(
    asyncProperty(inputs, async (given) => {
      const all = given.map((entries): Input => Object.fromEntries(entries));
      const report = await reportOn(all);
      const { inputColumns } = report;
      const values = all.map((input) => inputColumns.map((name) => new Map(Object.entries(input)).get(name) ?? ''));
      expect(ownCells(String(await bytesOf('report.csv', report)), inputColumns.length)).toEqual(values);
      expect(ownCells(String(await bytesOf('todo.csv', report)), inputColumns.length)).toEqual(values);
      const { rows } = JSON.parse(String(await bytesOf('report.json', report)));
      for (const [at, input] of all.entries())
        for (const [name, value] of Object.entries(input)) expect(rows[at][`in_${name}`]).toBe(value);
      const files = unzipSync(await bytesOf('report.xlsx', report));
      expect(strFromU8(files['xl/worksheets/sheet1.xml'] ?? new Uint8Array())).not.toMatch(/native code|object Object|NaN/);
      expect(String(await bytesOf('report.html', report))).not.toMatch(/\[native code\]/);
    }),
    { numRuns: 60, examples: [[[[['constructor', 'v1']], []]], [[[['__proto__', 'v1']], [['toString', 'v2']]]]] },
  );
});

it('are no danger to the list as it was used, and to the report of a campaign', async () => {
  using folder = scratch();
  const all: Input[] = [Object.fromEntries([['constructor', 'v1']]), { Site: 'v2' }];
  const rows = new PackedRows(
    all.map((input, at) => ({ row: at + 1, text: machineId(at + 1), deviceName: '', file: 'f', line: 1, input })),
  );
  expect(ownCells(targetsCsv(rows), 2)).toEqual([
    ['v1', ''],
    ['', 'v2'],
  ]);
  const campaign = { campaign: 'c', summary: campaignSummary([], []), reports: [() => reportOn(all)] };
  await writeCampaign(campaign, folder.path);
  expect(ownCells(readFileSync(join(folder.path, 'campaign.csv'), 'utf8'), 2)).toEqual([
    ['v1', ''],
    ['', 'v2'],
  ]);
});
