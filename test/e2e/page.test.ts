import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import axe from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pageText } from '../../src/reports/html/page.ts';
import type { Report } from '../../src/reports/report.ts';
import { chromiumPath, launch } from '../support/browser.ts';
import { aReport } from '../page/sample.ts';

const chromium = chromiumPath();
const PLAN = {
  calls: 20,
  platforms: { Windows11: 20 },
  guards: [{ guard: 'max-targets', why: '20 machines would be called, and --max-targets is 10', canBeConfirmed: true, stops: false }],
  unmatched: ['tag:typo (never.txt:4)'],
  risks: [],
  warnings: ['12 machines are inactive'],
  when: 'all 20 now',
  quota: ['100 of 100 per 1m'],
  saved: { file: 'plan.json', sha256: 'a'.repeat(64) },
} as const;

/** Every field of a row that somebody else fills. */
const said = (text: string): object => ({
  deviceName: text,
  message: text,
  errorCode: text,
  actionStatus: text,
  lastSeen: text,
  file: text,
});

describe.skipIf(chromium === undefined)('report.html in a browser', { timeout: 120_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'cordon-page-'));
  let browser: Browser;
  beforeAll(async () => {
    browser = await launch(chromium ?? '');
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true });
  });

  interface Opened {
    readonly page: Page;
    readonly url: string;
    /** Messages of the console, errors, and everything the page asked the network for. */
    readonly said: string[];
    readonly requests: string[];
  }
  const open = async (report: Report, options: { width?: number; dark?: boolean } = {}): Promise<Opened> => {
    const file = join(folder, `${Math.random()}.html`);
    writeFileSync(file, (await Array.fromAsync(pageText(report, { madeAt: report.madeAt }))).join(''));
    const { width = 1280, dark = false } = options;
    const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme: dark ? 'dark' : 'light' });
    const [said, requests]: string[][] = [[], []];
    page.on('console', (message) => said?.push(message.text()));
    page.on('pageerror', (error) => said?.push(error.message));
    page.on('dialog', (dialog) => said?.push(dialog.message()));
    page.on('request', (request) => requests?.push(request.url()));
    const url = pathToFileURL(file).href;
    await page.goto(url);
    await page.locator('html.ready').waitFor();
    return { page, url, said: said ?? [], requests: requests ?? [] };
  };
  const rowsShown = (page: Page): Promise<number> => page.locator('.rows tbody tr').count();

  it('opens ten thousand rows in less than two seconds, and filters them in less than a tenth of one', async () => {
    const { page } = await open(await aReport({ rows: 10_000 }));
    const ready = Number(await page.evaluate("performance.getEntriesByType('navigation')[0].loadEventEnd"));
    const took = (act: string): Promise<number> =>
      page.evaluate(
        `new Promise((done) => { const t = performance.now(); ${act}; requestAnimationFrame(() => setTimeout(() => done(performance.now() - t))); })`,
      );
    const type = (text: string): string =>
      `const s = document.getElementById('search'); s.value = ${JSON.stringify(text)}; s.dispatchEvent(new Event('input', { bubbles: true }))`;
    const best = async (...acts: string[]): Promise<number> => {
      const times: number[] = [];
      for (const act of acts) times.push(await took(act));
      return Math.min(...times);
    };
    const first = await took(type('wks-12'));
    const filter = await best(type('ber 77'), type('mun 4'), type('refused'), type('1099'), type('v'));
    const clear = await took(type(''));
    const sort = await took(`document.querySelector('th button[data-sort="machine"]').click()`);
    const figures = { loaded: ready, first, filter, clear, sort };
    console.log(`10,000 rows, ms: ${JSON.stringify(figures, (_, value) => (typeof value === 'number' ? Math.round(value) : value))}`);
    expect(ready).toBeLessThan(2000);
    expect(filter).toBeLessThan(100);
    expect(await rowsShown(page)).toBe(100);
    await page.close();
  });

  it.each([
    ['wide and light', { width: 1280 }],
    ['wide and dark', { width: 1280, dark: true }],
    ['narrow and light', { width: 400 }],
    ['narrow and dark', { width: 400, dark: true }],
  ])('asks for nothing, says nothing, never scrolls sideways, and has no fault that axe finds: %s', async (_, options) => {
    for (const report of [await aReport({ rows: 239 }), await aReport({ rows: 20, run: { emulated: true }, extras: { plan: PLAN } })]) {
      const { page, url, said, requests } = await open(report, options);
      await page.evaluate(axe.source);
      const found: { id: string; impact: string; nodes: { html: string }[] }[] = await page.evaluate(
        'axe.run().then(({ violations }) => violations)',
      );
      expect(found.map(({ id, impact, nodes }) => [id, impact, nodes[0]?.html])).toEqual([]);
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(options.width);
      expect([said, requests]).toEqual([[], [url]]);
      await page.close();
    }
  });

  it('shows the rows that need somebody first, and finds, filters, sorts and opens rows', async () => {
    const { page } = await open(await aReport({ rows: 239 }));
    expect(await page.locator('.rows tbody tr').first().innerText()).toContain('Unknown');
    await page.getByRole('button', { name: 'Refused 3' }).click();
    expect([await rowsShown(page), await page.locator('#count').innerText()]).toEqual([3, '3 rows of 239']);
    await page.getByRole('button', { name: 'All 239' }).click();
    await page.keyboard.press('/');
    await page.keyboard.type('ver-wks nothing');
    expect(await page.locator('#place').innerText()).toBe('No row matches.');
    await page.getByLabel('Search').fill('ClientVersion wks');
    expect(await rowsShown(page)).toBe(3);
    await page.getByLabel('Search').fill('');
    await page.getByRole('columnheader', { name: 'Row' }).getByRole('button').click();
    expect(await page.locator('th[aria-sort="ascending"]').innerText()).toMatch(/^Row/);
    const first = page.getByRole('button', { name: 'Row 1, details' });
    await first.press('Enter');
    expect(await page.locator('tr.details').innerText()).toContain('machines.csv, line 2');
    expect(await page.evaluate("document.activeElement.getAttribute('aria-label')")).toBe('Row 1, details');
    await page.getByRole('button', { name: 'On →' }).click();
    expect(await page.locator('#place').innerText()).toBe('101–200 of 239');
    await page.close();
  });

  it.each([
    '<img src=x onerror=alert(1)>',
    '</script><script>alert(1)</script>',
    '<!--<script>',
    ']]></style></title><h1>gone</h1>',
    '"><svg onload=alert(1)>',
    'nul \0 esc \u001b[31m tab \t',
    'lone \ud800 surrogate, \u2028 and \u202e turned',
    '{{constructor.constructor("alert(1)")()}}',
  ])('keeps %j as text, wherever it stands', async (text) => {
    const made = (words: string): Promise<Report> =>
      aReport({
        rows: 30,
        run: { comment: words, operator: words, tenant: words, note: words },
        each: (row) => ({ ...row, ...said(words), input: { [words]: words } }),
        extras: {
          plan: { ...PLAN, warnings: [words, words], unmatched: [words], guards: [{ ...PLAN.guards[0], why: words, stops: true }] },
        },
      });
    const shape = async ({ page }: Opened): Promise<unknown> => {
      await page.locator('button.toggle').first().click();
      return page.evaluate(
        "[...document.querySelectorAll('script, style, img, svg, h1, meta, title, iframe, body > *')].map((e) => e.tagName).join()",
      );
    };
    const [hostile, tame] = [await open(await made(text)), await open(await made('plain'))];
    expect(await shape(hostile)).toEqual(await shape(tame));
    expect([hostile.said, hostile.requests]).toEqual([[], [hostile.url]]);
    const seen = text.replaceAll(/[\s\p{Cc}\p{Cf}\ud800\u2028]+.*/gu, '');
    expect(await hostile.page.locator('tr.details').innerText()).toContain(seen);
    await Promise.all([hostile.page.close(), tame.page.close()]);
  });

  it('prints every row, with the charts, without the controls, in light colours', async () => {
    const { page } = await open(await aReport({ rows: 2500 }), { dark: true });
    await page.evaluate(
      "addEventListener('beforeprint', () => { document.body.dataset.printed = document.querySelectorAll('.rows tbody tr').length })",
    );
    const pdf = await page.pdf({ format: 'A4' });
    expect(await page.evaluate('document.body.dataset.printed')).toBe('2500');
    expect(pdf.length).toBeGreaterThan(100_000);
    expect(await rowsShown(page)).toBe(100);
    await page.emulateMedia({ media: 'print' });
    expect(await page.evaluate('getComputedStyle(document.body).color')).toBe('rgb(26, 31, 41)');
    expect(await page.locator('#search').isVisible()).toBe(false);
    expect(await page.locator('.chart .area').count()).toBe(3);
    await page.close();
  });

  it('can be read without script: figures, next steps, charts and facts', async () => {
    const file = join(folder, 'plain.html');
    writeFileSync(file, (await Array.fromAsync(pageText(await aReport({ rows: 239 }), { madeAt: 0 }))).join(''));
    const context = await browser.newContext({ javaScriptEnabled: false });
    const page = await context.newPage();
    await page.goto(pathToFileURL(file).href);
    const text = await page.locator('body').innerText();
    for (const part of [
      '188',
      'confirmed',
      'cordon resume r-20261123-101530-k3f9',
      'report.csv beside this page has all 239 rows',
      'ana.keller',
    ])
      expect(text).toContain(part);
    expect(await page.locator('.chart .area').first().getAttribute('aria-label')).toContain('188 confirmed');
    await context.close();
  });
});
