import { isAbsolute, win32 } from 'node:path';
import { expect, it } from 'vitest';
import { consoleOf } from '../../src/cli/console.ts';

it('a question goes to the controlling terminal, not to a file of its name', () => {
  expect(consoleOf('linux')).toEqual({ keyboard: ['/dev/tty', 'r'], screen: ['/dev/tty', 'w'] });
  expect(consoleOf('darwin')).toEqual(consoleOf('linux'));
  for (const [path, flags] of Object.values(consoleOf('win32'))) {
    expect(win32.resolve('C:\\work', path)).toMatch(/^\\\\\.\\CON(IN|OUT)\$/);
    expect(flags).toBe('r+');
  }
  for (const [path] of Object.values(consoleOf('linux'))) expect(isAbsolute(path)).toBe(true);
});
