/** The incident of the README, its lines one after the other, by the real program against `cordon emulate`. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { DEFAULT_OPTIONS } from '../../src/emulator/world/defaults.ts';
import { machineId } from '../support/builders.ts';
import { cordon, outcomesOf, readReport, scratch } from '../support/cli.ts';
import { simpleCommands, textOf } from '../support/documents.ts';
import { startCordon } from '../support/started.ts';

/** The commands of the block behind the mark. */
function story(): string[][] {
  const [, block = ''] = /<!-- story[^\n]*-->\n```sh\n([\s\S]*?)```/.exec(textOf('README.md')) ?? [];
  return block
    .split('\n')
    .flatMap(simpleCommands)
    .map(([, ...words]) => words);
}

/** Nobody is at a terminal here to type the number. */
const ASKS = new Set(['run', 'undo', 'cancel']);

const machines = Array.from({ length: 40 }, (_, at) => ({
  id: machineId(at + 1),
  computerDnsName: `${at < 2 ? 'dc' : 'ws-'}${at}.corp.example`,
}));

it('goes from the list to the evidence', async () => {
  using folder = scratch();
  folder.file('machines.csv', `Device ID,Device name\n${machines.map(({ id, computerDnsName }) => `${id},${computerDnsName}\n`).join('')}`);
  folder.file('never-touch.txt', '# domain controllers\nname:dc*\n');
  folder.file('fleet.json', JSON.stringify(machines));
  const emulator = startCordon(['emulate', '--fleet', 'fleet.json', '--speed', '60', '--action-time', '50-200ms'], { cwd: folder.path });
  onTestFinished(async () => {
    emulator.process.kill('SIGKILL');
    await emulator.ended;
  });
  const url = /http:\/\/127\.0\.0\.1:\d+/.exec(await emulator.printed(/Ctrl-C/))?.[0] ?? '';
  const env = {
    HOME: folder.path,
    AZURE_TENANT_ID: DEFAULT_OPTIONS.tenant,
    AZURE_CLIENT_ID: DEFAULT_OPTIONS.clientId,
    AZURE_CLIENT_SECRET: DEFAULT_OPTIONS.clientSecret,
    AZURE_AUTHORITY_HOST: url,
    CORDON_API_URL: url,
  };

  let run = 'RUN';
  const said: Record<string, string> = {};
  const rowsAfter: Record<string, Record<string, string>[]> = {};
  for (const words of story()) {
    const argv = [...words.map((word) => word.replace('RUN', run)), ...(ASKS.has(words[0] ?? '') ? ['--yes'] : [])];
    const { code, stdout, stderr } = await cordon(argv, { cwd: folder.path, env });
    expect({ argv, code, stderr: code === 0 ? '' : stderr + stdout }).toStrictEqual({ argv, code: 0, stderr: '' });
    const [command = ''] = words;
    said[command] = stdout;
    if (command === 'run') run = /r-\d{8}-\d{6}-\w+/.exec(stdout)?.[0] ?? run;
    if (command !== 'preview') rowsAfter[command] = readReport(join(folder.path, 'reports', run));
  }

  expect(Object.keys(said)).toStrictEqual(['preview', 'run', 'follow', 'status', 'undo', 'report']);
  expect(said['preview']).toMatch(/\b38 planned|\b38 +planned/);
  expect(outcomesOf(rowsAfter['run'] ?? [])).toStrictEqual({ created: 38, excluded: 2 });
  expect(statuses(rowsAfter['follow'] ?? [])).toStrictEqual(new Set(['Succeeded']));
  expect(said['status']).toContain('38 confirmed');
  await expect.poll(() => stillRestricted(url)).toBe(0);
  expect(existsSync(join(folder.path, 'reports', run, 'SHA256SUMS'))).toBe(true);
  expect(readFileSync(join(folder.path, 'reports', run, 'report.html'), 'utf8')).toContain('INC-1234 ransomware');
});

/** On how many machines the restriction holds, as the emulator knows it. */
async function stillRestricted(url: string): Promise<number> {
  const text = await (await fetch(`${url}/_emulator/in-force`)).text();
  return text.match(/"restricted":true/g)?.length ?? 0;
}

/** Statuses of the actions that the run made. */
function statuses(rows: readonly Record<string, string>[]): Set<string | undefined> {
  return new Set(rows.filter(({ outcome }) => outcome === 'created').map((row) => row['action_status']));
}
