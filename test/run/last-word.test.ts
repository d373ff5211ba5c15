/** Who has the last word on a machine, as a follow finds it: with an emulator on a real socket. */
import { describe, expect, it, vi } from 'vitest';
import type { RunEvent } from '../../src/core/events.ts';
import type { Run, RunRow } from '../../src/core/types.ts';
import type { EmulatorOptions } from '../../src/emulator/world/options.ts';
import { follow, type FollowEnding } from '../../src/run/follow.ts';
import { resume } from '../../src/run/resume.ts';
import { start } from '../../src/run/start.ts';
import { machineId } from '../support/builders.ts';
import type { Instead } from '../support/recorder.ts';
import { ids, useCase, yes, type UseCase, type Values } from '../support/use-case.ts';

/** Somebody asks for the opposite by hand the moment that ours is accepted. */
async function byHand(scene: UseCase, segment: string): Promise<void> {
  const answer = await fetch(`${scene.api.emulator.url}/api/machines/${machineId(1)}/${segment}`, {
    method: 'POST',
    headers: { authorization: 'Bearer other', 'content-type': 'application/json' },
    body: JSON.stringify({ Comment: 'by hand', ...(segment === 'isolate' && { IsolationType: 'Full' }) }),
  });
  expect(answer.status).toBe(201);
}

interface World {
  readonly job: string;
  readonly theirs: string;
  readonly emulator?: Partial<EmulatorOptions>;
  readonly instead?: Instead;
}

interface Made {
  readonly scene: UseCase;
  readonly run: Run;
  /** Follows the run as another process would. */
  readonly look: (more?: Values) => Promise<FollowEnding>;
  readonly rows: () => Promise<RunRow[]>;
}

/** Until the types of the actions that are open are as they should be. */
async function until({ api }: UseCase, isSo: (open: readonly string[]) => boolean): Promise<void> {
  const open = (): string[] =>
    api.emulator.actions().flatMap(({ type, status }) => (status === 'Pending' || status === 'InProgress' ? [type] : []));
  while (!isSo(open())) await new Promise((resolve) => void setTimeout(resolve, 5));
}

/** A run over two machines whose actions have ended; on the first somebody's opposite one was asked for meanwhile. */
async function ran({ job, theirs, emulator, instead }: World): Promise<Made> {
  const planted = Promise.withResolvers<void>();
  const onEvent = (event: RunEvent): void => {
    if (event.kind === 'settled' && event.row === 1) byHand(scene, theirs).then(planted.resolve, planted.reject);
  };
  const forEver = new Set(Object.keys(emulator?.actionMsOf ?? {}));
  const took = { actionMs: [700, 700], actionMsOf: { Isolate: [800, 800] }, machines: ids(2), ...emulator } as const;
  const scene: UseCase = await useCase({ emulator: took, onEvent, ...(instead && { instead }) });
  const list = scene.file('list.txt', ...ids(2));
  const { run } = await start({ jobName: job, lists: [list], settings: scene.settings(), confirm: yes }, scene.tools);
  await planted.promise;
  await until(scene, (open) => open.every((type) => forEver.has(type)));
  return {
    scene,
    run,
    look: (more = {}) => follow({ runId: run.id, settings: scene.settings(more) }, scene.tools),
    rows: () => Array.fromAsync(scene.state().rows(run.id)),
  };
}

const RELEASE = { job: 'unisolate', theirs: 'isolate' } as const;
const FOR_EVER = { actionMsOf: { Isolate: [1e6, 1e6] } } as const;

describe('an opposite action beside a run’s own', () => {
  it.each([RELEASE, { job: 'restrict', theirs: 'unrestrictCodeExecution' }])(
    'that outlasts $job is told, with exit 3, until ours has the last word again',
    async ({ job, theirs }) => {
      const { look, rows, scene } = await ran({ job, theirs });
      expect(await look()).toMatchObject({
        exitCode: 3,
        note: '1 overtaken: an opposite action had the last word',
        opposed: { overtaken: 1 },
        standings: { confirmed: 2, pending: 0, failed: 0 },
      });
      expect((await rows()).map(({ opposed }) => opposed?.kind)).toEqual(['overtaken', undefined]);
      await byHand(scene, job === 'restrict' ? 'restrictCodeExecution' : job);
      await until(scene, (open) => open.length === 0);
      expect(await look()).toMatchObject({ exitCode: 0, note: null, opposed: {} });
      expect((await rows()).map(({ opposed }) => opposed?.kind)).toEqual([undefined, undefined]);
    },
  );

  it('that is still open is told, with exit 4', async () => {
    const { look, rows } = await ran({ ...RELEASE, emulator: FOR_EVER });
    expect(await look()).toMatchObject({
      exitCode: 4,
      note: '1 contested: an opposite action is still open',
      opposed: { contested: 1 },
    });
    expect((await rows())[0]?.opposed?.words).toMatch(
      /^an Isolate action of .*, asked for before this one ended, is still (Pending|InProgress)/,
    );
  });

  it('that was asked for afterwards is a later decision: a note, and no more', async () => {
    const { scene, look, rows } = await ran({ job: 'restrict', theirs: 'isolate' });
    expect(await look()).toMatchObject({ exitCode: 0, opposed: {} });
    await byHand(scene, 'unrestrictCodeExecution');
    await until(scene, (open) => open.length === 0);
    expect(await look()).toMatchObject({ exitCode: 0, note: null, opposed: { revoked: 1 } });
    expect((await rows()).map(({ opposed }) => opposed?.kind)).toEqual(['revoked', undefined]);
  });
});

