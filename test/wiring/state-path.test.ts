import { homedir } from 'node:os';
import { expect, it } from 'vitest';
import { statePath } from '../../src/wiring/state-path.ts';

it.each([
  ['linux', { XDG_STATE_HOME: '/s', HOME: '/home/ana' }, '/s/cordon/state.db'],
  ['linux', { HOME: '/home/ana' }, '/home/ana/.local/state/cordon/state.db'],
  ['linux', {}, `${homedir()}/.local/state/cordon/state.db`],
  ['darwin', { HOME: '/Users/ana', LOCALAPPDATA: 'C:\\no' }, '/Users/ana/.local/state/cordon/state.db'],
  ['win32', { LOCALAPPDATA: 'C:\\Users\\ana\\AppData\\Local', HOME: '/home/ana' }, 'C:\\Users\\ana\\AppData\\Local\\cordon\\state.db'],
  ['win32', { USERPROFILE: 'C:\\Users\\ana' }, 'C:\\Users\\ana\\AppData\\Local\\cordon\\state.db'],
  ['win32', { XDG_STATE_HOME: 'D:\\s', LOCALAPPDATA: 'C:\\x' }, 'D:\\s\\cordon\\state.db'],
] as const)('the state of a user of %s with %o is %s', (platform, env, path) => {
  expect(statePath(undefined, false, env, platform)).toBe(path);
  expect(statePath(undefined, true, env, platform)).toBe(path.replace('state.db', 'emulated.db'));
});

it('--state has the last word', () => {
  expect(statePath('/x/y.db', true, { XDG_STATE_HOME: '/s' })).toBe('/x/y.db');
});
