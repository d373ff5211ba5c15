/** A server that knows little more than the action itself: nothing that can be read is a precondition for containment. */
import { createServer, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { machineId } from '../support/builders.ts';
import { cordon, outcomesOf, readReport, scratch, type CliResult } from '../support/cli.ts';
import { listen } from '../support/proxy.ts';

const IDS = [1, 2, 3].map(machineId);

/** It takes the action and lists no machines: `/machines` answers as the test says. */
async function minimalServer(machines: (response: ServerResponse) => void): Promise<string> {
  const server = createServer((request, response) => {
    if (request.method === 'GET') return request.url?.startsWith('/api/machines?') ? machines(response) : response.end('{"value":[]}');
    void Array.fromAsync(request).then((chunks) => {
      const { Comment: requestorComment } = JSON.parse(chunks.join(''));
      response.writeHead(201).end(JSON.stringify({ id: `a${request.url}`, requestorComment, status: 'Pending' }));
    });
  });
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${await listen(server)}`;
}

async function runAgainst(url: string, folder: string, ...more: string[]): Promise<CliResult> {
  const where = ['--api-url', url, '--state', join(folder, 'state.db'), '--report', join(folder, 'report')];
  const ids = IDS.flatMap((id) => ['--machine', id]);
  return cordon(['run', 'restrict', ...ids, '--comment', 'INC-7', '--yes', '--facts-timeout', '1s', ...where, ...more], {
    env: { CORDON_ACCESS_TOKEN: 'opaque-token' },
  });
}

const ANSWERS: [string, (response: ServerResponse) => void][] = [
  ['404', (response) => response.writeHead(404).end('{"error":{"code":"NotFound","message":"no"}}')],
  ['a bare 501', (response) => response.writeHead(501).end()],
  ['a page of HTML', (response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<html>')],
  ['an empty list', (response) => response.end('{"value":[]}')],
  ['nothing at all', () => {}],
];

describe('against a server whose list of machines answers', () => {
  it.each(ANSWERS)('%s, a run goes on without facts, soon, and says so', async (_, machines) => {
    using folder = scratch();
    const result = await runAgainst(await minimalServer(machines), folder.path);
    expect(result).toMatchObject({ code: 0, stderr: expect.stringMatching(/"event":"facts\.missing".*decided without machine facts/) });
    expect(outcomesOf(readReport(folder.path + '/report'))).toEqual({ created: 3 });
  });

  it.each(ANSWERS)('%s, an exclusion by name stops it: nobody can judge it', async (_, machines) => {
    using folder = scratch();
    const result = await runAgainst(await minimalServer(machines), folder.path, '--exclude-machine', 'dc01');
    expect(result).toMatchObject({ code: 6, stderr: expect.stringContaining('cannot be judged') });
  });
});
