import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { EXIT } from '../../../src/core/exit.ts';
import { API_WINDOWS } from '../../../src/core/rate.ts';
import type { Answer, MachineAction, MachineFacts } from '../../../src/core/types.ts';
import { readFacts, type Facts, type WantedMachines } from '../../../src/engine/reads/facts.ts';
import { inChunks, inFilter } from '../../../src/engine/reads/walk.ts';
import { Halt } from '../../../src/engine/attempts/halt.ts';
import { Lane } from '../../../src/engine/attempts/lane.ts';
import { ServerClock } from '../../../src/engine/attempts/server-clock.ts';
import { AuthError } from '../../../src/core/errors.ts';
import { QuotaGate } from '../../../src/engine/quota/gate.ts';
import { MemoryState } from '../../../src/state/memory.ts';
import { anAction, machineId, someFacts } from '../../support/builders.ts';
import { testClock } from '../../support/clock.ts';
import { apiError, response } from '../../support/scripted.ts';

const machinesOf = (count: number, from = 1): MachineFacts[] =>
  Array.from({ length: count }, (_, i) => someFacts({ id: machineId(from + i), computerDnsName: `pc${from + i}` }));
const wanted = (count: number, more: Partial<WantedMachines> = {}): WantedMachines => ({
  ids: new Set(machinesOf(count).map(({ id }) => id)),
  whole: false,
  ...more,
});

interface Tenant {
  readonly machines: readonly MachineFacts[];
  readonly actions?: readonly MachineAction[];
  /** The most rows of a page, whatever is asked for. */
  readonly page?: number;
  readonly takesFilters?: boolean;
  readonly ignoresSkip?: boolean;
  /** The most rows of an answer to a filter, and whether it says that there are more. */
  readonly pagesOfIds?: number;
  readonly nextLinks?: boolean;
  /** Machines that the list steps over. */
  readonly hidden?: readonly string[];
  /** An answer instead, to the n-th request (from 1). */
  readonly instead?: (n: number, path: string) => Answer | undefined;
}

