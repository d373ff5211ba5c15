import { describe, expect, it } from 'vitest';
import { judge, waitOf } from '../../src/core/judge.ts';
import { isError } from '../../src/core/row-errors.ts';
import type { Answer, MachineAction } from '../../src/core/types.ts';
import { anAction, machineId } from '../support/builders.ts';

const QUESTION = {
  runId: 'r-20261123-101530-k3f9',
  actionType: 'RestrictCodeExecution',
  machineId: machineId(1),
  begunAfter: Date.UTC(2026, 10, 23, 10, 15, 30),
};
const NOW = Date.UTC(2026, 10, 23, 10, 15, 30);

function response(
  status: number,
  body: unknown,
  headers: { retryAfter?: string; date?: string } = {},
): Extract<Answer, { kind: 'response' }> {
  return { kind: 'response', status, body: typeof body === 'string' ? body : JSON.stringify(body), ...headers };
}
const kindOf = (answer: Answer): string => judge(QUESTION, answer, NOW).kind;
const error = (status: number, code: string, message = ''): Answer => response(status, { error: { code, message } });

describe('judge', () => {
  it.each([200, 201])('takes a %i with our tag for created, whatever the creation time says', (status) => {
    const old = anAction({ creationDateTimeUtc: '2020-01-01T00:00:00Z' });
    expect(judge(QUESTION, response(status, old), NOW)).toMatchObject({
      kind: 'settled',
      settlement: { outcome: 'created', actionId: old.id, httpStatus: status },
    });
  });

  it('takes a 201 with another comment, made before the attempt, for somebody else’s action', () => {
    const theirs = anAction({ requestorComment: 'by hand', creationDateTimeUtc: '2026-11-23T10:15:20Z' });
    expect(judge(QUESTION, response(201, theirs), NOW)).toMatchObject({
      kind: 'settled',
      settlement: { outcome: 'already-in-progress', actionId: theirs.id },
    });
  });

  it.each([
    ['made since the attempt began', '2026-11-23T10:15:31Z'],
    ['made just before, as far as clocks can tell', '2026-11-23T10:15:29Z'],
    ['that does not say when it was made', null],
  ])('never calls an action without our tag somebody else’s when it is one %s', (_, creationDateTimeUtc) => {
    const perhaps = anAction({ requestorComment: 'by hand', creationDateTimeUtc });
    expect(judge(QUESTION, response(201, perhaps), NOW)).toMatchObject({
      kind: 'untagged',
      record: 'accepted',
      settlement: { outcome: 'unknown', actionId: perhaps.id, message: expect.stringContaining('accepted without our tag') },
    });
  });

  it('is blocked when the action that comes back is somebody else’s of another type', () => {
    const scan = anAction({ type: 'RunAntiVirusScan', requestorComment: 'nightly', creationDateTimeUtc: '2026-11-22T00:00:00Z' });
    expect(judge(QUESTION, response(200, scan), NOW)).toMatchObject({ settlement: { outcome: 'blocked', actionId: scan.id } });
  });

  it('is blocked, and says so, when an action of the same type is about something else', () => {
    const differs = ({ relatedFileInfo }: MachineAction): string | undefined => (relatedFileInfo ? 'another file' : undefined);
    const about = (relatedFileInfo: MachineAction['relatedFileInfo']): Answer =>
      response(
        200,
        anAction({ requestorComment: 'nightly', creationDateTimeUtc: '2026-11-22T00:00:00Z', relatedFileInfo: relatedFileInfo ?? null }),
      );
    expect(judge({ ...QUESTION, differs }, about({ fileIdentifier: 'x', fileIdentifierType: 'Sha1' }), NOW)).toMatchObject({
      settlement: { outcome: 'blocked', message: expect.stringContaining('about something else: another file') },
    });
    expect(judge({ ...QUESTION, differs }, about(null), NOW)).toMatchObject({ settlement: { outcome: 'already-in-progress' } });
  });

  it.each([
    ['machine', anAction({ machineId: machineId(9) })],
    ['type', anAction({ type: 'Isolate' })],
  ])('takes our tag for created though the record names another %s, and says so', (what, ours) => {
    expect(judge(QUESTION, response(201, ours), NOW)).toMatchObject({
      settlement: { outcome: 'created', actionId: ours.id, message: expect.stringContaining(what) },
    });
  });

  it('takes an error with an empty code for an API error', () => {
    const answer = response(400, { error: { code: '', message: 'The query specified in the URI is not valid.', details: [] } });
    expect(judge(QUESTION, answer, NOW)).toMatchObject({ kind: 'settled', settlement: { outcome: 'refused', errorCode: '' } });
  });

  it('takes the tag of another run for another comment', () => {
    const verdict = judge(QUESTION, response(201, anAction({ requestorComment: '[cordon r-20261122-101530-aaaa] INC-7' })), NOW);
    expect(verdict).toMatchObject({ settlement: { outcome: 'already-in-progress' } });
  });

  it('compares machine ids without case', () => {
    const question = { ...QUESTION, machineId: 'abcdef0123456789abcdef0123456789abcdef01' };
    const action = anAction({ machineId: 'ABCDEF0123456789ABCDEF0123456789ABCDEF01' });
    expect(judge(question, response(201, action), NOW)).toMatchObject({ settlement: { outcome: 'created' } });
  });

  it('reads an action whose other fields are missing or of an odd type', () => {
    const odd = { id: 'a1', requestorComment: '[cordon r-20261123-101530-k3f9] x', status: 7, commands: 'none' };
    expect(judge(QUESTION, response(201, odd), NOW)).toMatchObject({ kind: 'settled', settlement: { outcome: 'created', actionId: 'a1' } });
  });

  it.each<[string, Answer]>([
    ['a lost answer', { kind: 'lost', reason: 'reset' }],
    ['a 408', response(408, '')],
    ['a 500 with an API error body', error(500, 'InternalServerError')],
    ['a 503', response(503, 'busy')],
    ['a redirect', response(301, '')],
    ['a 204', response(204, '')],
    ['a 400 in HTML', response(400, '<html>')],
    ['a 403 of something in between', response(403, '<html>')],
    ['a 404 of something in between', response(404, '<html>')],
    ['broken JSON in a 201', response(201, '{"id":"a1"')],
    ['a list in a 201', response(201, { value: [] })],
  ])('cannot tell the effect of %s', (_, answer) => {
    expect(kindOf(answer)).toBe('ambiguous');
  });

  it.each<[string, Answer, string]>([
    ['no connection', { kind: 'no-connection', reason: 'ECONNREFUSED' }, 'not-sent'],
    ['a 401, with or without a body', response(401, ''), 'unauthorized'],
    ['a 429 from anybody', response(429, '<html>'), 'throttled'],
    ['the code for an open action', error(400, 'ActiveRequestAlreadyExists'), 'look'],
    ['the words for an open action', error(400, 'BadRequest', 'Action is already in progress'), 'look'],
    ['a machine that is not found', error(404, 'ResourceNotFound'), 'not-found'],
  ])('knows %s', (_, answer, kind) => {
    expect(kindOf(answer)).toBe(kind);
  });

  it('tells a missing permission from a machine’s own 403', () => {
    expect(
      judge(QUESTION, error(403, 'Forbidden', 'Missing application roles. API required roles: Machine.RestrictExecution'), NOW),
    ).toMatchObject({ kind: 'forbidden', isPermission: true });
  });

  it.each([
    [
      'Forbidden',
      'The application does not have any of the required application permissions (Machine.StopAndQuarantine) to access the resource.',
      true,
    ],
    ['Forbidden', 'Missing scopes. API required scopes: Machine.RestrictExecution', true],
    ['DisabledFeature', 'The feature is disabled', true],
    ['DisallowedOperation', 'This device has no automation level assigned to it: its role requires one', false],
    ['Forbidden', 'The device is out of your scope', false],
  ])('tells from a 403 %s "%s" whether a permission is missing', (code, message, isPermission) => {
    expect(judge(QUESTION, error(403, code, message), NOW)).toMatchObject({ kind: 'forbidden', isPermission });
  });

  it.each([
    ['seconds', { retryAfter: '17' }, '', 17_000],
    [
      'a date against the answer’s own Date',
      { retryAfter: 'Mon, 23 Nov 2026 11:00:20 GMT', date: 'Mon, 23 Nov 2026 11:00:00 GMT' },
      '',
      20_000,
    ],
    ['a date against our clock when there is no other', { retryAfter: 'Mon, 23 Nov 2026 10:16:00 GMT' }, '', 30_000],
    ['a date in the past', { retryAfter: 'Mon, 23 Nov 2026 10:00:00 GMT' }, '', 0],
    ['the words of the body', {}, 'Maximum allowed 30 per 00:01:00. You can send requests again in 8 seconds.', 8000],
    ['the words of the body when the header is nonsense', { retryAfter: 'soon' }, 'again in 9 seconds', 9000],
    ['nothing at all', {}, 'slow down', 60_000],
  ])('reads the wait of a 429 from %s', (_, headers, body, wait) => {
    expect(waitOf(response(429, body, headers), NOW)).toBe(wait);
  });

  it('counts as errors what is trouble, and not what is one machine’s nature', () => {
    const refused = (errorCode: string): boolean => isError({ outcome: 'refused', errorCode });
    expect(['ResourceNotFound', 'OsPlatformNotSupported', 'ClientVersionNotSupported'].map(refused)).toEqual([false, false, false]);
    expect(refused('InvalidRequestBody')).toBe(true);
    expect((['failed', 'unknown'] as const).map((outcome) => isError({ outcome }))).toEqual([true, true]);
    expect((['created', 'already-in-progress', 'blocked', 'not-sent'] as const).map((outcome) => isError({ outcome }))).toEqual([
      false,
      false,
      false,
      false,
    ]);
  });
});
