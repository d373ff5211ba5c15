import { mkdtempDisposable, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { machineId } from '../support/builders.ts';
import { cordon, type CliResult } from '../support/cli.ts';
import { listen } from '../support/proxy.ts';

interface Hook {
  readonly url: string;
  readonly posted: Record<string, unknown>[];
}

/** What others are told through. */
async function hook(status = 202): Promise<Hook> {
  const posted: Record<string, unknown>[] = [];
  const server = createServer((request, response) => {
    void Array.fromAsync(request as AsyncIterable<Buffer>).then((pieces) => {
      posted.push(Object(JSON.parse(Buffer.concat(pieces).toString())));
      response.writeHead(status).end();
    });
  });
  const port = await listen(server);
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${port}/workflows/abc?sig=only-for-those-who-know`, posted };
}

async function run(env: NodeJS.ProcessEnv, ...more: string[]): Promise<CliResult> {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'cordon-'));
  await writeFile(join(folder.path, 'address'), env['ADDRESS'] ?? '');
  return await cordon(
    ['run', 'restrict', '--machine', machineId(1), '--comment', 'INC-7', '--emulator', '--speed', '60', '--yes', ...more],
    { cwd: folder.path, env: { HOME: folder.path, ...env } },
  );
}

describe('others are told', () => {
  it('of the start and the end, as JSON', async () => {
    const { url, posted } = await hook();
    const { code } = await run({ CORDON_NOTIFY_URL: url });
    expect(code).toBe(0);
    expect(posted).toMatchObject([
      { event: 'start', calls: 1, open: 1, run: { job: 'restrict', comment: 'INC-7', emulated: true } },
      { event: 'end', exitCode: 0, outcomes: { created: 1 }, resumable: false },
    ]);
  });

  it('as cards for Teams, at an address from a file', async () => {
    const { url, posted } = await hook();
    expect((await run({ ADDRESS: `${url}\n` }, '--notify-file', 'address', '--notify-format', 'teams')).code).toBe(0);
    expect(posted).toHaveLength(2);
    expect(posted[0]).toMatchObject({ type: 'message', attachments: [{ content: { type: 'AdaptiveCard' } }] });
  });

  it('and when that fails, the run goes on and the address stays secret', async () => {
    const { url, posted } = await hook(500);
    const { code, stdout, stderr } = await run({ CORDON_NOTIFY_URL: url });
    expect(code).toBe(0);
    expect(posted.length).toBeGreaterThan(2);
    expect(stderr).toContain('the notice could not be posted');
    expect(stdout + stderr).not.toMatch(/only-for-those-who-know|workflows\/abc/);
  });

  it.each([
    ['that is no URL', 'only-for-those-who-know'],
    ['without TLS', 'http://hooks.example/only-for-those-who-know'],
    ['with a password', 'https://ana:only-for-those-who-know@hooks.example/'],
  ])('never at an address %s, and the run goes on', async (_name, address) => {
    const { code, stdout, stderr } = await run({ CORDON_NOTIFY_URL: address });
    expect(code).toBe(0);
    expect(stderr).toContain('nobody will be told of this run');
    expect(stdout + stderr).not.toContain('only-for-those-who-know');
  });
});
