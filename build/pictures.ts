/**
 * `npm run pictures`: the pictures of the README, made from a real run on the built-in emulator. Needs script(1) of util-linux and
 * a Chromium on the path; takes some two minutes. What it writes is committed.
 */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { fleetText, listText, members } from './pictures/fleet.ts';
import { svgOf } from './pictures/svg.ts';
import { sit, type Screen } from './pictures/terminal.ts';
import { chromiumPath, launch } from '../test/support/browser.ts';

const PICTURES = 'docs/pictures';
const TITLE = 'cordon run: the question before anything is sent, the number typed, and the line of progress';
const COLUMNS = 108;
/** Of the report's page, in pixels. */
const WIDTH = 1120;
/** How much faster than the real API's the emulator's clock runs. */
const SPEED = 60;

const folder = mkdtempSync(join(tmpdir(), 'cordon-pictures-'));
try {
  const list = members();
  writeFileSync(join(folder, 'machines.csv'), listText(list));
  writeFileSync(join(folder, 'fleet.csv'), fleetText(list));
  writeFileSync(join(folder, 'never-touch.txt'), '# domain controllers\nname:dc*\n# production\nname:srv-*\n');
  mkdirSync(PICTURES, { recursive: true });
  writeFileSync(join(PICTURES, 'terminal.svg'), svgOf(await watchedRun(), { title: TITLE, columns: COLUMNS }));
  await photographReport();
} finally {
  rmSync(folder, { recursive: true });
}

/** @returns the screen while the run waits for the hour's quota */
async function watchedRun(): Promise<Screen> {
  const typed = 'cordon run restrict machines.csv --exclude never-touch.txt --comment "INC-1234 ransomware" --emulator';
  const program = [process.execPath, resolve('build/pictures/incident.ts'), 'fleet.csv', String(SPEED)].join(' ');
  const hidden = `--speed ${SPEED} --max-targets 2000 --operator anna --state state.db --read-lag 2s `;
  const { during, after } = await sit(
    `printf '\\033[1m$ ${typed.replaceAll('"', '\\042')}\\033[0m\\n'; ${typed.replace('cordon', program)} ${hidden}`,
    {
      columns: COLUMNS,
      cwd: folder,
      env: { PATH: process.env['PATH'], HOME: folder, TERM: 'xterm-256color', LANG: 'C.UTF-8', USER: 'anna' },
      types: [{ after: /(\d+) machines?[\s\S]*to stop: $/, text: (count) => `${count}\r` }],
      snapshot: /\b1(49|50)\d\/1\d\d\d\b/,
    },
  );
  for (const line of after) console.log(line.map(({ text }) => text).join(''));
  if (!during) throw new Error('the line of progress never came');
  return during;
}

async function photographReport(): Promise<void> {
  const [run = ''] = readdirSync(join(folder, 'reports'));
  const browser = await launch(chromiumPath() ?? '');
  for (const colorScheme of ['light', 'dark'] as const) {
    const page = await browser.newPage({ viewport: { width: WIDTH, height: 860 }, colorScheme, deviceScaleFactor: 1 });
    await page.goto(pathToFileURL(join(folder, 'reports', run, 'report.html')).href);
    await page.locator('html.ready').waitFor();
    const next = await page.getByRole('heading', { name: 'What to do next' }).locator('..').boundingBox();
    const clip = { x: 0, y: 0, width: WIDTH, height: Math.ceil((next?.y ?? 0) + (next?.height ?? 860)) + 24 };
    await page.screenshot({ path: join(PICTURES, `report-${colorScheme}.png`), fullPage: true, clip });
    await page.close();
  }
  await browser.close();
}
