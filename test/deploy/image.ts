/**
 * The image, built and run for real: `node test/deploy/image.ts BUILDER`, where BUILDER builds the Dockerfile in the
 * current folder as localhost/try with buildah. Prints what it saw; a promise that does not hold ends it with an error.
 */
import assert from 'node:assert/strict';
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chown, mkdtempDisposable, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startEmulator } from '../../src/emulator/server.ts';
import { machineId } from '../support/builders.ts';

const UID = 1000;
const MOST_ADDED_MB = 6;
const MACHINES = 300;
const ENTRY = ['node', '/app/dist/cli.js'];
const env = { ...process.env, STORAGE_DRIVER: 'vfs', BUILDAH_ISOLATION: 'chroot' };

const [builder = ''] = process.argv.slice(2);
if (!existsSync(builder)) console.log(`image: not built here, because there is no builder at "${builder}"`);
else if (process.getuid?.() !== 0) console.log('image: not built here, because the builder needs root');
else await check(builder);

async function check(path: string): Promise<void> {
  console.log(`image: ${execFileSync(path, { encoding: 'utf8' }).trim()}`);
  await using folder = await mkdtempDisposable(join(tmpdir(), 'cordon-image-'));
  await chown(folder.path, UID, UID);
  const image = open('localhost/try');
  try {
    checkSize(image);
    await checkWrites(image, folder.path);
    await checkTermination(image, folder.path);
  } finally {
    buildah('rm', image.container);
  }
}

interface Image {
  readonly container: string;
  /** Where its files are. */
  readonly root: string;
}

function open(name: string): Image {
  const container = buildah('from', '--pull-never', name);
  return { container, root: buildah('mount', container) };
}

function buildah(...args: string[]): string {
  return execFileSync('buildah', args, { env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] }).trim();
}

function start({ container }: Image, data: string, args: readonly string[]): ChildProcess {
  const token = ['--env', 'CORDON_ACCESS_TOKEN=opaque-token'];
  return spawn('buildah', ['run', '-v', `${data}:/data`, ...token, container, '--', ...ENTRY, ...args], {
    env,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

async function codeOf(child: ChildProcess): Promise<unknown> {
  const [code] = await once(child, 'close');
  return code;
}

function checkSize(image: Image): void {
  const base = open('docker.io/library/node:24-slim');
  const added = (sizeOf(image.root) - sizeOf(base.root)) / 1e6;
  buildah('rm', base.container);
  console.log(`image: adds ${added.toFixed(1)} MB to its base`);
  assert(added < MOST_ADDED_MB, `the image adds ${added} MB`);
}

function sizeOf(root: string): number {
  return Number(execFileSync('du', ['-sb', root], { encoding: 'utf8' }).split('\t', 1)[0]);
}

/** A preview and a run, as the image's own user: nothing but /data is written. */
async function checkWrites(image: Image, data: string): Promise<void> {
  await writeFile(join(data, 'list.txt'), `${machineId(1)}\n${machineId(2)}\n`);
  assert.equal(await codeOf(start(image, data, ['--version'])), 0);
  const before = filesOf(image.root);
  for (const args of [
    ['preview', 'restrict', 'list.txt', '--no-api', '--json'],
    ['run', 'restrict', 'list.txt', '--comment', 'INC-7', '--emulator', '--speed', '60', '--yes', '--quiet'],
  ])
    assert.equal(await codeOf(start(image, data, args)), 0, args.join(' '));
  assert.deepEqual([...filesOf(image.root).symmetricDifference(before)], [], 'something outside /data was written');
  const state = await stat(join(data, 'cordon', 'emulated.db'));
  assert.deepEqual([state.uid, state.mode & 0o777], [UID, 0o600]);
  const reports = await readdir(join(data, 'reports'));
  assert.equal(reports.length, 1);
  console.log(`image: preview and run as uid ${state.uid} wrote to /data only (${(await readdir(data)).join(', ')})`);
}

/** Every file with its size and time of change; /run is where the builder itself leaves a mark each time. */
function filesOf(root: string): Set<string> {
  const found = execFileSync('find', [root, '-xdev', '-path', join(root, 'run'), '-prune', '-o', '-printf', '%P %y %s %C@\n'], {
    encoding: 'utf8',
    maxBuffer: 1e8,
  });
  return new Set(found.split('\n'));
}

/** SIGTERM in the middle of a run, then the same command: it finishes, and the emulator saw nothing twice. */
async function checkTermination(image: Image, data: string): Promise<void> {
  const emulator = await startEmulator({ speed: 60 });
  try {
    await writeFile(join(data, 'list.txt'), Array.from({ length: MACHINES }, (_, n) => machineId(n + 1)).join('\n'));
    const args = [
      'run',
      'restrict',
      'list.txt',
      '--comment',
      'INC-7',
      '--yes',
      '--resume-if-interrupted',
      '--rate',
      '100/1000ms,1500/60000ms',
      '--read-lag',
      '100ms',
      '--quiet',
      '--api-url',
      emulator.url,
    ];
    const first = start(image, data, args);
    const ended = codeOf(first);
    while (emulator.actions().length < MACHINES / 3) await sleep(20);
    const program = await programUnder(first.pid ?? process.pid);
    assert(program !== undefined, 'the program is not among the processes');
    process.kill(program, 'SIGTERM');
    const termAt = performance.now();
    assert.equal(await ended, 143);
    const took = performance.now() - termAt;
    const sent = emulator.actions().length;
    assert(sent < MACHINES, 'the run was over before it could be stopped');
    assert.equal(await codeOf(start(image, data, args)), 0);
    assert.equal(emulator.actions().length, MACHINES);
    assert.deepEqual(emulator.stats().doubles, []);
    console.log(
      `image: SIGTERM after ${sent} of ${MACHINES} machines ended it in ${(took / 1000).toFixed(1)} s with 143; the same command did the rest, none twice`,
    );
  } finally {
    await emulator.close();
  }
}

/** The program itself, among the processes that `parent` has started; undefined until it is there. */
async function programUnder(parent: number): Promise<number | undefined> {
  for (const pid of await childrenOf(parent)) {
    const [program = '', ...args] = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0');
    const found = program.endsWith('node') && args.includes(ENTRY[1] ?? '') ? pid : await programUnder(pid);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Any thread of a process may be the one that started another. */
async function childrenOf(pid: number): Promise<number[]> {
  const threads = await readdir(`/proc/${pid}/task`);
  const lists = await Promise.all(threads.map((thread) => readFile(`/proc/${pid}/task/${thread}/children`, 'utf8')));
  return lists.flatMap((list) => list.split(' ').filter(Boolean).map(Number));
}
