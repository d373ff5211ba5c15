import { expect, it } from 'vitest';
import type { WaveBriefing } from '../../../src/core/waves.ts';
import { confirmWaveBy } from '../../../src/cli/views/question.ts';

const BRIEFING: WaveBriefing = {
  runId: 'r-1',
  emulated: false,
  action: 'restrict app execution on',
  wave: { number: 2, of: 4, after: 1, end: 10, next: 300 },
  result: { calls: 9, confirmed: 7, open: 1, bad: 1 },
  soFar: { calls: 10, confirmed: 8, open: 1, bad: 1 },
  machines: 290,
};

it('tells how the wave ended, and takes the number of the next machines alone for a yes', async () => {
  const asked: string[] = [];
  const answer = (text: string | undefined) =>
    confirmWaveBy(
      async (question) => {
        asked.push(question);
        return text;
      },
      () => 80,
    )(BRIEFING);
  expect(await answer(' 290 ')).toEqual({ yes: true });
  expect(asked[0]).toBe(
    [
      'Wave 2 of 4: 9 called, 7 confirmed, 1 still open, 1 went wrong.',
      'All so far: 10 called, 8 confirmed, 1 still open, 1 went wrong.',
      'The next wave is to restrict app execution on 290 machines. Type the number of',
      'machines to go on, n to stop: ',
    ].join('\n'),
  );
  for (const text of ['n', '', 'yes', '300']) expect(await answer(text)).toEqual({ yes: false, why: 'the next wave was not confirmed' });
  expect(await answer(undefined)).toMatchObject({ yes: false, why: expect.stringContaining('no terminal') });
});
