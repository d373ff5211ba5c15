import { describe, expect, it } from 'vitest';
import { HOUR, machineId, MINUTE, tenant } from '../tenant.ts';

const ID = machineId(1);

describe('POST machines/{id}/restrictCodeExecution', () => {
  it('creates an action and answers 201 with every key of the API', () => {
    const { status, headers, body } = tenant().post(ID, 'restrictCodeExecution', '[cordon r-1] hello');
    expect(status).toBe(201);
    expect(headers).toMatchObject({ 'odata-version': '4.0' });
    expect(body).toStrictEqual({
      '@odata.context': 'https://api.securitycenter.microsoft.com/api/$metadata#MachineActions/$entity',
      id: expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
      type: 'RestrictCodeExecution',
      title: null,
      requestor: 'cordon emulator',
      requestorComment: '[cordon r-1] hello',
      status: 'Pending',
      machineId: ID,
      computerDnsName: 'pc-000000000001.emulated.example',
      creationDateTimeUtc: '2026-11-23T10:00:00Z',
      lastUpdateDateTimeUtc: '2026-11-23T10:00:00.0000005Z',
      cancellationRequestor: null,
      cancellationComment: null,
      cancellationDateTimeUtc: null,
      errorHResult: 0,
      scope: null,
      externalId: null,
      requestSource: 'PublicApi',
      relatedFileInfo: null,
      commands: [],
      troubleshootInfo: null,
    });
  });

  it('is the same below /api/v1.0, for upper-case ids and for another case of the path', () => {
    const { ask } = tenant();
    const path = `/api/v1.0/machines/${'A'.repeat(40)}/restrictcodeexecution`;
    expect(ask('POST', path, { body: { Comment: 'x' } })).toMatchObject({ status: 201, body: { machineId: 'a'.repeat(40) } });
  });

  it.each([
    ['restrictCodeExecution', {}, 'RestrictCodeExecution', null],
    ['unrestrictCodeExecution', {}, 'UnrestrictCodeExecution', null],
    ['isolate', { IsolationType: 'Full' }, 'Isolate', 'Full'],
    ['unisolate', {}, 'Unisolate', null],
    ['runAntiVirusScan', { ScanType: 'Quick' }, 'RunAntiVirusScan', 'Quick'],
    ['collectInvestigationPackage', {}, 'CollectInvestigationPackage', null],
    ['StopAndQuarantineFile', { Sha1: 'a'.repeat(40) }, 'StopAndQuarantineFile', null],
  ])('%s has its own type, and a scope only in later reads', (segment, extra, type, scope) => {
    const { ask } = tenant();
    const { body } = ask('POST', `/api/machines/${ID}/${segment}`, { body: { Comment: 'x', ...extra } });
    expect(body).toMatchObject({ type, scope: null });
    expect(ask('GET', `/api/machineactions/${String(body['id'])}`).body).toMatchObject({ type, scope });
  });

  it('names the file of a quarantine', () => {
    const sha1 = 'b'.repeat(40);
    const { body } = tenant().ask('POST', `/api/machines/${ID}/StopAndQuarantineFile`, { body: { Comment: 'x', Sha1: sha1 } });
    expect(body['relatedFileInfo']).toStrictEqual({ fileIdentifier: sha1, fileIdentifierType: 'Sha1' });
  });

  it.each([
    ['restrictCodeExecution', {}, 'MissingRequiredParameter', 'Parameter Comment is missing'],
    ['restrictCodeExecution', { Comment: '' }, 'MissingRequiredParameter', 'Parameter Comment is missing'],
    ['restrictCodeExecution', { comment: 'x' }, 'InvalidRequestBody', 'Request body is incorrect'],
    ['restrictCodeExecution', { Comment: 5 }, 'InvalidRequestBody', 'Request body is incorrect'],
    ['restrictCodeExecution', 'not json', 'InvalidRequestBody', 'Request body is incorrect'],
    ['restrictCodeExecution', '[]', 'InvalidRequestBody', 'Request body is incorrect'],
    ['runAntiVirusScan', { Comment: 'x' }, 'MissingRequiredParameter', 'Parameter ScanType is missing'],
    ['isolate', { Comment: 'x', IsolationType: 'full' }, 'InvalidInput', 'Parameter IsolationType is not valid'],
    ['StopAndQuarantineFile', { Comment: 'x', Sha1: 'zz' }, 'InvalidHashValue', 'Parameter Sha1 is not valid'],
  ])('%s refuses the body %j with %s', (segment, body, code, message) => {
    const { ask } = tenant();
    expect(ask('POST', `/api/machines/${ID}/${segment}`, { body })).toMatchObject({ status: 400, error: { code, message } });
  });

  it('does not know ids that are told to be unknown, not on the list, or no ids', () => {
    const notFound = { status: 404, error: { code: 'ResourceNotFound', message: `Machine ${ID} was not found` } };
    expect(tenant({ unknown: [ID] }).post(ID)).toMatchObject(notFound);
    expect(tenant({ machines: [machineId(2)] }).post(ID)).toMatchObject(notFound);
    expect(tenant().post('pc-1')).toMatchObject({ status: 404, error: { message: 'Machine pc-1 was not found' } });
  });

  it.each([
    [{ osPlatform: 'Ubuntu', osBuild: 6 }, 'OsPlatformNotSupported', "OS Platform Ubuntu isn't supported for this action"],
    [
      { osPlatform: 'Windows10', osBuild: 15_063 },
      'ClientVersionNotSupported',
      'RestrictCodeExecution is supported on client version 1709 and above',
    ],
  ])('refuses a machine of %j with %s', (facts, code, message) => {
    const { post } = tenant({ fleet: [{ id: ID, ...facts }] });
    expect(post(ID)).toMatchObject({ status: 400, error: { code, message } });
  });

  it('takes actions for Linux where the action exists there, and where the build is not said', () => {
    const { ask, post } = tenant({
      fleet: [
        { id: ID, osPlatform: 'Ubuntu' },
        { id: machineId(2), osBuild: null },
      ],
    });
    expect(ask('POST', `/api/machines/${ID}/isolate`, { body: { Comment: 'x', IsolationType: 'Full' } }).status).toBe(201);
    expect(post(machineId(2)).status).toBe(201);
  });
});

