/** Whose code is in the bundle: told by its source maps, which name every file that went in. */
import { globSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

export interface ThirdParty {
  readonly name: string;
  readonly version: string;
  /** SPDX. */
  readonly license: string;
  readonly licenseText: string;
}

const LICENSE_FILE = /^(licen[cs]e|copying)(\..*|-.*)?$/i;

/**
 * Every package with a file in the bundle below `dist`, by name, then version.
 * @throws Error when there are no maps, or a package has no licence to show: it may not be shipped then
 */
export function thirdParties(dist: string): ThirdParty[] {
  const maps = globSync(join(dist, '**/*.map'));
  if (maps.length === 0) throw new Error(`there are no source maps below ${dist}: build first`);
  const folders = new Set(maps.flatMap((map) => sourcesOf(map).flatMap((source) => packageFolder(source) ?? [])));
  return [...folders].map(read).sort((a, b) => a.name.localeCompare(b.name) || a.version.localeCompare(b.version));
}

function sourcesOf(map: string): string[] {
  const { sources }: { sources: string[] } = JSON.parse(readFileSync(map, 'utf8'));
  return sources.map((source) => resolve(dirname(map), source));
}

/** The package that a file belongs to: the one after the last `node_modules`; undefined for a file of our own. */
function packageFolder(path: string): string | undefined {
  return /^(.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+)[\\/]/.exec(path)?.[1];
}

function read(folder: string): ThirdParty {
  const about: { name: string; version: string; license?: string } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const licenseText = licenseOf(folder);
  if (licenseText === undefined || about.license === undefined) throw new Error(`${about.name} ${about.version} has no licence to show`);
  return { name: about.name, version: about.version, license: about.license, licenseText };
}

/** The licence's own file, or the readme's section of that name where a package has nothing else. */
function licenseOf(folder: string): string | undefined {
  const names = readdirSync(folder);
  const textOf = (pattern: RegExp): string | undefined => {
    const name = names.find((each) => pattern.test(each));
    return name === undefined ? undefined : readFileSync(join(folder, name), 'utf8');
  };
  const section = /^#+[ \t]*licen[cs]e[^\n]*\n(.*?)(?=^#+ |(?![\s\S]))/ims.exec(textOf(/^readme(\..*)?$/i) ?? '')?.[1];
  return (textOf(LICENSE_FILE) ?? section)?.trim() || undefined;
}

/** The text that goes with everything that is given away. */
export function noticesOf(parties: readonly ThirdParty[]): string {
  const list = parties.map(({ name, version, license }) => `  ${name} ${version} (${license})`).join('\n');
  const texts = parties.map(({ name, version, licenseText }) => `${'='.repeat(80)}\n${name} ${version}\n\n${licenseText}\n`);
  return `cordon contains code of these packages, unchanged but for bundling:\n\n${list}\n\n${texts.join('\n')}`;
}
