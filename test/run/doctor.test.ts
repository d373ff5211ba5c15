import { afterEach, describe, expect, it } from 'vitest';
import { jobs as allJobs } from '../../jobs/index.ts';
import { restrict } from '../../jobs/restrict.ts';
import { unrestrict } from '../../jobs/unrestrict.ts';
import { quotaLeft } from '../../src/core/eta.ts';
import { AuthError, StateError } from '../../src/core/errors.ts';
import type { Bearer } from '../../src/core/ports.ts';
import { API_WINDOWS } from '../../src/core/rate.ts';
import type { EmulatorOptions } from '../../src/emulator/world/options.ts';
import { diagnose, exitOfChecks, type Check, type DoctorInput } from '../../src/run/doctor.ts';
import { checkReach, madeUpId } from '../../src/run/doctor/reach.ts';
import { MemoryState } from '../../src/state/memory.ts';
import { asking, realClock, type Asking } from '../support/asker.ts';
import { machineId } from '../support/builders.ts';
import { record, type Instead, type Recorder } from '../support/recorder.ts';

const token = (claims: object): Bearer => ({
  token: ['{}', JSON.stringify(claims), 'x'].map((part) => Buffer.from(part).toString('base64url')).join('.'),
  expiresAt: Infinity,
});
const jobs = [restrict, unrestrict];
const ROLES = ['Machine.RestrictExecution', 'Machine.Read.All'];
const signIn = async (): Promise<Bearer> => token({ tid: 'contoso', appid: 'app', roles: ROLES, exp: 4_000_000_000 });

describe('cordon doctor', () => {
  let api: Recorder;
  let asks: Asking;
  afterEach(async () => {
    asks[Symbol.dispose]();
    await api[Symbol.asyncDispose]();
  });

  const examine = async (more: Partial<DoctorInput> = {}, options: Partial<EmulatorOptions> = {}, instead?: Instead): Promise<Check[]> => {
    api = await record({ machines: [machineId(1)], ...options }, instead);
    asks = asking(api.url, more.signIn ?? signIn);
    return diagnose({
      sources: { flags: { comment: ['x'] }, env: { AZURE_CLIENT_SECRET: 'hunter2', CORDON_RETRIES: '3', AZURE_TENANT_ID: 'contoso' } },
      jobs,
      host: api.url,
      clock: realClock,
      stateAt: 'in memory',
      openState: () => new MemoryState(),
      signIn,
      asker: asks.asker,
      quotaOf: async (state, { segment }) => {
        const { countsFrom } = await state.quotaUse(segment, API_WINDOWS, realClock.now);
        return quotaLeft(API_WINDOWS, countsFrom, realClock.now());
      },
      ...more,
    });
  };
  const levels = (checks: readonly Check[]) => Object.fromEntries(checks.map(({ name, level }) => [name, level]));
  const named = (checks: readonly Check[], name: string): Check | undefined => checks.find((check) => check.name === name);

  it('finds everything well, and made no action', async () => {
    const checks = await examine();
    expect(levels(checks)).toEqual({
      settings: 'ok',
      state: 'ok',
      'sign-in': 'ok',
      reach: 'ok',
      reads: 'ok',
      clock: 'ok',
      'read limits': 'ok',
      'permission restrict': 'ok',
      'permission unrestrict': 'ok',
      'quota restrict': 'ok',
      'quota unrestrict': 'ok',
    });
    expect(exitOfChecks(checks)).toBe(0);
    expect(api.emulator.actions()).toEqual([]);
    expect(api.requestsOf('POST')).toEqual(
      ['restrictCodeExecution', 'unrestrictCodeExecution'].map((segment) => `POST /api/machines/${madeUpId(0)}/${segment}`),
    );
    expect(named(checks, 'quota restrict')?.what).toBe('99 of 100 left per 1m, 1499 of 1500 left per 1h');
  });

  it('shows settings with their origin, and never a secret', async () => {
    const checks = await examine();
    expect(named(checks, 'settings')?.data).toEqual({
      settings: [
        { name: '--comment', value: 'x', from: 'flag' },
        { name: '--retries', value: '3', from: 'CORDON_RETRIES' },
        { name: 'AZURE_TENANT_ID', value: 'contoso', from: 'AZURE_TENANT_ID' },
        { name: 'AZURE_CLIENT_SECRET', value: '(set)', from: 'AZURE_CLIENT_SECRET' },
      ],
    });
    const all = JSON.stringify(checks);
    expect(all).not.toContain('hunter2');
    expect(all).not.toContain((await signIn()).token);
  });

  it('fails where there are no credentials, and asks the API nothing', async () => {
    const refused = (): Promise<never> => Promise.reject(new AuthError('no credentials', { hint: 'Set AZURE_CLIENT_ID.' }));
    const checks = await examine({ signIn: refused });
    expect(named(checks, 'sign-in')).toMatchObject({ level: 'fail', what: 'no credentials', next: 'Set AZURE_CLIENT_ID.' });
    expect(exitOfChecks(checks)).toBe(8);
    expect(api.requests).toEqual([]);
  });

  it('names the role that is missing, and fails where none of the jobs is permitted', async () => {
    const readOnly = async (): Promise<Bearer> => token({ tid: 'contoso', appid: 'app', roles: ['Machine.Read.All'] });
    const checks = await examine({ signIn: readOnly });
    expect(named(checks, 'permission restrict')).toMatchObject({
      level: 'fail',
      what: 'the token lacks Machine.RestrictExecution',
      next: expect.stringContaining('Grant Machine.RestrictExecution'),
    });
    expect(api.requestsOf('POST')).toEqual([]);
  });

  it('believes the API more than the token, and asks nothing that cannot be taken back', async () => {
    const signInOpaque = async (): Promise<Bearer> => ({ token: 'opaque', expiresAt: Infinity });
    const checks = await examine({ jobs: allJobs, signIn: signInOpaque }, {}, (method) =>
      method === 'POST' ? { status: 403, body: { error: { code: 'Forbidden', message: 'Missing application roles.' } } } : undefined,
    );
    expect(named(checks, 'permission restrict')).toMatchObject({ level: 'fail', what: '403 Forbidden: Missing application roles.' });
    expect(named(checks, 'permission offboard')).toMatchObject({ level: 'warn', what: expect.stringContaining('not tried') });
    expect(api.requestsOf('POST').filter((line) => line.endsWith('/offboard'))).toEqual([]);
  });

  it('posts nothing where the made-up machine might exist', async () => {
    const checks = await examine({}, { machines: 'any' });
    expect(named(checks, 'permission restrict')).toMatchObject({ level: 'warn', what: expect.stringContaining('not tried') });
    expect(api.requestsOf('POST')).toEqual([]);
  });

  it('says which filters are too long, and that it does without', async () => {
    const checks = await examine({}, {}, (_, url) => (url.length > 1800 ? { status: 414, body: {} } : undefined));
    expect(named(checks, 'read limits')).toMatchObject({
      level: 'warn',
      what: 'machines with 130 ids: HTTP 414; machineactions with 130 ids: HTTP 414',
      data: { statuses: { 'machines/30': 200, 'machines/130': 414, 'machineactions/30': 200, 'machineactions/130': 414 } },
    });
  });

  it('says that reads are not permitted, and goes on', async () => {
    const checks = await examine({}, {}, (method, url) =>
      method === 'GET' && url.includes('?') ? { status: 403, body: { error: { code: 'Forbidden', message: 'no' } } } : undefined,
    );
    expect(levels(checks)).toMatchObject({ reads: 'warn', 'permission restrict': 'ok' });
    expect(named(checks, 'read limits')).toBeUndefined();
  });

  it('says that the state cannot be had, and looks at the rest', async () => {
    const openState = (): never => {
      throw new StateError('the disk is full');
    };
    const checks = await examine({ openState });
    expect(named(checks, 'state')).toMatchObject({ level: 'fail', what: 'the disk is full' });
    expect(levels(checks)).toMatchObject({ reach: 'ok', 'permission restrict': 'ok' });
    expect(named(checks, 'quota restrict')).toBeUndefined();
  });
});