describe('where the list of both types', () => {
  /** From when on the test answers itself. */
  const answering = (status: number, body: object = {}): { instead: Instead; begin: () => void } => {
    let isOn = false;
    const instead: Instead = (_, url) => (isOn && /type%20eq|type\+eq/.test(url) ? { status, body } : undefined);
    return { instead, begin: () => void (isOn = true) };
  };

  it.each([
    [503, {}, 'HTTP 503'],
    [403, { error: { code: 'Forbidden', message: 'no roles' } }, 'no roles'],
  ])('is answered %i, following ends as it would, and says that it could not look', async (status, body, why) => {
    const { instead, begin } = answering(status, body);
    const { scene, look, rows } = await ran({ ...RELEASE, instead });
    begin();
    const ending = await look();
    expect(ending).toMatchObject({ exitCode: 0, opposed: {}, standings: { confirmed: 2 } });
    expect(ending.note).toContain('whether opposite actions had the last word could not be read: ');
    expect(ending.note).toContain(why);
    expect(scene.complaints).toContain('whether opposite actions had the last word could not be read');
    expect((await rows())[0]?.opposed).toBeUndefined();
    expect((await scene.state().run(ending.run.id))?.note).toBe(ending.note);
  });

  it('cannot be filtered, it is read unfiltered', async () => {
    const { instead, begin } = answering(400, { error: { code: '', message: 'The query specified in the URI is not valid.' } });
    const { look } = await ran({ ...RELEASE, instead });
    begin();
    expect(await look()).toMatchObject({ exitCode: 3, opposed: { overtaken: 1 } });
  });

  it('is throttled by others without end, that ends this read alone', async () => {
    const { instead, begin } = answering(429, { error: { code: 'TooManyRequests', message: 'Try again in 0 seconds.' } });
    const { look } = await ran({ ...RELEASE, instead });
    begin();
    const ending = await look({ rate: ['100/100ms', '1000/200ms'] });
    expect(ending).toMatchObject({
      exitCode: 0,
      note: expect.stringContaining('could not be read: throttled by others for longer than 200ms'),
    });
  });
});

describe('a run whose actions are waited for', () => {
  it('has in its record, until following ends, that their ends are not known yet: whoever reads a report after a kill is told', async () => {
    const scene = await useCase({ emulator: { machines: ids(2), actionMs: [1e6, 1e6] } });
    const request = {
      jobName: 'unisolate',
      lists: [scene.file('list.txt', ...ids(2))],
      settings: scene.settings({ wait: true }),
      confirm: yes,
    };
    const ending = start(request, scene.tools);
    await vi.waitUntil(() => scene.api.emulator.actions().length === 2);
    const state = scene.state();
    const noted = async () => (await state.runs())[0];
    await vi.waitUntil(async () => (await noted())?.status === 'done');
    expect(await noted()).toMatchObject({ exitCode: 0, note: expect.stringContaining('who has the last word, is not known yet') });
    scene.controller.abort();
    expect(await ending).toMatchObject({ exitCode: 130, note: expect.stringContaining('following ended') });
    expect((await noted())?.note).toContain('following ended');
  });
});

describe('a run that nobody follows', () => {
  it('looks all the same where it finds that its lost actions have ended already', async () => {
    let mayRead = false;
    const forbidden = { status: 403, body: { error: { code: 'Forbidden', message: 'no' } } };
    const scene: UseCase = await useCase({
      emulator: { machines: ids(2), faults: { 'reset-after': 1 }, actionMs: [300, 300], actionMsOf: { Isolate: [500, 500] } },
      instead: (method, url) => (method === 'GET' && url.startsWith('/api/machineactions') && !mayRead ? forbidden : undefined),
    });
    const settings = scene.settings({ noFacts: true, readLag: '1ms', maxErrors: 100 });
    const request = { jobName: 'unisolate', lists: [scene.file('list.txt', ...ids(2))], settings, confirm: yes };
    // Theirs is lost after its effect too.
    const planted = until(scene, (open) => open.length > 0).then(() => byHand(scene, 'isolate').catch(() => undefined));
    const lost = await start(request, scene.tools);
    await planted;
    expect(
      scene.api.emulator
        .actions()
        .map(({ type }) => type)
        .toSorted(),
    ).toEqual(['Isolate', 'Unisolate', 'Unisolate']);
    expect(lost).toMatchObject({ exitCode: 3, summary: { outcomes: { unknown: 2 } } });
    await until(scene, (open) => open.length === 0);
    mayRead = true;
    const ending = await resume({ runId: lost.run.id, settings: scene.settings({ readLag: '1ms' }) }, scene.tools);
    expect(ending).toMatchObject({
      exitCode: 3,
      note: '1 overtaken: an opposite action had the last word',
      summary: { outcomes: { created: 2 }, opposed: { overtaken: 1 } },
    });
  });
});
