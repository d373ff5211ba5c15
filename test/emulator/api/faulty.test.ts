import { describe, expect, it } from 'vitest';
import type { EmulatorOptions } from '../../../src/emulator/world/options.ts';
import { parseFaults } from '../../../src/emulator/world/faults.ts';
import { machineId, tenant, type Tenant } from '../tenant.ts';

const ID = machineId(1);

function faulty(fault: string, options: Partial<EmulatorOptions> = {}): Tenant {
  return tenant({ faults: parseFaults(`${fault}=1`), ...options });
}

function listed({ ask }: Tenant): Record<string, unknown>[] {
  return ask('GET', '/api/machineactions').value;
}

describe('refusals by fault', () => {
  it.each([
    [
      '403-roles',
      403,
      'Forbidden',
      'Missing application roles. API required roles: Machine.RestrictExecution, application roles: Machine.Read.All.',
    ],
    ['403-scopes', 403, 'Forbidden', 'Missing scopes. API required scopes: Machine.RestrictExecution, scopes: Machine.Read.'],
    [
      '403-permissions',
      403,
      'Forbidden',
      'The application does not have any of the required application permissions (Machine.RestrictExecution) to access the resource.',
    ],
    ['403-disallowed', 403, 'DisallowedOperation', 'This device has no automation level assigned to it'],
    ['403-feature', 403, 'DisabledFeature', 'disabled'],
    ['400-empty', 400, '', 'The query specified in the URI is not valid'],
    ['429', 429, '429', 'quota exceeded'],
  ])('%s is %d %s', (fault, status, code, message) => {
    const made = faulty(fault);
    expect(made.post(ID)).toMatchObject({
      status,
      error: { code, message: expect.stringContaining(message) },
    });
    expect(made.world.actions.size).toBe(0);
  });

  it('huge-error is an error as long as told', () => {
    expect(faulty('huge-error', { hugeBytes: 1000 }).post(ID)).toMatchObject({ status: 400, error: { message: 'x'.repeat(1000) } });
  });
});

describe('records that come out other than asked for', () => {
  it('comment-rewritten changes the punctuation, in the answer and in lists', () => {
    const made = faulty('comment-rewritten');
    const { body } = made.post(ID, 'restrictCodeExecution', '[cordon r-1]  it\'s "odd"');
    expect(body['requestorComment']).toBe('(cordon r-1) its odd');
    expect(listed(made)).toMatchObject([{ requestorComment: '(cordon r-1) its odd' }]);
  });

  it('comment-dropped leaves none', () => {
    const made = faulty('comment-dropped');
    expect(made.post(ID).body['requestorComment']).toBeNull();
    expect(listed(made)).toMatchObject([{ requestorComment: null }]);
  });

  it('other-machine carries another id, always the same', () => {
    const made = faulty('other-machine', { actionMs: [1, 1] });
    const other = 'f'.repeat(39) + 'e';
    expect(made.post(ID)).toMatchObject({ status: 201, body: { machineId: other, requestorComment: '[cordon r-1] test' } });
    expect(listed(made)).toMatchObject([{ machineId: other }]);
  });

  it('other-type carries another type', () => {
    expect(faulty('other-type').post(ID).body['type']).toBe('RunAntiVirusScan');
    expect(
      faulty('other-type').ask('POST', `/api/machines/${ID}/runAntiVirusScan`, { body: { Comment: 'x', ScanType: 'Quick' } }).body,
    ).toMatchObject({
      type: 'Isolate',
    });
  });

  it.each(['comment-rewritten', 'comment-dropped', 'other-machine', 'other-type'])('%s hides no double from the judge', (fault) => {
    const made = faulty(fault, { duplicates: 'stack' });
    made.post(ID);
    made.post(ID);
    expect(made.stats().doubles).toStrictEqual([{ machineId: ID, type: 'RestrictCodeExecution', tag: '[cordon r-1]', count: 2 }]);
  });

  it('a merged record answers with the one it went into, where told', () => {
    const fleet = [{ id: ID, mergedIntoMachineId: machineId(2) }];
    expect(tenant({ fleet }).post(ID).body['machineId']).toBe(ID);
    expect(tenant({ fleet, mergedAnswers: 'new' }).post(ID).body['machineId']).toBe(machineId(2));
  });
});

describe('answers of a wrong shape', () => {
  it('unreadable ones end in the middle, and the action is made', () => {
    const made = faulty('unreadable');
    const { answer } = made.react('POST', `/api/machines/${ID}/restrictCodeExecution`, { body: { Comment: 'x' } });
    expect(answer).toMatchObject({ status: 201, body: expect.not.stringMatching(/\}$/) });
    expect(made.world.actions.size).toBe(1);
  });

  it('huge ones are as long as told, and whole', () => {
    const told = faulty('huge', { hugeBytes: 100_000 }).post(ID);
    expect(told.text).toHaveLength(100_000);
    expect(told.body).toMatchObject({ type: 'RestrictCodeExecution', requestorComment: '[cordon r-1] test' });
  });
});

describe('faults of reads', () => {
  it.each([
    ['read-401', 401, 'Unauthorized'],
    ['read-403', 403, 'Forbidden'],
    ['read-429', 429, '429'],
    ['read-500', 500, 'InternalServerError'],
    ['read-503', 503, 'ServiceUnavailable'],
    ['read-empty', 400, ''],
  ])('%s is %d %s, for every list', (fault, status, code) => {
    const { ask } = faulty(fault);
    for (const list of ['machineactions', 'machines', 'alerts'])
      expect(ask('GET', `/api/${list}`)).toMatchObject({ status, error: { code } });
  });

  it.each([
    ['read-reset', 'reset'],
    ['read-hang', 'never'],
  ])('%s is no answer: %s', (fault, answer) => {
    expect(faulty(fault).react('GET', '/api/machineactions').answer).toBe(answer);
  });

  it('read-html404 is that of a front end, read-cut is half an answer, read-huge a long one', () => {
    expect(faulty('read-html404').ask('GET', '/api/machines')).toMatchObject({ status: 404, headers: { 'content-type': 'text/html' } });
    expect(() => faulty('read-cut').ask('GET', '/api/machines')).toThrow(SyntaxError);
    expect(faulty('read-huge', { hugeBytes: 5000 }).ask('GET', '/api/machines').text).toHaveLength(5000);
  });

  it('leave actions alone', () => {
    expect(faulty('read-503').post(ID).status).toBe(201);
  });
});
