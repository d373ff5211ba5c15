import { expect, it } from 'vitest';
import { readActions, readMachines } from '../../src/core/answers.ts';
import { NOTHING_OBSERVED } from '../../src/core/observed.ts';
import type { AttemptEnd } from '../../src/core/ports.ts';
import { Secrets, secretsIn } from '../../src/core/secrets.ts';
import { createApi } from '../../src/defender/client.ts';
import { MemoryState } from '../../src/state/memory.ts';
import { scrubbing, scrubbingCreate } from '../../src/state/scrubbed.ts';
import { aRow, aRun, anAction, someFacts } from '../support/builders.ts';

const SECRETS = new Secrets();
SECRETS.hide('pass-of-the-proxy');
const RUN = aRun().id;

it('keeps no secret of what the other side said, and all the rest of it', async () => {
  const ends: AttemptEnd[] = [];
  class Keeping extends MemoryState {
    override async endAttempt(attempt: number, end: AttemptEnd): Promise<void> {
      ends.push(end);
      await super.endAttempt(attempt, end);
    }
  }
  const state = scrubbing(new Keeping(), SECRETS);
  await state.createRun(aRun(), [aRow(1, { deviceName: 'pass-of-the-proxy' }), aRow(2, { message: 'Bearer abcdefghij' })]);
  await state.lockRun(RUN);
  const begun = await state.beginAttempt({
    runId: RUN,
    row: 1,
    quotaKey: 'q',
    windows: [{ limit: 9, ms: 1000 }],
    now: () => 1,
    timeoutMs: 9,
  });
  const body = JSON.stringify({ error: { code: 'Odd', message: 'said: access_token=abc" and pass-of-the-proxy' } });
  await state.endAttempt(begun.begun ? begun.attempt : 0, {
    at: 2,
    answer: { kind: 'response', status: 400, body },
    verdict: 'settled',
    settlement: { outcome: 'refused', errorCode: 'Odd', message: 'said: pass-of-the-proxy', actionId: 'a1' },
  });
  await state.settle(RUN, 2, { outcome: 'failed', deviceName: 'pass-of-the-proxy' }, 3);
  const first429 = { status: 429, retryAfter: null, date: null, body: 'pass-of-the-proxy' };
  await state.updateRun(RUN, { note: 'pass-of-the-proxy', observed: { ...NOTHING_OBSERVED, first429 } });
  const kept = JSON.stringify([await state.run(RUN), await Array.fromAsync(state.rows(RUN)), ends]);
  expect(kept).not.toMatch(/pass-of-the-proxy|token=abc|abcdefghij/);
  const [answer] = ends.map((end) => end.answer);
  expect(JSON.parse(answer?.kind === 'response' ? answer.body : '')).toEqual({
    error: { code: 'Odd', message: 'said: access_token=[hidden]" and [hidden]' },
  });
});

it('is asked only after the answer was read: a comment or a tag that looks like a secret hides no list', async () => {
  const odd = 'access_token=abc"';
  const lists = [
    { value: [anAction({ requestorComment: odd }), anAction({ id: 'b' })] },
    { value: [someFacts({ machineTags: [odd] }), someFacts({ id: 'b' })] },
  ];
  const said = lists.map((list) => JSON.stringify(list));
  const api = createApi({
    origin: 'https://api.security.microsoft.com',
    timeoutMs: 1000,
    userAgent: 'test',
    transport: { send: async () => ({ kind: 'response', status: 200, headers: {}, body: said.shift() ?? '' }), close: () => {} },
  });
  const get = async (): Promise<string> => {
    const answer = await api.get({ token: 't', expiresAt: Infinity }, 'x', new AbortController().signal);
    return answer.kind === 'response' ? answer.body : '';
  };
  expect(readActions(await get())?.values[0]?.requestorComment).toBe(odd);
  expect(readMachines(await get())?.values[0]?.machineTags).toEqual([odd]);
});

it('keeps none either where something more is done in the step that keeps the run', async () => {
  const kept: unknown[] = [];
  const create = scrubbingCreate(async (run, rows, also: string) => void kept.push(run.id, ...rows, also), SECRETS);
  await create(aRun(), [aRow(1, { message: 'said: pass-of-the-proxy' })], 'the queue’s job');
  expect(kept).toEqual([RUN, aRow(1, { message: 'said: [hidden]' }), 'the queue’s job']);
});

it('takes the shared state’s password for a secret', () => {
  expect(secretsIn({ PGPASSWORD: 'of-the-server' })).toEqual(['of-the-server']);
});
