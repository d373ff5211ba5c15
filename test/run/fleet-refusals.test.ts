/** What the fleet refuses before it asks its server; with a server it is test/fleet's and test/e2e's. */
import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { listSchedules, removeSchedule } from '../../src/run/schedules.ts';
import { schedule, submit } from '../../src/run/submit.ts';
import { work } from '../../src/run/worker.ts';
import { ids, useCase, yes, type UseCase, type Values } from '../support/use-case.ts';

/** A server that nobody runs. */
const AWAY = { state: 'postgres://cordon@127.0.0.1:9/cordon' };
const unfollowed = () => ({ listener: () => undefined, close: async () => undefined });
const refused = (exitCode: number, message: string) => ({ exitCode, message: expect.stringContaining(message) });

async function three(): Promise<UseCase> {
  const scene = await useCase();
  scene.file('list.txt', ...ids(3));
  return scene;
}

const request = (scene: UseCase, more: Values, jobName = 'restrict', list = scene.path('list.txt')) => ({
  jobName,
  lists: [list],
  settings: scene.settings(more),
  confirm: yes,
  follow: unfollowed,
});

describe('the fleet', () => {
  it('needs a state that its workers share', async () => {
    const scene = await three();
    const { tools } = scene;
    const idle = { settings: scene.settings(), follow: unfollowed, listener: {} };
    const shared = refused(2, 'the fleet needs a state that its workers share');
    await expect(submit(request(scene, {}), tools)).rejects.toMatchObject(shared);
    await expect(schedule(request(scene, { every: '0 2 * * *', yes: true }), tools)).rejects.toMatchObject(shared);
    await expect(work(idle, tools)).rejects.toMatchObject(shared);
    await expect(listSchedules(scene.settings({ state: undefined }), tools)).rejects.toMatchObject(refused(2, 'a file of this machine'));
    await expect(removeSchedule('x', scene.settings({ ...AWAY, emulator: true }), tools)).rejects.toMatchObject(
      refused(2, 'ends with its process'),
    );
    expect(existsSync(scene.path('state.db'))).toBe(false);
  });

  it('takes no run for a time that has passed', async () => {
    const scene = await three();
    await expect(submit(request(scene, { ...AWAY, at: '2020-01-01T00:00Z' }), scene.tools)).rejects.toMatchObject(refused(2, 'has passed'));
  });

  it.each<[why: string, exitCode: number, message: string, more: Values, job?: string, list?: string]>([
    ['without a job that there is', 2, 'is no job', {}, 'dance'],
    ['without a comment', 2, '--comment is missing', { comment: undefined }],
    ['of a saved plan', 2, '--plan is for one run', { plan: 'plan.json' }],
    ['of what cannot be taken back', 6, 'never done by the clock alone', {}, 'offboard'],
    ['that nobody confirms beforehand', 6, 'nobody is there to ask', { yes: false }],
    ['of standard input', 2, 'standard input cannot be read again', {}, 'restrict', '-'],
    ['of a list that is not there', 2, 'none.txt', {}, 'restrict', 'none.txt'],
  ])('keeps no schedule %s', async (_, exitCode, message, more, job, list) => {
    const scene = await three();
    const given = request(scene, { ...AWAY, every: '0 2 * * *', yes: true, ...more }, job, list);
    await expect(schedule(given, scene.tools)).rejects.toMatchObject(refused(exitCode, message));
  });
});
