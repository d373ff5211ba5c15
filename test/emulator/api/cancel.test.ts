import { describe, expect, it } from 'vitest';
import { machineId, MINUTE, tenant, tokenOfApp } from '../tenant.ts';

const ID = machineId(1);

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

  it.each([['not json'], [{ comment: 'x' }]])('refuses the body %j', (body) => {
    const { post, ask } = tenant();
    const path = `/api/machineactions/${String(post(ID).body['id'])}/cancel`;
    expect(ask('POST', path, { body })).toMatchObject({ status: 400, error: { code: 'InvalidRequestBody' } });
  });

  it('is refused for what has ended, whichever way', () => {
    const { post, ask, advance } = tenant({ failing: [machineId(2)] });
    const ids = [ID, machineId(2)].map((machine) => String(post(machine).body['id']));
    advance(MINUTE);
    expect(ids.map((id) => ask('POST', `/api/machineactions/${id}/cancel`).status)).toStrictEqual([400, 400]);
  });

  it('needs any one of the permissions of actions', () => {
    const made = tenant({ roles: ['Machine.Offboard'] });
    const path = '/api/machineactions/00000000-0000-4000-a000-000000000000/cancel';
    expect(made.ask('POST', path, { token: tokenOfApp(made) }).status).toBe(404);
    const other = tenant({ roles: ['Machine.Read.All'] });
    expect(other.ask('POST', path, { token: tokenOfApp(other) }).status).toBe(403);
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
