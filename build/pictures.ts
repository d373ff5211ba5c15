/**
 * `npm run pictures`: the pictures of the README, made from real runs on the built-in emulator. Needs script(1) of util-linux and
 * a Chromium on the path; takes some three minutes. What it writes is committed.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
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

const COMMAND = 'cordon run restrict machines.csv --exclude never-touch.txt --comment "INC-1234 ransomware" --emulator';
/** What a picture need not show. */
const MORE = '--max-targets 2000 --operator anna';

const folder = mkdtempSync(join(tmpdir(), 'cordon-pictures-'));
const env = { PATH: process.env['PATH'], HOME: folder, TERM: 'xterm-256color', LANG: 'C.UTF-8', TZ: 'UTC' };
try {
  const list = members();
  writeFileSync(join(folder, 'machines.csv'), listText(list));
  writeFileSync(join(folder, 'fleet.csv'), fleetText(list));
  writeFileSync(join(folder, 'never-touch.txt'), '# domain controllers\nname:dc*\n# production\nname:srv-*\n');
  mkdirSync(PICTURES, { recursive: true });
  const [screen] = await Promise.all([watchedRun(), finishedRun()]);
  writeFileSync(join(PICTURES, 'terminal.svg'), svgOf(screen, { title: TITLE, columns: COLUMNS }));
  await photographReport();
} finally {
  rmSync(folder, { recursive: true });
}

/** The command line of the picture as a shell runs it here. */
function shellLine(speed: number): string {
  const program = [process.execPath, resolve('build/pictures/incident.ts'), 'fleet.csv', String(speed)].join(' ');
  return `${COMMAND.replace('cordon', program)} ${MORE}`;
}

/** At the real API's pace, to the third minute; then Ctrl-C. */
async function watchedRun(): Promise<Screen> {
  const typed = COMMAND.replaceAll('"', String.raw`\042`);
  return sit(String.raw`printf '\033[1m$ ${typed}\033[0m\n'; ${shellLine(1)} --state watched.db --report watched`, {
    columns: COLUMNS,
    cwd: folder,
    env,
    types: [{ after: /(\d+) machines?[\s\S]*to stop: $/, text: (machines) => `${machines}\r` }],
    snapshot: /\b2\d\d\/1\d\d\d\b/,
  });
}

/** To its end, on an emulator whose hour takes a minute. */
async function finishedRun(): Promise<void> {
  const line = `${shellLine(60)} --speed 60 --state finished.db --report finished --read-lag 2s --yes --quiet --wait --timeout 40s`;
  await once(spawn(line, { cwd: folder, env, shell: true, stdio: ['ignore', 'ignore', 'inherit'] }), 'close');
}

async function photographReport(): Promise<void> {
  const page = pathToFileURL(join(folder, 'finished', 'report.html')).href;
  if (!readdirSync(join(folder, 'finished')).includes('report.html')) throw new Error('there is no report');
  const browser = await launch(chromiumPath() ?? '');
  for (const colorScheme of ['light', 'dark'] as const) {
    const tab = await browser.newPage({ viewport: { width: WIDTH, height: 860 }, colorScheme });
    await tab.goto(page);
    await tab.locator('html.ready').waitFor();
    const next = await tab.locator('#next').boundingBox();
    const clip = { x: 0, y: 0, width: WIDTH, height: Math.ceil((next?.y ?? 0) + (next?.height ?? 0)) + 24 };
    await tab.screenshot({ path: join(PICTURES, `report-${colorScheme}.png`), fullPage: true, clip });
  }
  await browser.close();
}
