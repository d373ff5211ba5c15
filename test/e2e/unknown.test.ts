/** Open means unfinished: a run that ends with a row whose effect is not known is gone on with, and calls nobody twice. */
import { createServer } from 'node:http';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { cordon, outcomesOf, readReport, scratch, type CliResult } from '../support/cli.ts';
import { anAction, machineId } from '../support/builders.ts';
import { listen } from '../support/proxy.ts';

it('finds a run with unknown rows again, by resume and by --resume-if-interrupted, and sends nothing for them', async () => {
  using folder = scratch();
  let posts = 0;
  const server = createServer((request, response) => {
    if (request.method === 'POST') posts += 1;
    // Accepted, and the tag dropped: perhaps ours.
    const action = anAction({ requestorComment: 'INC-7', creationDateTimeUtc: new Date().toISOString() });
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(request.method === 'POST' ? action : { value: [] }));
  });
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${await listen(server)}`;
  const env = { CORDON_ACCESS_TOKEN: 'opaque-token' };
  const state = ['--state', join(folder.path, 'state.db')];
  const report = join(folder.path, 'report');
  const run = (...more: string[]): Promise<CliResult> => {
    const what = ['run', 'restrict', '--machine', machineId(1), '--comment', 'INC-7', '--yes', '--api-url', url];
    return cordon([...what, '--read-lag', '50ms', '--report', report, ...state, ...more], { env });
  };
  expect((await run()).code).toBe(3);
  expect(outcomesOf(readReport(report))).toEqual({ unknown: 1 });
  expect(await cordon(['resume', ...state], { env })).toMatchObject({ code: 3 });
  expect(await run('--resume-if-interrupted')).toMatchObject({ code: 3, stderr: expect.stringContaining('Resuming') });
  expect(posts).toBe(1);
  expect(readReport(report)[0]).toMatchObject({ outcome: 'unknown', message: expect.stringContaining('without our tag') });
});
