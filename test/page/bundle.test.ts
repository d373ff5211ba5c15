import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { SCRIPT, STYLE } from '../../src/page/bundle.ts';
import { BUNDLE, bundleText } from './build.ts';

it('the bundle is what the sources make: npm run page', async () => {
  expect(readFileSync(BUNDLE, 'utf8')).toBe(await bundleText());
});

it('nothing in the script or the style can end its element, or ask for anything', () => {
  expect(SCRIPT).not.toMatch(/<\/script|<!--|<script/i);
  expect(STYLE).not.toMatch(/<\/style|@import|url\(/i);
});