describe('the life of an action', () => {
  it('goes from Pending over InProgress to Succeeded', () => {
    const { post, ask, advance } = tenant({ actionMs: [8000, 8000] });
    const path = `/api/machineactions/${String(post(ID).body['id'])}`;
    const statuses = [1000, 1000, 5999, 1].map((ms) => {
      advance(ms);
      const { status, lastUpdateDateTimeUtc } = ask('GET', path).body;
      return [status, lastUpdateDateTimeUtc];
    });
    expect(statuses).toStrictEqual([
      ['Pending', '2026-11-23T10:00:00.0000005Z'],
      ['InProgress', '2026-11-23T10:00:02.0000005Z'],
      ['InProgress', '2026-11-23T10:00:02.0000005Z'],
      ['Succeeded', '2026-11-23T10:00:08.0000005Z'],
    ]);
  });

  it('stays Pending on an offline machine and times out after 3 days and 14 minutes', () => {
    const { post, ask, advance } = tenant({ offline: [ID] });
    const path = `/api/machineactions/${String(post(ID).body['id'])}`;
    advance(72 * HOUR + 14 * MINUTE - 1);
    expect(ask('GET', path).body).toMatchObject({ status: 'Pending', errorHResult: 0 });
    advance(1);
    expect(ask('GET', path).body).toMatchObject({ status: 'TimeOut', errorHResult: -2_145_844_840 });
  });

  it.each([{ healthStatus: 'Inactive' }, { onboardingStatus: 'CanBeOnboarded' }, { mergedIntoMachineId: machineId(9) }])(
    'stays Pending on a machine with %j',
    (facts) => {
      const { post, ask, advance } = tenant({ fleet: [{ id: ID, ...facts }] });
      const path = `/api/machineactions/${String(post(ID).body['id'])}`;
      advance(24 * HOUR);
      expect(ask('GET', path).body['status']).toBe('Pending');
    },
  );

  it('chooses offline machines by their ids, about as many as told', () => {
    const { post, ask, advance } = tenant({ offlineShare: 0.3, rate: [{ limit: 1000, ms: MINUTE }] });
    for (let n = 0; n < 500; n++) post(machineId(n));
    advance(HOUR);
    const pending = ask('GET', "/api/machineactions?$filter=status eq 'Pending'").value.length;
    expect(pending).toBeGreaterThan(100);
    expect(pending).toBeLessThan(200);
  });
});