describe('reading facts', () => {
  const clock = testClock();
  let asked: string[];
  beforeEach(() => {
    vi.useFakeTimers();
    clock.reset();
    asked = [];
  });
  afterEach(() => void vi.useRealTimers());

  const read = async (tenant: Tenant, what: WantedMachines, outageMs = 60_000): Promise<Facts> => {
    const halt = new Halt();
    const state = new MemoryState();
    const lane = (segment: string): Lane =>
      new Lane({
        gate: new QuotaGate({ windows: API_WINDOWS, concurrency: 20, clock }),
        quotaKey: segment,
        windows: API_WINDOWS,
        state,
        clock,
        halt,
        outageMs,
        tokens: { current: async () => ({ token: 'x', expiresAt: Infinity }), renew: async () => false },
        log: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
        attemptTimeoutMs: 30_000,
        server: new ServerClock(clock),
        what: segment,
      });
    const api = {
      post: () => Promise.reject(new Error('a POST')),
      get: async (_: unknown, path: string) => {
        asked.push(path);
        return tenant.instead?.(asked.length, path) ?? answer(tenant, path);
      },
    };
    const types = ['RestrictCodeExecution', 'UnrestrictCodeExecution'] as const;
    const reading = readFacts({ api, halt, types, tries: Infinity, machines: lane('machines'), actions: lane('machineactions') }, what);
    let isOver = false;
    void reading.then(
      () => (isOver = true),
      () => (isOver = true),
    );
    while (!isOver) await vi.advanceTimersByTimeAsync(500);
    return reading;
  };

  function answer(
    { machines, actions = [], page = 10_000, takesFilters = true, ignoresSkip = false, pagesOfIds = page, nextLinks, hidden = [] }: Tenant,
    path: string,
  ): Answer {
    const query = new URLSearchParams(path.split('?')[1]);
    const filter = query.get('$filter');
    if (filter !== null && !takesFilters) return apiError(400, 'ODataError', 'not here');
    const inList = /^(id|computerDnsName) in \((.*)\)$/.exec(filter ?? '');
    const named = new Set(inList?.[2]?.split(',').map((text) => text.slice(1, -1)));
    const all: readonly object[] = path.startsWith('machineactions')
      ? actions
      : machines.filter(({ id, computerDnsName }) =>
          inList ? named.has(inList[1] === 'id' ? id : (computerDnsName ?? '')) : !hidden.includes(id),
        );
    const skip = ignoresSkip ? 0 : Number(query.get('$skip') ?? 0);
    const most = inList ? pagesOfIds : Math.min(page, Number(query.get('$top') ?? page));
    const more = nextLinks && all.length > skip + most ? { '@odata.nextLink': 'https://more' } : {};
    return response(200, { value: all.slice(skip, skip + most), ...more });
  }
  const machineReads = (): string[] => asked.filter((path) => path.startsWith('machines?'));

  it('asks for a short list by id, and once more for others of the same names', async () => {
    const twin = someFacts({ id: machineId(900), computerDnsName: 'pc1' });
    const facts = await read({ machines: [...machinesOf(50), twin, ...machinesOf(100, 1000)] }, wanted(50));
    expect(facts.machines.size).toBe(51);
    expect(machineReads()).toHaveLength(3);
    expect(asked).toHaveLength(4);
  });

  it('takes one GET for each 10,000 machines of a long list', async () => {
    const facts = await read({ machines: machinesOf(25_000) }, wanted(24_000));
    expect(facts.machines.size).toBe(25_000);
    expect(machineReads()).toHaveLength(3);
  });

  it('stops as soon as it knows all that it wants', async () => {
    await read({ machines: machinesOf(40_000) }, wanted(5000));
    expect(machineReads()).toHaveLength(1);
  });

  it('asks once more, many at a time, for machines that the list stepped over', async () => {
    const hidden = machinesOf(25, 100).map(({ id }) => id);
    const facts = await read({ machines: machinesOf(1000), hidden }, wanted(1000));
    expect(facts.machines.size).toBe(1000);
    expect(machineReads()).toHaveLength(2);
  });

  it('goes on where a server gives shorter pages than asked for', async () => {
    const facts = await read({ machines: machinesOf(1000), page: 150 }, wanted(1000));
    expect(facts.machines.size).toBe(1000);
    expect(machineReads().length).toBeLessThanOrEqual(8);
  });

  it('walks to the very end where filters are refused', async () => {
    const facts = await read({ machines: machinesOf(400), page: 100, takesFilters: false, actions: [anAction()] }, wanted(50));
    expect(facts.machines.size).toBeGreaterThanOrEqual(50);
    expect(facts.actions).toHaveLength(1);
  });

  it('ends where a server gives the same page for ever: enough for machines by id, and never the whole list', async () => {
    const facts = await read({ machines: machinesOf(500), ignoresSkip: true }, wanted(400));
    expect(facts.machines.size).toBe(500);
    const reading = read({ machines: machinesOf(500), ignoresSkip: true }, wanted(400, { whole: true }));
    await expect(reading).rejects.toMatchObject({ exitCode: EXIT.outage, message: 'machines cannot be read whole: a page was repeated' });
    expect(asked.length).toBeLessThanOrEqual(8);
  });

  const pageOf = (machines: readonly object[]): Answer => response(200, { value: machines });
  it.each<[string, (skip: number) => Answer | undefined, string]>([
    ['a page that is not there', (skip) => (skip === 200 ? apiError(404, 'ResourceNotFound', 'gone') : undefined), 'gone'],
    ['a page in another’s place', (skip) => (skip === 200 ? pageOf(machinesOf(100)) : undefined), 'a page was repeated'],
    ['a machine without an id', (skip) => (skip === 200 ? pageOf([{ nope: 1 }, ...machinesOf(99, 201)]) : undefined), 'a form that is not'],
    ['no end', (skip) => pageOf(machinesOf(2, skip + 1)), 'the list has no end'],
  ])('never takes a list with %s for the whole', async (_, say, why) => {
    const instead = (_n: number, path: string): Answer | undefined =>
      path.startsWith('machines?') ? say(Number(/skip=(\d+)/.exec(path)?.[1] ?? 0)) : undefined;
    const reading = read({ machines: machinesOf(500), page: 100, instead }, wanted(1, { whole: true }));
    await expect(reading).rejects.toMatchObject({ exitCode: EXIT.outage, message: expect.stringContaining(why) });
  });

  it('takes a list for whole whose last machine came again because another joined', async () => {
    const instead = (_n: number, path: string): Answer | undefined =>
      path.startsWith('machines?') && path.includes('skip=500') ? pageOf(machinesOf(1, 500)) : undefined;
    expect((await read({ machines: machinesOf(500), page: 100, instead }, wanted(1, { whole: true }))).onboarded).toBe(500);
  });

  it('does not say that a machine is not there by a part of the list', async () => {
    const reading = read({ machines: machinesOf(500), ignoresSkip: true, takesFilters: false, page: 100 }, wanted(200));
    await expect(reading).rejects.toMatchObject({ exitCode: EXIT.outage, message: expect.stringContaining('cannot be read whole') });
  });

  it.each<[string, Partial<Tenant>]>([
    ['says so', { pagesOfIds: 20, nextLinks: true }],
    ['says nothing', { pagesOfIds: 20 }],
    ['takes no $skip', { pagesOfIds: 20, nextLinks: true, ignoresSkip: true }],
    ['gives one at a time', { pagesOfIds: 1 }],
  ])('finds every machine by id where a server cuts its answers and %s', async (_, how) => {
    const facts = await read({ machines: machinesOf(100), ...how }, wanted(28));
    expect(facts.machines.size).toBe(28);
    expect((await read({ machines: machinesOf(20), ...how }, wanted(28))).machines.size).toBe(20);
  });

  it('reads on where an answer to names goes on', async () => {
    const twins = machinesOf(15, 900).map((machine) => ({ ...machine, computerDnsName: 'pc1' }));
    const facts = await read({ machines: [...machinesOf(5), ...twins], pagesOfIds: 10, nextLinks: true }, wanted(5));
    expect(facts.machines.size).toBe(20);
  });

  it('does not take a 404 to a question by id for machines that are not there', async () => {
    const instead = (_n: number, path: string): Answer | undefined =>
      path.includes(machineId(40)) && path.includes(machineId(41)) ? apiError(404, 'ResourceNotFound') : undefined;
    expect((await read({ machines: machinesOf(100), instead }, wanted(90))).machines.size).toBe(90);
  });

  it('takes no part of the actions for all of them: it may lack the one that took another back', async () => {
    const reading = read({ machines: machinesOf(500), ignoresSkip: true, actions: [anAction()] }, wanted(400, { whole: true }));
    await expect(reading).rejects.toThrow('machineactions cannot be read whole: a page was repeated');
  });

  it('does not ask for each machine of another tenant’s list', async () => {
    const facts = await read({ machines: machinesOf(10, 90_000) }, wanted(5000));
    expect(facts.machines.size).toBe(10);
    expect(machineReads().length).toBeLessThanOrEqual(3);
  });

  it('counts the onboarded machines when the whole list is wanted', async () => {
    const facts = await read(
      { machines: [...machinesOf(30), someFacts({ id: machineId(99), onboardingStatus: 'CanBeOnboarded' })] },
      wanted(1, { whole: true }),
    );
    expect(facts.onboarded).toBe(30);
  });

  it('reads nothing for an empty list', async () => {
    await read({ machines: machinesOf(3) }, wanted(0));
    expect(asked).toEqual([]);
  });

  it('reads again after an answer that says nothing', async () => {
    const facts = await read(
      {
        machines: machinesOf(2),
        instead: (n) => [response(503, 'busy'), response(200, '<html>'), { kind: 'lost', reason: 'reset' } as const][n - 1],
      },
      wanted(2),
    );
    expect(facts.machines.size).toBe(2);
  });

  it('takes a 404 for a tenant without machines', async () => {
    const facts = await read(
      { machines: [], instead: (_, path) => (path.startsWith('machines?') ? apiError(404, 'NotFound') : undefined) },
      wanted(2),
    );
    expect(facts.machines.size).toBe(0);
  });

  it('tells a missing permission', async () => {
    await expect(read({ machines: [], instead: () => apiError(403, 'Forbidden', 'Missing application roles') }, wanted(2))).rejects.toThrow(
      AuthError,
    );
  });

  it('gives up after the time an outage may last, and says that nothing was sent', async () => {
    const reading = read({ machines: [], instead: () => response(503, 'out') }, wanted(2), 30_000);
    await expect(reading).rejects.toMatchObject({
      exitCode: EXIT.outage,
      hint: expect.stringContaining('Nothing was sent. Reads are never a precondition'),
    });
  });

  it('makes filters that fit in a URL, with quotes doubled', () => {
    const ids = machinesOf(300).map(({ id }) => id);
    const chunks = inChunks('id', ids);
    expect(chunks.flat()).toEqual(ids);
    expect(chunks.length).toBeLessThanOrEqual(11);
    const urls = chunks.map((chunk) => new URL(`/api/machines?${inFilter('id', chunk)}`, 'https://aea.api.security.microsoft.com').href);
    expect(Math.max(...urls.map(({ length }) => length))).toBeLessThan(1800);
    expect(inFilter('computerDnsName', ["o'brien"])).toBe(`$filter=${encodeURIComponent("computerDnsName in ('o''brien')")}`);
  });
});
