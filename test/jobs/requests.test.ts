import { globSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { findJob, jobs } from '../../jobs/index.ts';
import { readParameters } from '../../src/core/parameters.ts';
import { tagged } from '../../src/core/tag.ts';
import { ACTION_APIS, readOrder } from '../../src/emulator/api/catalogue.ts';
import { machineId } from '../support/builders.ts';

const words = v.record(v.string(), v.string());
const schema = v.array(
  v.strictObject({
    flags: words,
    input: v.optional(words),
    path: v.string(),
    body: words,
    permissions: v.array(v.array(v.string())),
    type: v.string(),
  }),
);
const files = globSync('fixtures/requests/*.json');

it('every job has a golden request', () => {
  expect(files.map((file) => basename(file, '.json')).sort()).toEqual(jobs.map(({ name }) => name).sort());
});

describe.each(files)('%s', (file) => {
  const job = known(findJob(basename(file, '.json')));
  const cases = v.parse(schema, JSON.parse(readFileSync(file, 'utf8')));

  it.each(cases.map((golden) => [JSON.stringify(golden.flags), golden] as const))(
    '%s',
    (_, { flags, input, path, body, permissions, type }) => {
      const sent = job.body(tagged('r-20261123-101530-k3f9', 'INC-7'), readParameters(job, flags), input ? { input } : {});
      expect(Object.entries(sent)).toEqual(Object.entries(body));
      expect(`machines/${machineId(1)}/${job.segment}`).toBe(path);
      expect(job.permissions).toEqual(permissions);
      expect(job.actionType).toBe(type);
    },
  );

  it.each(cases.map((golden) => [JSON.stringify(golden.flags), golden] as const))(
    '%s: the API would take it, and in no other case',
    (_, { body }) => {
      const api = known(ACTION_APIS.find(({ segment }) => segment === job.segment));
      expect(readOrder(api, JSON.stringify(body))).toMatchObject({ comment: body['Comment'] });
      for (const name of Object.keys(body)) {
        const { [name]: value, ...rest } = body;
        expect(readOrder(api, JSON.stringify({ ...rest, [name.toLowerCase()]: value }))).toMatchObject({ code: 'InvalidRequestBody' });
      }
    },
  );
});

function known<T>(found: T | undefined): T {
  if (found === undefined) throw new Error('a fixture for what there is not');
  return found;
}
