/** What a look costs and what it sees, over real sockets. */
import { describe, expect, it } from 'vitest';
import { Halt } from '../../../src/engine/attempts/halt.ts';
import { StatusReader } from '../../../src/engine/follow/read.ts';
import { start, type Session } from '../../../src/index.ts';
import { openLane } from '../../../src/wiring/lanes.ts';
import { clock } from '../../../src/wiring/tools.ts';
import type { RunningEmulator } from '../../../src/emulator/server.ts';
import { machineId } from '../../support/builders.ts';
import { opened } from '../../support/session.ts';

const QUICK = { speed: 60, rate: [{ limit: 10_000, ms: 60_000 }], actionMs: [1, 2] } as const;
const WIDE = { rate: ['10000/1m', '100000/1h'] };
const ids = (count: number): string[] => Array.from({ length: count }, (_, i) => machineId(i + 1));

async function ran(session: Session, machines: string[]) {
  const confirm = async () => ({ yes: true }) as const;
  const { run } = await start(session, { job: 'restrict', machines, confirm });
  return session.state.followedActions(run.id, 'all');
}

async function readerOf({ api, server, ...session }: Session): Promise<StatusReader> {
  const { lane } = await openLane({ api, server, ...session }, { segment: 'machineactions' }, new Halt());
  return new StatusReader({ api, lane, server, clock });
}

const gets = (emulator: RunningEmulator): number => emulator.stats().apis.find(({ api }) => api === 'GET machineactions')?.requests ?? 0;

describe('a look at many actions', () => {
  it('costs one read for 300 of them, and one for the few that are left', async () => {
    const { session, emulator } = await opened({ ...QUICK, machines: ids(300) }, { ...WIDE, noFacts: true });
    const followed = await ran(session, ids(300));
    const reader = await readerOf(session);
    const look = await reader.look(followed);
    expect(look.kind === 'seen' && look.actions.length).toBe(300);
    expect(gets(emulator)).toBe(1);
    await reader.look(followed.slice(0, 20));
    expect(gets(emulator)).toBe(2);
  });

  it('costs as many reads as there are pages', async () => {
    const { session, emulator } = await opened({ ...QUICK, machines: ids(300), pageSize: 100 }, { ...WIDE, noFacts: true });
    const followed = await ran(session, ids(300));
    const look = await (await readerOf(session)).look(followed);
    expect(look.kind === 'seen' && look.actions.length).toBe(300);
    expect(gets(emulator)).toBe(3);
  });

  it('finds an action that is older than the run', async () => {
    const { session } = await opened({ ...QUICK, machines: ids(60), inProgress: [machineId(60)] }, { ...WIDE, noFacts: true });
    const followed = await ran(session, ids(60));
    const look = await (await readerOf(session)).look(followed);
    expect(look.kind === 'seen' && look.actions.length).toBe(60);
  });

  it('reads the list where a front end takes no filter by id', async () => {
    const { session } = await opened({ ...QUICK, machines: ids(3), maxUrl: 175 }, { ...WIDE, noFacts: true });
    const followed = await ran(session, ids(3));
    const look = await (await readerOf(session)).look(followed);
    expect(look.kind === 'seen' && look.actions.length).toBe(3);
  });

  it('leaves out what is listed late, and does not ask for it again at each look', async () => {
    const { session, emulator } = await opened({ ...QUICK, machines: ids(60), listLagMs: 3_600_000 }, { ...WIDE, noFacts: true });
    const followed = await ran(session, ids(60));
    const reader = await readerOf(session);
    for (let i = 0; i < 3; i += 1) expect(await reader.look(followed)).toEqual({ kind: 'seen', actions: [] });
    expect(gets(emulator)).toBe(3);
  });
});
