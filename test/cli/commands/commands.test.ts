/** Commands from their flags to their words, in this process. */
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import { machineId } from '../../support/builders.ts';
import { inProcess, type InProcess, type MainOptions } from '../../support/main.ts';
import { listen } from '../../support/proxy.ts';
import { ids, useCase, type UseCaseOptions } from '../../support/use-case.ts';

/** A list of three machines, and the flags that every command needs. */
async function scene(options: UseCaseOptions = {}) {
  const at = await useCase(options);
  const list = at.file('list.txt', ...ids(3));
  const env = { ...at.tools.env, CORDON_API_URL: at.api.url, CORDON_REPORT: at.path('{run}'), CORDON_FORMATS: 'json,csv' };
  const call = (args: readonly string[], more: MainOptions = {}): Promise<InProcess> =>
    inProcess([...args, '--state', at.path('state.db')], { ...more, env: { ...env, ...more.env } });
  const run = (args: readonly string[] = [], more: MainOptions = {}): Promise<InProcess> =>
    call(['run', 'restrict', list, '--comment', 'INC-7', ...args], more);
  return { at, list, call, run };
}

/** Log lines of standard error. */
const logged = ({ stderr }: InProcess) =>
  stderr
    .trim()
    .split('\n')
    .map((line): Record<string, unknown> => JSON.parse(line));

