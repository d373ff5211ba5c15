/** A real Chromium for tests of pages. Where there is none, tests of pages are left out with one printed reason. */
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { chromium, type Browser } from 'playwright-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];

/** Where Chromium is; undefined when it is nowhere. @throws Error when `REQUIRE_BROWSER=require` demands one */
export function chromiumPath(): string | undefined {
  const given = process.env['CORDON_TEST_CHROMIUM'];
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const found = [given ?? '', ...folders.flatMap((folder) => NAMES.map((name) => join(folder, name)))].find(
    (path) => path !== '' && existsSync(path),
  );
  if (found !== undefined) return found;
  const reason = 'no Chromium on PATH (or in CORDON_TEST_CHROMIUM): the pages are not tried in a browser';
  if (process.env['REQUIRE_BROWSER'] === 'require') throw new Error(reason);
  console.warn(reason);
  return undefined;
}

/** An own profile, no first-run pages, no traffic of its own. */
export function launch(executablePath: string, more: readonly string[] = []): Promise<Browser> {
  const quiet = ['--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu', ...quiet, ...more] });
}
