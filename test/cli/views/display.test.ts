import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { createDisplay, type Display } from '../../../src/cli/views/display.ts';
import { Secrets } from '../../../src/core/secrets.ts';

function display(level: string, isTTY: boolean): Display & { readonly written: () => string } {
  let text = '';
  const secrets = new Secrets();
  secrets.hide('s3cret-value');
  const made = createDisplay({ level, secrets, stderr: { isTTY, columns: 60, write: (part) => (text += part) } });
  return { ...made, written: () => text };
}

describe('stderr', () => {
  it('is JSON lines where no person reads along, sentences included, and no bar', () => {
    const { log, say, progress, written } = display('info', false);
    say('Run r-1');
    progress('███ 1/2');
    log.warn({ waitMs: 3 }, '429');
    const lines = written()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines).toMatchObject([
      { level: 'info', msg: 'Run r-1' },
      { level: 'warn', msg: '429', waitMs: 3 },
    ]);
  });

  it('is lines for people on a terminal, above a bar that fits it', () => {
    const { log, say, progress, written } = display('info', true);
    progress('█'.repeat(200));
    say('Run r-1');
    log.warn({ api: 'x' }, 'slow');
    expect(written()).toContain('Run r-1\n');
    expect(written()).toMatch(/\d\d:\d\d:\d\d.*warn.*slow.*api=x/);
    expect(
      Math.max(
        ...written()
          .split(/[\r\n]/)
          .map((line) => line.match(/█/g)?.length ?? 0),
      ),
    ).toBe(59);
  });

  it('holds warnings and errors only when told to be quiet', () => {
    for (const terminal of [true, false]) {
      const { log, say, progress, written } = display('warn', terminal);
      say('Run r-1');
      progress('███');
      log.info({}, 'sending');
      expect(written()).toBe('');
      log.warn({}, 'slow');
      expect(written()).toContain('slow');
    }
  });

  it.each([true, false])('never shows a secret (terminal: %s)', (terminal) => {
    const { log, say, written } = display('info', terminal);
    say('the secret is s3cret-value');
    log.info(
      { token: 'abcdef', nested: { password: 'hunter22' }, url: 'https://x/?client_secret=aaaaaaaa' },
      'Bearer eyJhbGciOiJub25lIn0.eyJhIjoxfQ.sig',
    );
    expect(written()).not.toMatch(/s3cret-value|abcdef|hunter22|aaaaaaaa|eyJ/);
  });
});

it('lets no foreign text steer the terminal', () => {
  const { log, written } = display('info', true);
  log.warn({ name: 'pc1\u001B[2J\u202Egnp.exe' }, 'odd\nname');
  expect(stripVTControlCharacters(written())).toMatch(/warn odd name  name=pc1 \[2J gnp\.exe\n$/);
});
