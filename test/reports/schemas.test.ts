import { readFileSync } from 'node:fs';
import { Ajv2020, type AnySchemaObject } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { NOTHING_OBSERVED } from '../../src/core/observed.ts';
import { planText, type PlanHead } from '../../src/core/plan-file.ts';
import { OPPOSITIONS, OUTCOMES, type RunRow } from '../../src/core/types.ts';
import { COLUMN_NAMES } from '../../src/reports/columns.ts';
import { json } from '../../src/reports/json.ts';
import { aReport } from '../page/sample.ts';
import { aRow } from '../support/builders.ts';

const ajv = new Ajv2020({ allErrors: true, strict: true, allowUnionTypes: true });
const schemaOf = (name: string): AnySchemaObject => JSON.parse(readFileSync(`schemas/${name}.schema.json`, 'utf8'));
const faults = (name: string, value: unknown): string[] => {
  const check = ajv.getSchema(`cordon/${name}.schema.json`) ?? ajv.compile(schemaOf(name));
  void check(value);
  return (check.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
};

describe('the schema of report.json', () => {
  const made = async (): Promise<{ rows: Record<string, unknown>[] }> => {
    const run = { observed: NOTHING_OBSERVED };
    const report = await aReport({ rows: 300, run, each: (row) => ({ ...row, input: { Site: 'Bern' } }) });
    return JSON.parse((await Array.fromAsync(json.text(report))).join(''));
  };
  it('fits what is written', async () => expect(faults('report', await made())).toEqual([]));
  it('fits what is written of opposite actions', async () => {
    const each = (row: RunRow): RunRow => ({
      ...row,
      opposed: { kind: OPPOSITIONS[row.row % 3] ?? 'revoked', words: 'an Isolate action' },
    });
    const report = JSON.parse((await Array.fromAsync(json.text(await aReport({ rows: 9, each })))).join(''));
    expect(faults('report', report)).toEqual([]);
    expect(report.summary.opposed).toEqual({ overtaken: 3, contested: 3, revoked: 3 });
  });
  it('notices a field that is missing, of another type, or not known', async () => {
    const report = await made();
    const [first = {}] = report.rows;
    delete first['outcome'];
    expect(faults('report', { ...report, more: 1, rows: [{ ...first, attempts: '1', colour: 'red' }] })).toHaveLength(4);
  });
  it('knows every column and every outcome', () => {
    const { $defs }: { $defs: { row: { required: string[] }; outcome: { enum: string[] } } } = JSON.parse(
      readFileSync('schemas/report.schema.json', 'utf8'),
    );
    expect($defs.row.required).toEqual([...COLUMN_NAMES, 'file', 'line']);
    expect($defs.outcome.enum).toEqual([...OUTCOMES]);
  });
});

describe('the schema of plan.json', () => {
  const head: PlanHead = {
    format: 2,
    cordon: '0.1.0',
    createdAt: '2026-11-23T10:15:30.000Z',
    operator: 'ana',
    job: 'restrict',
    tenant: '',
    host: 'https://api.example',
    emulated: false,
    comment: null,
    order: 'list',
    listHash: 'abc',
    calls: 1,
    exclusions: { files: ['never.txt'], entries: 1, unmatched: ['pc1 (never.txt:1)'] },
    guards: [{ guard: 'max-targets', why: 'too many', canBeConfirmed: true }],
    onboarded: 5,
    facts: true,
  };
  it('fits what is written', () => {
    const rows = [
      aRow(1),
      aRow(2, { skip: 'duplicate', message: 'same machine as row 1' }),
      aRow(3, { skip: 'already-in-progress', action: { id: 'a', status: 'Pending' }, input: { Site: 'Bern' } }),
    ];
    expect(faults('plan', JSON.parse([...planText(head, rows).pieces].join('')))).toEqual([]);
  });
  it('notices what is missing', () => expect(faults('plan', { ...head, rows: [] })).toEqual([" must have required property 'sha256'"]));
});
