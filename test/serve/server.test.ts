import { request } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findJob } from '../../jobs/index.ts';
import { serve, type Serving } from '../../src/serve/server.ts';
import { MemoryState } from '../../src/state/memory.ts';
import { aRow, aRun } from '../support/builders.ts';

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
}

const RUN = aRun().id;

describe('the live page’s server', () => {
  let state: MemoryState;
  let serving: Serving;
  let port: number;
  let token: string;
  beforeEach(async () => {
    state = new MemoryState();
    await state.createRun(aRun({ comment: '<b>INC</b>' }), [aRow(1), aRow(2), aRow(3, { skip: 'duplicate' })]);
    serving = await serve({ state, findJob }, 0);
    const { port: taken, pathname } = new URL(serving.url);
    [port, token] = [Number(taken), pathname.replaceAll('/', '')];
  });
  afterEach(async () => {
    await serving.close();
    await state.close();
  });

  const ask = (path: string, options: { method?: string; headers?: Record<string, string> } = {}): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const { method = 'GET', headers = {} } = options;
      const sent = request({ host: '127.0.0.1', port, path, method, headers: { Host: `127.0.0.1:${port}`, ...headers } }, (answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (piece: string) => (text += piece));
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text }));
      });
      sent.on('error', reject).end();
    });
  /** News as they come, until `enough` says so. */
  const watch = (enough: (news: string[]) => boolean): Promise<string[]> =>
    new Promise((resolve, reject) => {
      const news: string[] = [];
      const sent = request({ host: '127.0.0.1', port, path: `/${token}/runs/${RUN}/events` }, (answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (piece: string) => {
          text += piece;
          const parts = text.split('\n\n');
          text = parts.pop() ?? '';
          news.push(...parts.filter((part) => part.includes('event: news')).map((part) => part.replace(/^.*data: /s, '')));
          if (!enough(news)) return;
          sent.destroy();
          resolve(news);
        });
      });
      sent.on('error', reject).end();
    });

  it('has an address with a long token in it, on loopback', () => {
    expect(serving.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/[\w-]{32}\/$/);
  });

  it('lists the runs and shows a run’s page, both with strict headers', async () => {
    const list = await ask(`/${token}/`);
    expect(list.text).toContain(`href="runs/${RUN}"`);
    const page = await ask(`/${token}/runs/${RUN}`);
    expect(page.text).toContain('&lt;b&gt;INC&lt;/b&gt;');
    expect(page.text).toContain(`<meta name="cordon-events" content="${RUN}/events">`);
    for (const { status, headers } of [list, page]) {
      expect(status).toBe(200);
      expect(headers).toMatchObject({
        'cache-control': 'no-store',
        'content-security-policy': "frame-ancestors 'none'",
        'cross-origin-opener-policy': 'same-origin',
        'cross-origin-resource-policy': 'same-origin',
        'referrer-policy': 'no-referrer',
        'x-content-type-options': 'nosniff',
      });
      expect(Object.keys(headers).filter((name) => /access-control|set-cookie/.test(name))).toEqual([]);
    }
  });

  it.each([
    ['a name that was bent to this address', '', { headers: { Host: 'evil.example' } }, 421],
    ['this address at another port', '', { headers: { Host: '127.0.0.1:1' } }, 421],
    ['another site', '', { headers: { 'Sec-Fetch-Site': 'cross-site' } }, 403],
    ['another port of this machine', '', { headers: { 'Sec-Fetch-Site': 'same-site' } }, 403],
    ['a POST', '', { method: 'POST' }, 405],
    ['a DELETE', '', { method: 'DELETE' }, 405],
    ['a preflight', '', { method: 'OPTIONS', headers: { Origin: 'https://evil.example' } }, 405],
    ['a run that is not there', 'runs/r-other', {}, 404],
    ['another path', 'etc/passwd', {}, 404],
    ['a way up', '../../etc/passwd', {}, 404],
    ['an id that is none', 'runs/%2e%2e%2f', {}, 404],
  ] as const)('refuses %s', async (_, path, options, status) => {
    const answer = await ask(`/${token}/${path}`, options);
    expect(answer.status).toBe(status);
    expect(answer.text).not.toContain('INC');
    expect(answer.headers['access-control-allow-origin']).toBeUndefined();
  });

  it.each(['', '/', `/${'a'.repeat(32)}/`, '/x/runs/y', '//', '/%'])('tells nothing without the token: %j', async (path) => {
    const answer = await ask(path);
    expect(answer.status).toBe(404);
    expect(answer.text).not.toContain(RUN);
  });

  it.each(['localhost', '[::1]'])('answers to the name %s', async (name) => {
    expect((await ask(`/${token}/`, { headers: { Host: `${name}:${port}`, 'Sec-Fetch-Site': 'same-origin' } })).status).toBe(200);
  });

  it('tells everything first, and then what changes', async () => {
    const before = JSON.parse((await ask(`/${token}/runs/${RUN}/events/rows?since=0`)).text);
    expect(before).toEqual({ version: 0, rows: [] });
    const news = watch((all) => all.length >= 2);
    const first = watch((all) => all.length >= 1);
    const [told = ''] = await first;
    expect(JSON.parse(told).sections.map(([, { id }]: [string, { id: string }]) => id)).toEqual([
      'head',
      'figures',
      'next',
      'charts',
      'facts',
      'rows',
    ]);
    const { version, rows } = JSON.parse((await ask(`/${token}/runs/${RUN}/events/rows?since=0`)).text);
    expect([version, rows.length]).toEqual([1, 3]);
    await state.settle(RUN, 2, { outcome: 'refused', errorCode: 'X' }, 2_000_000);
    const [, change = ''] = await news;
    expect(JSON.parse(change)).toMatchObject({ version: 2 });
    expect(change).toContain('Refused');
    const after = JSON.parse((await ask(`/${token}/runs/${RUN}/events/rows?since=1`)).text);
    expect(after.rows.map(([row]: number[]) => row)).toEqual([2]);
  });

  it('calls a run that nobody works on stopped, whatever a killed process left behind', async () => {
    expect((await ask(`/${token}/runs/${RUN}`)).text).toContain('stopped before its end');
  });

  it('answers 503 to one watcher too many', async () => {
    const open = Array.from({ length: 50 }, () => request({ host: '127.0.0.1', port, path: `/${token}/runs/${RUN}/events` }));
    await Promise.all(
      open.map(
        (one) =>
          new Promise((resolve) =>
            one
              .on('error', () => undefined)
              .on('response', resolve)
              .end(),
          ),
      ),
    );
    expect((await ask(`/${token}/runs/${RUN}/events`)).status).toBe(503);
    for (const one of open) one.destroy();
  });

  it('says which port cannot be had', async () => {
    await expect(serve({ state, findJob }, port)).rejects.toMatchObject({ exitCode: 2, message: expect.stringContaining(String(port)) });
  });
});
