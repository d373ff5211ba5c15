/** What the documents tell as a story, line by line, by the real program against `cordon emulate`. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { DEFAULT_OPTIONS } from '../../src/emulator/world/defaults.ts';
import { machineId } from '../support/builders.ts';
import { cordon, outcomesOf, readReport, scratch, type CliResult } from '../support/cli.ts';
import { shellBlocks, simpleCommands, textOf } from '../support/documents.ts';
import { startCordon } from '../support/started.ts';

/** The commands of a block, as words behind `cordon`. */
function commandsIn(block: string): string[][] {
  const lines = block.replaceAll(/\\\n\s*/g, ' ').split('\n');
  return lines.flatMap(simpleCommands).map(([, ...words]) => words);
}

/** Nobody is at a terminal here to type the number. */
const ASKS = new Set(['run', 'undo', 'cancel']);

const machines = Array.from({ length: 40 }, (_, at) => ({
  id: machineId(at + 1),
  computerDnsName: `${at < 2 ? 'dc' : 'ws-'}${at}.corp.example`,
}));

interface Place extends AsyncDisposable {
  readonly path: string;
  readonly url: string;
  readonly run: (argv: readonly string[]) => Promise<CliResult>;
}

/** A folder with the lists that the documents speak of, and the emulator that holds their machines. */
async function place(): Promise<Place> {
  const folder = scratch();
  folder.file('machines.csv', `Device ID,Device name\n${machines.map(({ id, computerDnsName }) => `${id},${computerDnsName}\n`).join('')}`);
  for (const name of ['never-touch.txt', 'never.txt']) folder.file(name, '# domain controllers\nname:dc*\n');
  folder.file('fleet.json', JSON.stringify(machines));
  const emulator = startCordon(['emulate', '--fleet', 'fleet.json', '--speed', '60', '--action-time', '50-200ms'], { cwd: folder.path });
  const url = /http:\/\/127\.0\.0\.1:\d+/.exec(await emulator.printed(/Ctrl-C/))?.[0] ?? '';
  const env = {
    HOME: folder.path,
    AZURE_TENANT_ID: DEFAULT_OPTIONS.tenant,
    AZURE_CLIENT_ID: DEFAULT_OPTIONS.clientId,
    AZURE_CLIENT_SECRET: DEFAULT_OPTIONS.clientSecret,
    AZURE_AUTHORITY_HOST: url,
    CORDON_API_URL: url,
  };
  return {
    path: folder.path,
    url,
    run: (argv) => cordon(argv, { cwd: folder.path, env }),
    [Symbol.asyncDispose]: async () => {
      emulator.process.kill('SIGKILL');
      await emulator.ended;
      folder[Symbol.dispose]();
    },
  };
}

it('goes from the list to the evidence', async () => {
  await using here = await place();
  const [, block = ''] = /<!-- story[^\n]*-->\n```sh\n([\s\S]*?)```/.exec(textOf('README.md')) ?? [];
  let run = 'RUN';
  const said: Record<string, string> = {};
  const rowsAfter: Record<string, Record<string, string>[]> = {};
  for (const words of commandsIn(block)) {
    const argv = [...words.map((word) => word.replace('RUN', run)), ...(ASKS.has(words[0] ?? '') ? ['--yes'] : [])];
    const { code, stdout, stderr } = await here.run(argv);
    expect({ argv, code, stderr: code === 0 ? '' : stderr + stdout }).toStrictEqual({ argv, code: 0, stderr: '' });
    const [command = ''] = words;
    said[command] = stdout;
    if (command === 'run') run = /r-\d{8}-\d{6}-\w+/.exec(stdout)?.[0] ?? run;
    if (command !== 'preview') rowsAfter[command] = readReport(join(here.path, 'reports', run));
  }

  expect(Object.keys(said)).toStrictEqual(['preview', 'run', 'follow', 'status', 'undo', 'report']);
  expect(said['preview']).toMatch(/\b38 planned|\b38 +planned/);
  expect(outcomesOf(rowsAfter['run'] ?? [])).toStrictEqual({ created: 38, excluded: 2 });
  expect(statuses(rowsAfter['follow'] ?? [])).toStrictEqual(new Set(['Succeeded']));
  expect(said['status']).toContain('38 confirmed');
  await expect.poll(() => stillRestricted(here.url)).toBe(0);
  expect(existsSync(join(here.path, 'reports', run, 'SHA256SUMS'))).toBe(true);
  expect(readFileSync(join(here.path, 'reports', run, 'report.html'), 'utf8')).toContain('INC-1234 ransomware');
});

it('does nothing in the second night', async () => {
  await using here = await place();
  const [nightly = []] = commandsIn(shellBlocks('docs/schedules.md')[0] ?? '');
  const argv = nightly.map((word) => word.replace('/data/', './'));
  const nights = [await here.run(argv), await settled(here), await here.run(argv)];
  expect(nights.map(({ code }) => code)).toStrictEqual([0, 0, 0]);
  expect(nights[0]?.stdout).toMatch(/\b38 requests\b/);
  expect(nights[2]?.stdout).toMatch(/\b0 requests\b/);
});

/** All actions of the newest run have ended. */
function settled(here: Place): Promise<CliResult> {
  return here.run(['follow']);
}

/** On how many machines the restriction holds, as the emulator knows it. */
async function stillRestricted(url: string): Promise<number> {
  const text = await (await fetch(`${url}/_emulator/in-force`)).text();
  return text.match(/"restricted":true/g)?.length ?? 0;
}

/** Statuses of the actions that the run made. */
function statuses(rows: readonly Record<string, string>[]): Set<string | undefined> {
  return new Set(rows.filter(({ outcome }) => outcome === 'created').map((row) => row['action_status']));
}