/** Whatever is posted to an address of the test's own. */
async function inbox(): Promise<{ readonly url: string; readonly posted: Record<string, unknown>[] }> {
  const posted: Record<string, unknown>[] = [];
  const server = createServer((request, response) => {
    let text = '';
    request.setEncoding('utf8').on('data', (piece: string) => (text += piece));
    request.on('end', () => {
      posted.push(JSON.parse(text));
      response.end();
    });
  });
  const port = await listen(server);
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${port}/hook`, posted };
}

describe('cordon run', () => {
  it('tells a machine in log lines and one summary', async () => {
    const { run } = await scene();
    const result = await run(['--yes']);
    expect(result).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/3 {2}accepted[^]*Exit code 0: every call was created/) });
    const events = logged(result).flatMap(({ event }) => (event === undefined || event === 'note' ? [] : [event]));
    expect(events).toEqual(['reading', 'facts.read', 'planned', 'run.begin', 'run.end']);
  });

  it('asks a person, and shows them a bar', async () => {
    const { at, run } = await scene();
    const asked = await run([], { answer: '3' });
    expect(asked).toMatchObject({
      exitCode: 0,
      stderr: expect.stringMatching(/reading machine facts …[^]*3 planned\n[^]*Run r-.*: 3 calls/),
    });
    expect(await run(['--again'], { answer: 'n' })).toMatchObject({
      exitCode: 6,
      stderr: expect.stringContaining('not confirmed; nothing was sent'),
    });
    expect(await run(['--again'], { answer: '4' })).toMatchObject({ exitCode: 6, stderr: expect.stringContaining('"4" is not 3') });
    expect(await run(['--again'])).toMatchObject({ exitCode: 6, stderr: expect.stringMatching(/no terminal to ask on[^]*--confirm 3/) });
    expect(at.api.requestsOf('POST')).toHaveLength(3);
  });

  it('prints one JSON object, also of an error', async () => {
    const { call, run } = await scene();
    expect(JSON.parse((await run(['--yes', '--json'])).stdout)).toMatchObject({ exitCode: 0, summary: { outcomes: { created: 3 } } });
    const wrong = await call(['run', 'restrict', 'none.csv', '--comment', 'x', '--json']);
    expect(JSON.parse(wrong.stdout)).toMatchObject({ exitCode: 2, error: { message: expect.stringContaining('none.csv') } });
    expect(JSON.parse((await run(['--nonsense', '--json'])).stdout)).toMatchObject({ exitCode: 2 });
  });

  it('says why its exit code is what it is, also when it is resumed without the flag that made it so', async () => {
    const { at, call, run } = await scene();
    const why = { exitCode: 3, stdout: expect.stringContaining('Exit code 3: some rows are created (3).') };
    expect(await run(['--yes', '--fail-on', 'created'])).toMatchObject(why);
    const id = (await at.state().runs())[0]?.id ?? '';
    expect(await call(['resume', id])).toMatchObject(why);
  });

  it('reads standard input, and is a preview with --dry-run', async () => {
    const { at, call } = await scene();
    const dry = await call(['run', 'restrict', '-', '--dry-run', '--comment', 'x'], { input: machineId(1) });
    expect(dry).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^Preview: restrict app execution, 1 rows/) });
    expect(at.api.requestsOf('POST')).toEqual([]);
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 143],
  ] as const)('stops at %s with exit %i, and ends at once at a second one', async (signal, code) => {
    const { call, run } = await scene();
    let sent = 0;
    const stopped = await run(['--yes', '--no-facts', '--rate', '1/1h,2/2h', '--log-level', 'debug'], {
      onPrint: (text, send) => {
        if (!text.includes('call.settled') || (sent += 1) > 1) return;
        send(signal);
        send(signal);
      },
    });
    expect(stopped).toMatchObject({ exitCode: code, exits: [code], stdout: expect.stringMatching(/cordon resume r-\S+ +goes on/) });
    expect(stopped.stderr).toMatch(/"event":"stopping"[^]*"event":"run.end"[^]*"note":"ended at once: /);
    const resumed = await call(['resume', '--rate', '100/1m,1500/1h']);
    expect(resumed).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('3  accepted') });
  });

  it('tells an address of start and end, and says nothing of it where it cannot', async () => {
    const { at, run } = await scene();
    const { url, posted } = await inbox();
    expect(await run(['--yes'], { env: { CORDON_NOTIFY_URL: url } })).toMatchObject({ exitCode: 0 });
    expect(posted).toMatchObject([{ event: 'start' }, { event: 'end', exitCode: 0 }]);
    for (const [address, why] of [
      ['nonsense', 'is no URL'],
      ['http://hooks.example/x', 'must begin with https://'],
      ['https://user:secret@hooks.example/x', 'must not hold a user name or password'],
    ] as const) {
      const result = await run(['--yes', '--again', '--notify-file', at.file('hook', address)]);
      expect(result).toMatchObject({ exitCode: 0, stderr: expect.stringContaining(why) });
      expect(result.stderr).not.toContain('secret');
    }
  });

  it('shows a live page for as long as it works, and writes metrics', async () => {
    const { at, run } = await scene();
    let page = '';
    const shown = await run(['--yes', '--page', '--metrics-file', at.path('cordon.prom')], {
      onPrint: (text) => (page ||= /http:\/\/127\.0\.0\.1:\d+\/\S+\/runs\/r-[\w-]+/.exec(text)?.[0] ?? ''),
    });
    expect(shown.exitCode).toBe(0);
    expect(page).not.toBe('');
    await expect(fetch(page)).rejects.toThrow('fetch failed');
    expect(readFileSync(at.path('cordon.prom'), 'utf8')).toContain('cordon_');
  });
});

describe('cordon preview', () => {
  it('prints words, or one JSON object', async () => {
    const { at, list, call } = await scene();
    const text = await call(['preview', 'restrict', list]);
    expect(text).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/3 {2}planned[^]*Next:\n {2}cordon run restrict .* --confirm 3\n$/),
    });
    const json = await call(['preview', 'restrict', list, '--json', '--detailed-exitcode']);
    expect(json.exitCode).toBe(20);
    expect(JSON.parse(json.stdout)).toMatchObject({ exitCode: 20, summary: { calls: 3 } });
    expect(at.api.requestsOf('POST')).toEqual([]);
  });
});

describe('what the state has', () => {
  it('is listed, reported, verified and served', async () => {
    const { at, call, run } = await scene();
    expect(await call(['runs'])).toMatchObject({ exitCode: 0, stdout: 'There are no runs yet.\n' });
    await run(['--yes']);
    const { runs } = JSON.parse((await call(['runs', '--json'])).stdout);
    expect(runs).toMatchObject([{ state: 'done', outcomes: { created: 3 } }]);
    const folder = at.path('again');
    const elsewhere = { env: { CORDON_REPORT: folder } };
    expect(await call(['report'], elsewhere)).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('3 accepted') });
    expect(JSON.parse((await call(['report', runs[0].id, '--json'], elsewhere)).stdout)).toMatchObject({
      exitCode: 0,
      summary: { rows: 3 },
    });
    const verify = ['report', runs[0].id, '--verify', at.path(runs[0].id)];
    expect(await call(verify)).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('all files are as they were written') });
    at.file(`${runs[0].id}/report.csv`, 'mine');
    expect(JSON.parse((await call([...verify, '--json'])).stdout)).toMatchObject({ exitCode: 3 });
    const served = await call(['serve'], {
      onPrint: (text, send) => void (text.startsWith('http://') && setImmediate(() => send('SIGINT'))),
    });
    expect(served).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\//) });
  });

  it('of a collect run are packages', async () => {
    const { at, call } = await scene({ emulator: { actionMs: [0, 0], failing: [machineId(2)] } });
    const ran = await call(['run', 'collect', at.file('two.txt', ...ids(2)), '--comment', 'x', '--yes']);
    expect(ran.exitCode).toBe(0);
    expect(await call(['download'])).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('--to is missing') });
    const got = await call(['download', '--to', at.path('packages')]);
    expect(got).toMatchObject({ exitCode: 3, stdout: expect.stringMatching(/1 downloaded, 1 no-package\n {2}no-package: /) });
    const again = await call(['download', '--to', at.path('packages'), '--json']);
    expect(JSON.parse(again.stdout)).toMatchObject({ exitCode: 3, summary: { 'already-there': 1, 'no-package': 1 } });
  });
});

describe('cordon emulate', () => {
  it('serves the machines of a list until a signal ends it', async () => {
    const { list } = await scene();
    const result = await inProcess(['emulate', list, '--action-time', '1ms'], {
      onPrint: (text, send) => void (text.includes('http://127.0.0.1') && setImmediate(() => send('SIGINT'))),
    });
    expect(result.exitCode).toBe(0);
    expect(result.stdout + result.stderr).toContain('http://127.0.0.1:');
  });
});

describe('cordon completion', () => {
  it.each(['bash', 'zsh', 'fish', 'powershell'])('prints the script of %s', async (shell) => {
    expect(await inProcess(['completion', shell])).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('preview') });
  });

  it('names the shells that there are', async () => {
    expect(await inProcess(['completion', 'tcsh'])).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('bash|zsh|fish|powershell'),
    });
  });
});

it('a token is in nothing that is printed', async () => {
  // `npm start` leaves a folder of that name.
  const before = existsSync('reports');
  const { run } = await scene({ env: { CORDON_ACCESS_TOKEN: 'very-secret-token-of-somebody' } });
  const { stdout, stderr } = await run(['--yes', '--log-level', 'trace', '--operator', 'very-secret-token-of-somebody']);
  expect(stdout + stderr).not.toContain('very-secret-token-of-somebody');
  expect(existsSync('reports')).toBe(before);
});