describe('cordon doctor without a server', () => {
  it('says what it could not reach', async () => {
    using asks = asking('http://127.0.0.1:9', signIn);
    const checks = await diagnose({
      sources: { flags: {}, env: {} },
      jobs,
      host: 'http://127.0.0.1:9',
      clock: realClock,
      stateAt: 'in memory',
      openState: () => new MemoryState(),
      signIn,
      asker: asks.asker,
      quotaOf: async () => [],
    });
    expect(checks.find(({ name }) => name === 'reach')).toMatchObject({ level: 'fail', what: expect.stringContaining('no connection') });
    expect(checks.map(({ name }) => name)).not.toContain('permission restrict');
  });
});

describe('the clock', () => {
  const at = Date.parse('2026-11-23T12:00:00Z');
  const seen = async (date: string | undefined) => {
    const asked = { at, ms: 200, answer: { kind: 'response', status: 200, body: '{"value":[]}', ...(date && { date }) } } as const;
    const checks = await checkReach({ get: async () => asked, post: async () => asked }, 'h');
    return checks.find(({ name }) => name === 'clock');
  };
  it.each([
    ['Mon, 23 Nov 2026 11:59:58 GMT', { level: 'ok', data: { offsetMs: -1400 } }],
    ['Mon, 23 Nov 2026 13:00:00 GMT', { level: 'warn', what: 'this machine is 1h behind the server' }],
    ['Mon, 23 Nov 2026 11:00:00 GMT', { level: 'warn', what: 'this machine is 59m 59s ahead of the server' }],
    [undefined, { level: 'warn', what: 'the server does not say its time' }],
  ])('against a server at %s', async (date, expected) => expect(await seen(date)).toMatchObject(expected));
});
