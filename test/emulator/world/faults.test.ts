import { describe, expect, it } from 'vitest';
import { answerLate } from '../../../src/emulator/api/api.ts';
import { drawFault, FAULT_NAMES, NO_FAULTS } from '../../../src/emulator/world/faults.ts';
import { parseFaults } from '../../../src/emulator/world/faults.ts';
import { seeded } from '../../../src/emulator/random.ts';
import { UsageError } from '../../../src/core/errors.ts';
import { machineId, ORIGIN, tenant } from '../tenant.ts';

describe('parseFaults', () => {
  it('reads names and shares with commas or spaces between', () => {
    expect(parseFaults('503=0.03, reset-after=0.01 late=1')).toStrictEqual({ ...NO_FAULTS, '503': 0.03, 'reset-after': 0.01, late: 1 });
  });

  it('takes an empty text for no faults', () => {
    expect(parseFaults('')).toStrictEqual(NO_FAULTS);
  });

  it('names the known faults when it meets another', () => {
    expect(() => parseFaults('teapot=1')).toThrow(UsageError);
    expect(() => parseFaults('teapot=1')).toThrow(`unknown fault "teapot": known are ${FAULT_NAMES.join(', ')}`);
  });

  it.each(['503=2', '503=-1', '503=', '503', '503=x'])('refuses the share in %j', (text) => {
    expect(() => parseFaults(text)).toThrow('needs a share from 0 to 1');
  });
});

describe('drawing', () => {
  it('hits as often as told, and the same requests for the same seed', () => {
    const drawn = [seeded(42), seeded(42)].map((random) =>
      Array.from({ length: 10_000 }, () => drawFault({ ...NO_FAULTS, '503': 0.1 }, random)),
    );
    const hits = drawn[0]?.filter((name) => name === '503').length;
    expect(hits).toBeGreaterThan(900);
    expect(hits).toBeLessThan(1100);
    expect(drawn[0]).toStrictEqual(drawn[1]);
  });

  it('never hits a share of 0 and always one of 1, the earliest in the list first', () => {
    const random = seeded(1);
    expect(drawFault(NO_FAULTS, random)).toBeUndefined();
    expect(drawFault({ ...NO_FAULTS, late: 1, '401': 1 }, random)).toBe('late');
  });
});

describe('faults of a POST', () => {
  it.each([
    ['503', 503, 'ServiceUnavailable'],
    ['500', 500, 'InternalServerError'],
    ['404', 404, 'ResourceNotFound'],
    ['401', 401, 'Unauthorized'],
  ])('%s answers %d %s and has no effect', (fault, status, code) => {
    const { post, world } = tenant({ faults: parseFaults(`${fault}=1`) });
    expect(post(machineId(1))).toMatchObject({ status, error: { code } });
    expect(world.actions.size).toBe(0);
  });

  it('html502 answers with a page', () => {
    const { post } = tenant({ faults: parseFaults('html502=1') });
    expect(post(machineId(1))).toMatchObject({ status: 502, headers: { 'content-type': 'text/html' } });
  });

  it.each([
    ['reset-before', 'reset', 0],
    ['reset-after', 'reset', 1],
    ['hang-before', 'never', 0],
    ['hang-after', 'never', 1],
    ['late', 'never', 0],
  ])('%s ends in "%s" with %d actions', (fault, answer, actions) => {
    const { react, world } = tenant({ faults: parseFaults(`${fault}=1`) });
    const body = { Comment: 'x' };
    expect(react('POST', `/api/machines/${machineId(1)}/restrictCodeExecution`, { body }).answer).toBe(answer);
    expect(world.actions.size).toBe(actions);
  });

  it('late says after how long the effect comes', () => {
    const { react } = tenant({ faults: parseFaults('late=1'), lateMs: 1234 });
    const body = { Comment: 'x' };
    expect(react('POST', `/api/machines/${machineId(1)}/restrictCodeExecution`, { body }).laterMs).toBe(1234);
  });

  it('late judges the request when it takes effect, not when it came', () => {
    const { world, post } = tenant({ actionMs: [5000, 5000] });
    const caller = { tenant: 't', app: 'a', permissions: undefined };
    const request = { method: 'POST', path: '', target: '', query: new URLSearchParams(), headers: {}, body: '{"Comment":"late"}' };
    const path = `machines/${machineId(1)}/restrictCodeExecution`;
    const late = (now: number): string[] =>
      answerLate({ world, request, now, random: seeded(1), caller }, path).effects.map(({ kind }) => kind);
    post(machineId(1));
    expect(late(ORIGIN + 1000)).toStrictEqual(['see']);
    expect(late(ORIGIN + 5000)).toStrictEqual(['see', 'open']);
  });

  it('counts against the quota whatever happens', () => {
    const { react, stats } = tenant({ faults: parseFaults('reset-before=1') });
    react('POST', `/api/machines/${machineId(1)}/restrictCodeExecution`, { body: { Comment: 'x' } });
    expect(stats().apis).toMatchObject([{ api: 'restrictCodeExecution', requests: 1 }]);
  });

  it('leaves reads alone', () => {
    const { ask } = tenant({ faults: parseFaults('503=1') });
    expect(ask('GET', '/api/machineactions').status).toBe(200);
  });
});
