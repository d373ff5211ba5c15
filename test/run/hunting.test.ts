import { expect, it } from 'vitest';
import { UserError } from '../../src/core/errors.ts';
import type { HuntingDeps } from '../../src/engine/reads/hunting.ts';
import { wait } from '../../src/engine/attempts/wait.ts';
import { hunted } from '../../src/run/hunting.ts';
import { opened } from '../support/session.ts';

const forever = ({ halt }: HuntingDeps): Promise<void> => wait(3_600_000, halt.signal);

it('hunting that gives no answer is not waited for once somebody ends it', async () => {
  const { session } = await opened({});
  const ended = new AbortController();
  const asked = hunted('what is isolated', { ...session, tools: { ...session.tools, signal: ended.signal } }, forever);
  ended.abort();
  await expect(asked).rejects.toThrow(UserError);
  await expect(asked).rejects.toThrow('hunting (what is isolated) could not be read: stopped');
});

it('hunting that fails is told, and ends nothing', async () => {
  const { session } = await opened({});
  const failing = (): Promise<never> => Promise.reject(new UserError('no permission'));
  expect(await hunted('what is isolated', session, failing)).toEqual({ why: 'no permission' });
});
