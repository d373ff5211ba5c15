import { describe, expect, it } from 'vitest';
import { HOUR, machineId, MINUTE, tenant, tokenOfApp } from '../tenant.ts';

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
    ['isolate', { IsolationType: 'UnManagedDevice' }, 'Isolate', 'UnManagedDevice'],
    ['runAntiVirusScan', { ScanType: 'Full' }, 'RunAntiVirusScan', 'Full'],
    ['offboard', {}, 'Offboard', null],
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

  it.each([
    ['offboard', { osPlatform: 'macOS', osBuild: null }, 400],
    ['StopAndQuarantineFile', { osPlatform: 'Ubuntu', osBuild: 6 }, 400],
    ['isolate', { osPlatform: 'macOS', osBuild: 6 }, 201],
    ['isolate', { osPlatform: 'Windows10', osBuild: 14_393 }, 400],
    ['isolate', { osPlatform: 'WindowsServer2012R2', osBuild: 9600 }, 201],
    ['restrictCodeExecution', { osPlatform: 'WindowsServer2016', osBuild: 14_393 }, 400],
    ['restrictCodeExecution', { osPlatform: 'WindowsServer2019', osBuild: 17_763 }, 201],
    ['collectInvestigationPackage', { osPlatform: 'Windows10', osBuild: 15_063 }, 201],
    ['runAntiVirusScan', { osPlatform: 'Windows10', osBuild: 15_063 }, 400],
  ])('%s on a machine of %j is answered %d', (segment, facts, status) => {
    const body = { Comment: 'x', ScanType: 'Quick', Sha1: 'a'.repeat(40) };
    expect(tenant({ fleet: [{ id: ID, ...facts }] }).ask('POST', `/api/machines/${ID}/${segment}`, { body }).status).toBe(status);
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

  it.each([
    { healthStatus: 'Inactive' },
    { healthStatus: 'ImpairedCommunication' },
    { onboardingStatus: 'CanBeOnboarded' },
    { mergedIntoMachineId: machineId(9) },
  ])('stays Pending on a machine with %j', (facts) => {
    const { post, ask, advance } = tenant({ fleet: [{ id: ID, ...facts }] });
    const path = `/api/machineactions/${String(post(ID).body['id'])}`;
    advance(24 * HOUR);
    expect(ask('GET', path).body['status']).toBe('Pending');
  });

  it('ends on a machine from which only telemetry is missing', () => {
    const { post, ask, advance } = tenant({ fleet: [{ id: ID, healthStatus: 'NoSensorData' }] });
    const path = `/api/machineactions/${String(post(ID).body['id'])}`;
    advance(MINUTE);
    expect(ask('GET', path).body['status']).toBe('Succeeded');
  });

  it('goes on when an offline machine is back', () => {
    const { post, ask, advance } = tenant({ offline: [ID], offlineForMs: [HOUR, HOUR], actionMs: [8000, 8000] });
    const path = `/api/machineactions/${String(post(ID).body['id'])}`;
    const statuses = [HOUR, 2000, 6000].map((ms) => {
      advance(ms);
      return ask('GET', path).body['status'];
    });
    expect(statuses).toStrictEqual(['Pending', 'InProgress', 'Succeeded']);
  });

  it('times out before a machine is back that comes too late', () => {
    const { post, ask, advance } = tenant({ offline: [ID], offlineForMs: [80 * HOUR, 80 * HOUR] });
    const path = `/api/machineactions/${String(post(ID).body['id'])}`;
    advance(90 * HOUR);
    expect(ask('GET', path).body['status']).toBe('TimeOut');
  });

  it('fails on a failing machine, and by chance as often as told', () => {
    const { post, ask, advance } = tenant({ failing: [ID], actionFailures: 0.2, rate: [{ limit: 1000, ms: MINUTE }] });
    const path = `/api/machineactions/${String(post(ID).body['id'])}`;
    for (let n = 2; n < 502; n++) post(machineId(n));
    advance(MINUTE);
    expect(ask('GET', path).body).toMatchObject({ status: 'Failed', errorHResult: -2_147_467_259 });
    const failed = ask('GET', "/api/machineactions?$filter=status eq 'Failed'").value.length;
    expect(failed).toBeGreaterThan(60);
    expect(failed).toBeLessThan(140);
  });

  it('takes as long as told for its type', () => {
    const { post, ask, advance } = tenant({ actionMs: [1000, 1000], actionMsOf: { Unisolate: [9000, 9000] } });
    post(ID);
    post(ID, 'unisolate');
    advance(1000);
    expect(ask('GET', '/api/machineactions').value.map(({ type, status }) => [type, status])).toStrictEqual([
      ['Unisolate', 'Pending'],
      ['RestrictCodeExecution', 'Succeeded'],
    ]);
  });

  it('ends for a device that is not onboarded where the others contain and release it', () => {
    const { ask, post, advance } = tenant({ fleet: [{ id: ID, onboardingStatus: 'CanBeOnboarded' }] });
    ask('POST', `/api/machines/${ID}/isolate`, { body: { Comment: 'x', IsolationType: 'UnManagedDevice' } });
    advance(MINUTE);
    post(ID, 'unisolate');
    advance(MINUTE);
    const statuses = ask('GET', '/api/machineactions').value.map(({ status }) => status);
    expect(statuses).toStrictEqual(['Succeeded', 'Succeeded']);
  });

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

  it('is always refused for a package, whatever is told', () => {
    const { post } = tenant({ duplicates: 'return' });
    expect([post(ID, 'collectInvestigationPackage').status, post(ID, 'collectInvestigationPackage').status]).toStrictEqual([201, 400]);
  });

  it('may become a new one that ends after all that came later', () => {
    const { post, ask, advance } = tenant({ duplicates: 'stack', actionMs: [10_000, 10_000] });
    for (const segment of ['isolate', 'isolate', 'unisolate', 'unisolate']) {
      expect(post(ID, segment).status).toBe(201);
      advance(1000);
    }
    advance(10_000);
    const open = ask('GET', "/api/machineactions?$filter=status eq 'Pending'").value;
    expect(open.map(({ type }) => type)).toStrictEqual(['Isolate']);
    advance(100_000);
    const [last] = ask('GET', '/api/machineactions?$orderby=lastUpdateDateTimeUtc desc&$top=1').value;
    expect(last).toMatchObject({ type: 'Isolate', status: 'Succeeded' });
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

describe('quarantine', () => {
  const sha1 = 'c'.repeat(40);
  const path = `/api/machines/${ID}/StopAndQuarantineFile`;
  const body = { Comment: 'x', Sha1: sha1 };

  it('is a 404 of its own text for a file that is not on the machine', () => {
    const message = `Sha1 ${sha1} was not found in machine ${ID}`;
    expect(tenant({ absentFiles: [sha1.toUpperCase()] }).ask('POST', path, { body })).toMatchObject({
      status: 404,
      error: { code: 'ResourceNotFound', message },
    });
    expect(tenant({ absentFileShare: 1 }).ask('POST', path, { body }).error).toMatchObject({ message });
  });

  it('needs a permission to read machines besides its own', () => {
    const made = tenant({ roles: ['Machine.StopAndQuarantine'] });
    expect(made.ask('POST', path, { body, token: tokenOfApp(made) })).toMatchObject({
      status: 403,
      error: {
        message:
          'The application does not have any of the required application permissions (Machine.Read.All, Machine.ReadWrite.All) to access the resource.',
      },
    });
  });
});

describe('live response', () => {
  const path = `/api/machines/${ID}/runliveresponse`;
  const body = { Comment: 'x', Commands: [{ type: 'GetFile', params: [{ key: 'Path', value: 'c:/x' }] }] };

  it('is an action with its commands, one at a time', () => {
    const { ask } = tenant({ duplicates: 'return' });
    expect(ask('POST', path, { body })).toMatchObject({
      status: 201,
      body: { type: 'LiveResponse', commands: [{ command: body.Commands[0] }] },
    });
    expect(ask('POST', path, { body })).toMatchObject({ status: 400, error: { code: 'ActiveRequestAlreadyExists' } });
  });

  it.each([{ Comment: 'x' }, { Comment: 'x', Commands: [] }, { Comment: 'x', Commands: [{ type: 'Format' }] }])('refuses %j', (bad) => {
    expect(tenant().ask('POST', path, { body: bad })).toMatchObject({ status: 400, error: { code: 'InvalidRequestBody' } });
  });

  it('has 10 a minute', () => {
    const { ask } = tenant();
    const statuses = Array.from({ length: 11 }, (_, n) => ask('POST', `/api/machines/${machineId(n)}/runliveresponse`, { body }).status);
    expect(statuses.filter((status) => status === 429)).toHaveLength(1);
  });
});

describe('an investigation', () => {
  it('is begun for a known machine with a comment', () => {
    const { ask } = tenant({ unknown: [machineId(2)] });
    const start = (n: number, body: object): number => ask('POST', `/api/machines/${machineId(n)}/startInvestigation`, { body }).status;
    expect([start(1, { Comment: 'x' }), start(1, {}), start(2, { Comment: 'x' })]).toStrictEqual([201, 400, 404]);
  });
});
