import { readdirSync, readFileSync } from 'node:fs';
import { get } from 'node:http';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { machineId } from '../support/builders.ts';
import { chromiumPath, launch } from '../support/browser.ts';
import { cordon, scratch } from '../support/cli.ts';
import { startCordon, type Started } from '../support/started.ts';

const ADDRESS = /http:\/\/127\.0\.0\.1:\d+\/[\w-]{32}\/[^\s"]*/;
const chromium = chromiumPath();

/** A folder with a list of so many machines, gone at the test's end. */
function aFolder(machines: number): { readonly path: string; readonly options: { cwd: string; env: NodeJS.ProcessEnv } } {
  const folder = scratch();
  onTestFinished(() => folder[Symbol.dispose]());
  folder.file('list.txt', Array.from({ length: machines }, (_, i) => machineId(i + 1)).join('\n'));
  return { path: folder.path, options: { cwd: folder.path, env: { HOME: folder.path } } };
}
const RUN = ['run', 'restrict', 'list.txt', '--emulator', '--comment', 'INC-7', '--yes'];
async function addressOf(started: Started): Promise<string> {
  return ADDRESS.exec(await started.printed(ADDRESS))?.[0] ?? '';
}
function statusOf(url: string, headers: Record<string, string> = {}): Promise<number> {
  return new Promise((resolve, reject) => {
    get(url, { headers }, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    }).on('error', reject);
  });
}

describe('cordon serve', () => {
  it('says where there is no state yet, and creates none', async () => {
    const { path, options } = aFolder(1);
    const { code, stderr } = await cordon(['serve'], options);
    expect([code, stderr]).toEqual([2, expect.stringContaining('there is no state at')]);
    expect(readdirSync(path)).toEqual(['list.txt']);
  });

  it('shows what a run left, changes nothing, and ends at a signal', async () => {
    const { path, options } = aFolder(5);
    await cordon([...RUN, '--speed', '60'], options);
    const [run = ''] = readdirSync(join(path, 'reports'));
    const before = readFileSync(join(path, '.local/state/cordon/emulated.db'));
    const started = startCordon(['serve', '--emulator', '--json'], options);
    const { url } = JSON.parse((await started.printed(/}\n/)).split('\n').find((line) => line.includes('"url"')) ?? '');
    const pages = await Promise.all([url, `${url}runs/${run}`].map(async (page) => (await fetch(page)).text()));
    expect(pages).toEqual([expect.stringContaining(run), expect.stringContaining('5 of 5 rows accepted by the API')]);
    expect([await statusOf(url, { Host: 'evil.example' }), await statusOf(new URL('/', url).href)]).toEqual([421, 404]);
    started.process.kill('SIGINT');
    expect((await started.ended).code).toBe(0);
    expect(readFileSync(join(path, '.local/state/cordon/emulated.db')).equals(before)).toBe(true);
  });
});

describe.skipIf(chromium === undefined)('a live page in a browser', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launch(chromium ?? '');
  });
  afterAll(async () => browser?.close());

  it('follows a run of 300 machines to its end, while nine others watch', async () => {
    const { options } = aFolder(300);
    const started = startCordon([...RUN, '--speed', '20', '--page'], options);
    const address = await addressOf(started);
    for (let i = 0; i < 9; i += 1) get(`${address}/events`, (answer) => answer.resume()).on('error', () => undefined);
    const page = await browser.newPage();
    const said: string[] = [];
    page.on('pageerror', ({ message }) => said.push(message));
    const requests = new Set<string>();
    page.on('request', (request) => requests.add(new URL(request.url()).host));
    await page.goto(address);
    await page.getByLabel('Search').fill(machineId(7).slice(-6));
    await page.locator('#head .state', { hasText: 'at work' }).waitFor();
    await page.locator('#head .state', { hasText: 'finished' }).waitFor();
    expect(await page.locator('.sentence').innerText()).toContain('300 of 300 rows accepted by the API');
    expect(await page.locator('.rows tbody tr .badge').first().innerText()).toContain('Accepted');
    expect(await page.getByLabel('Search').inputValue()).toBe(machineId(7).slice(-6));
    expect([said, [...requests]]).toEqual([[], [new URL(address).host]]);
    expect((await started.ended).code).toBe(0);
    await page.close();
  });

  it('is not to be had by a name that was bent to this machine, nor by another site', async () => {
    const { options } = aFolder(3);
    await cordon([...RUN, '--speed', '60'], options);
    const started = startCordon(['serve', '--emulator'], options);
    const address = await addressOf(started);
    const { port, pathname } = new URL(address);
    const bent = await launch(chromium ?? '', ['--host-resolver-rules=MAP evil.test 127.0.0.1']);
    const page = await bent.newPage();
    expect((await page.goto(`http://evil.test:${port}${pathname}`))?.status()).toBe(421);
    expect(await page.evaluate(`fetch('http://127.0.0.1:${port}${pathname}').then(() => 'read', () => 'refused')`)).toBe('refused');
    await bent.close();
    started.process.kill('SIGTERM');
    await started.ended;
  });
});
