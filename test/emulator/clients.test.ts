/** What public clients of the API ask, over a real socket: each gets what it works with, or an honest 501. */
import { globSync, readFileSync } from 'node:fs';
import { request } from 'node:http';
import { basename, join } from 'node:path';
import * as v from 'valibot';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startEmulator, type RunningEmulator } from '../../src/emulator/server.ts';
import { parseHunting } from '../../src/emulator/world/hunting-rules.ts';
import { DEFAULT_OPTIONS } from '../../src/emulator/world/defaults.ts';
import { machineId } from './tenant.ts';

const Step = v.strictObject({
  what: v.string(),
  method: v.picklist(['GET', 'POST']),
  /** Names in braces are known from the start, or saved by an earlier step. */
  path: v.string(),
  body: v.optional(v.record(v.string(), v.unknown())),
  form: v.optional(v.record(v.string(), v.string())),
  /** Status, members that the answer has (and maybe more), and places in it that are filled. */
  expect: v.strictObject({
    status: v.number(),
    body: v.optional(v.record(v.string(), v.unknown()), {}),
    has: v.optional(v.array(v.string()), []),
  }),
  /** Places in the answer that later steps name. */
  save: v.optional(v.record(v.string(), v.string()), {}),
});
type Step = v.InferOutput<typeof Step>;
const Client = v.strictObject({
  client: v.string(),
  source: v.string(),
  options: v.looseObject({}),
  hunting: v.optional(v.array(v.unknown()), []),
  requests: v.array(Step),
});

const folder = join(import.meta.dirname, 'clients');
const files = globSync('*.json', { cwd: folder });

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** Not fetch: one of them sends a GET with a body. */
function send({ url }: RunningEmulator, { method, path, body, form }: Step, token: string | undefined): Promise<Answer> {
  const text = form ? new URLSearchParams(form).toString() : body && JSON.stringify(body);
  const type = form ? 'application/x-www-form-urlencoded' : 'application/json';
  const headers = {
    'content-type': type,
    'content-length': Buffer.byteLength(text ?? ''),
    ...(token && { authorization: `Bearer ${token}` }),
  };
  return new Promise((resolve, reject) => {
    const asked = request(url, { method, path: encodeURI(decodeURI(path)), headers }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body: JSON.parse(Buffer.concat(chunks).toString()) }));
    });
    asked.on('error', reject).end(text);
  });
}

/** `value.0.id` of an answer. */
function at(body: unknown, place: string): unknown {
  if (typeof body === 'object' && body !== null && place in body) return Object.entries(body).find(([name]) => name === place)?.[1];
  return place.split('.').reduce<unknown>((value, name) => {
    return typeof value === 'object' && value !== null ? Object.entries(value).find(([key]) => key === name)?.[1] : undefined;
  }, body);
}

function filled<T>(schema: v.GenericSchema<unknown, T>, value: unknown, names: ReadonlyMap<string, string>): T {
  const text = JSON.stringify(value).replace(/\{(\w+)\}/g, (given, name: string) => names.get(name) ?? given);
  return v.parse(schema, JSON.parse(text));
}

describe.each(files)('%s', (file) => {
  it('is answered as it expects', async () => {
    const known = new Map([['machine', machineId(1)]]);
    const client = filled(Client, JSON.parse(readFileSync(join(folder, file), 'utf8')), known);
    const hunting = parseHunting(JSON.stringify(client.hunting), basename(file));
    const emulator = await startEmulator({ requireAuth: true, machines: [], ...client.options, hunting });
    onTestFinished(() => emulator.close());
    const { tenant, clientId, clientSecret } = DEFAULT_OPTIONS;
    const anHourAgo = `${new Date(Date.now() - 3_600_000).toISOString().slice(0, 19)}Z`;
    for (const [name, value] of Object.entries({ url: emulator.url, tenant, clientId, clientSecret, anHourAgo })) known.set(name, value);
    for (const given of client.requests) {
      const step = filled(Step, given, known);
      const { status, body } = await send(emulator, step, known.get('token'));
      expect({ what: step.what, status, body }).toMatchObject({ what: step.what, status: step.expect.status, body: step.expect.body });
      expect(step.expect.has.filter((place) => at(body, place) === undefined)).toStrictEqual([]);
      for (const [name, place] of Object.entries(step.save)) known.set(name, String(at(body, place)));
    }
  });
});

it('are the five that were looked at', () => {
  expect(files).toHaveLength(5);
});