describe('a second action of the same type', () => {
  it('is refused while the first is open', () => {
    const { post, advance } = tenant({ actionMs: [5000, 5000] });
    expect(post(ID).status).toBe(201);
    expect(post(ID)).toMatchObject({
      status: 400,
      error: { code: 'ActiveRequestAlreadyExists', message: 'Action is already in progress' },
    });
    advance(5000);
    expect(post(ID).status).toBe(201);
  });

  it('gets the first one where duplicates are returned', () => {
    const { post } = tenant({ duplicates: 'return' });
    const { id } = post(ID, 'restrictCodeExecution', 'first').body;
    const second = post(ID, 'restrictCodeExecution', 'second');
    expect([200, 201]).toContain(second.status);
    expect(second.body).toMatchObject({ id, requestorComment: 'first', scope: null });
  });

  it('gets both answers where they are mixed', () => {
    const { post } = tenant({ duplicates: 'mixed' });
    const statuses = Array.from({ length: 50 }, () => post(ID).status);
    expect(new Set(statuses.slice(1))).toStrictEqual(new Set([200, 201, 400]));
  });

  it('is known as a double when both carry the same tag, and not otherwise', () => {
    const { post, advance, stats } = tenant({ actionMs: [1, 1] });
    post(ID);
    advance(1000);
    post(ID, 'unrestrictCodeExecution');
    expect(stats().doubles).toStrictEqual([]);
    post(ID);
    expect(stats().doubles).toStrictEqual([{ machineId: ID, type: 'RestrictCodeExecution', tag: '[cordon r-1]', count: 2 }]);
  });
});

describe('what others do', () => {
  it('has an open action of the type asked for on machines in progress', () => {
    const { post, ask } = tenant({ inProgress: [ID] });
    expect(post(ID)).toMatchObject({ status: 400, error: { code: 'ActiveRequestAlreadyExists' } });
    const { value } = ask('GET', `/api/machineactions?$filter=machineId eq '${ID}'`);
    expect(value).toMatchObject([{ type: 'RestrictCodeExecution', status: 'InProgress', requestSource: 'Portal' }]);
    expect(String(value[0]?.['requestorComment'])).not.toContain('[cordon');
  });

  it('is one action, however often it is met, and not counted as created', () => {
    const { post, world, stats } = tenant({ inProgress: [ID] });
    post(ID);
    post(ID);
    expect(world.actions.size).toBe(1);
    expect(stats().created).toStrictEqual([]);
  });

  it('is returned where duplicates are', () => {
    const { body } = tenant({ inProgress: [ID], duplicates: 'return' }).post(ID);
    expect(body).toMatchObject({ requestorComment: 'Begun by somebody else', type: 'RestrictCodeExecution' });
  });

  it('leaves the way free once it was cancelled', () => {
    const { post, ask } = tenant({ inProgress: [ID] });
    post(ID);
    const [other] = ask('GET', '/api/machineactions').value;
    expect(ask('POST', `/api/machineactions/${String(other?.['id'])}/cancel`, { body: { Comment: 'x' } }).status).toBe(200);
    expect(post(ID).status).toBe(201);
  });

  it('can be a scan in the way, which is no action of the type asked for', () => {
    const { post, ask } = tenant({ blockedBy: [ID] });
    expect(post(ID)).toMatchObject({ status: 400, error: { code: 'ActiveRequestAlreadyExists' } });
    expect(ask('GET', '/api/machineactions').value).toMatchObject([{ machineId: ID, type: 'RunAntiVirusScan', status: 'InProgress' }]);
  });

  it('is chosen by ids where a share is told', () => {
    const { post } = tenant({ inProgressShare: 0.5, rate: [{ limit: 1000, ms: MINUTE }] });
    const refused = Array.from({ length: 400 }, (_, n) => post(machineId(n)).status).filter((status) => status === 400).length;
    expect(refused).toBeGreaterThan(150);
    expect(refused).toBeLessThan(250);
  });
});

describe('cancelling', () => {
  it('keeps the id and says who did it, one tick before the last update', () => {
    const { post, ask, advance } = tenant();
    const { id } = post(ID).body;
    advance(500);
    const path = `/api/machineactions/${String(id)}/cancel`;
    const { status, body } = ask('POST', path, { body: { Comment: 'wrong machine' } });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      id,
      status: 'Cancelled',
      errorHResult: -2_147_467_260,
      cancellationComment: 'wrong machine',
      cancellationRequestor: 'opaque',
      cancellationDateTimeUtc: '2026-11-23T10:00:00.5Z',
      lastUpdateDateTimeUtc: '2026-11-23T10:00:00.5000001Z',
    });
    expect(ask('GET', `/api/machineactions/${String(id)}`).body['status']).toBe('Cancelled');
    expect(ask('POST', path)).toMatchObject({ status: 400, error: { code: 'InvalidInput' } });
  });

  it('does not know other actions', () => {
    const path = '/api/machineactions/00000000-0000-4000-a000-000000000000/cancel';
    expect(tenant().ask('POST', path)).toMatchObject({ status: 404, error: { code: 'ResourceNotFound' } });
  });

  it('makes room for a new action', () => {
    const { post, ask } = tenant();
    ask('POST', `/api/machineactions/${String(post(ID).body['id'])}/cancel`);
    expect(post(ID).status).toBe(201);
  });
});
