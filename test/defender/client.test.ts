/** Answers that are bigger than any honest one, from a real server to what judging makes of them. */
import { createServer } from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readActions } from '../../src/core/answers.ts';
import { judge } from '../../src/core/judge.ts';
import type { Api } from '../../src/core/ports.ts';
import { createApi, type ClientOptions } from '../../src/defender/client.ts';
import { createTransport } from '../../src/http/transport.ts';
import { aRun, anAction, machineId } from '../support/builders.ts';
import { listen } from '../support/proxy.ts';

const bearer = { token: 't', expiresAt: Infinity };
const { signal } = new AbortController();
const question = { runId: aRun().id, actionType: 'RestrictCodeExecution', machineId: machineId(1), begunAfter: 0 };

describe('an answer that is bigger than any honest one', () => {
  it('is judged by its beginning when it is an action', async () => {
    const api = await apiThatAnswers(201, JSON.stringify({ ...anAction(), extra: 'x'.repeat(5_000_000) }));
    const answer = await api.post(bearer, 'machines/x/restrictCodeExecution', {}, signal);
    expect(judge(question, answer, 0)).toMatchObject({ kind: 'settled', settlement: { outcome: 'created', actionId: anAction().id } });
  });

  it('is judged by its beginning when it is an error', async () => {
    const api = await apiThatAnswers(400, JSON.stringify({ error: { code: 'OsPlatformNotSupported', message: 'x'.repeat(5_000_000) } }));
    const answer = await api.post(bearer, 'machines/x/restrictCodeExecution', {}, signal);
    expect(judge(question, answer, 0)).toMatchObject({ settlement: { outcome: 'refused', errorCode: 'OsPlatformNotSupported' } });
  });

  it('says nothing about the effect when its beginning does not', async () => {
    const api = await apiThatAnswers(201, JSON.stringify({ extra: 'x'.repeat(5_000_000), ...anAction() }));
    const answer = await api.post(bearer, 'machines/x/restrictCodeExecution', {}, signal);
    expect(judge(question, answer, 0).kind).toBe('ambiguous');
  });

  it('is no list when a part of it is missing', async () => {
    const api = await apiThatAnswers(200, `{"value":[${'{"id":"a"},'.repeat(4_000_000)}{"id":"b"}]}`);
    expect(await api.get(bearer, 'machineactions', signal)).toMatchObject({ kind: 'lost' });
  });

  it('of a query is read whole, or none', async () => {
    const rows = Array.from({ length: 20_000 }, (_, row) => ({ DeviceId: `${row}`.padStart(40, '0'), DeviceName: `pc-${row}` }));
    const whole = await apiThatAnswers(200, JSON.stringify({ results: rows }), { isOfQueries: true });
    const answer = await whole.post(bearer, 'security/runHuntingQuery', {}, signal);
    expect(answer.kind === 'response' && JSON.parse(answer.body).results.length).toBe(20_000);
    const endless = await apiThatAnswers(200, `{"results":[${'{"a":1},'.repeat(18_000_000)}{"a":2}]}`, { isOfQueries: true });
    expect(await endless.post(bearer, 'security/runHuntingQuery', {}, signal)).toMatchObject({ kind: 'lost' });
  });

  it('is a list as long as ten thousand rows, the most of a page, are', async () => {
    const row = JSON.stringify({ ...anAction(), relatedFileInfo: null, commands: [], padding: 'x'.repeat(1000) });
    const api = await apiThatAnswers(200, `{"value":[${Array(10_000).fill(row).join(',')}]}`);
    const answer = await api.get(bearer, 'machineactions', signal);
    expect(answer.kind === 'response' && readActions(answer.body)?.length).toBe(10_000);
  });
});

async function apiThatAnswers(status: number, body: string, more: Partial<ClientOptions> = {}): Promise<Api> {
  const server = createServer((_request, response) => response.writeHead(status).end(body));
  const transport = createTransport();
  onTestFinished(() => {
    transport.close();
    server.closeAllConnections();
    server.close();
  });
  return createApi({ origin: `http://127.0.0.1:${await listen(server)}`, transport, timeoutMs: 30_000, userAgent: 'test', ...more });
}
