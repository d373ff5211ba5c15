import { afterEach, describe, expect, it, vi } from 'vitest';
import { httpDateOf, instantOf } from '../../src/core/instant.ts';

const AT = Date.UTC(2026, 10, 23, 10, 15, 31, 144);

describe('a time of the API', () => {
  afterEach(() => void vi.unstubAllEnvs());

  it.each(['UTC', 'Asia/Tokyo', 'America/New_York'])('is UTC with or without its Z, also where local time is that of %s', (zone) => {
    vi.stubEnv('TZ', zone);
    for (const text of [
      '2026-11-23T10:15:31.1447302Z',
      '2026-11-23T10:15:31.1447302',
      '2026-11-23T10:15:31.144+00:00',
      ' 2026-11-23T10:15:31.144z ',
    ])
      expect(instantOf(text)).toBe(AT);
    expect(instantOf('2026-11-23')).toBe(Date.UTC(2026, 10, 23));
  });

  it.each(['', 'yesterday', null, undefined])('is none in %j', (text) => expect(instantOf(text)).toBeNaN());
});

describe('a Date header', () => {
  it('is read as servers must write it, and nothing else is taken for one', () => {
    expect(httpDateOf('Mon, 23 Nov 2026 10:15:31 GMT')).toBe(Date.UTC(2026, 10, 23, 10, 15, 31));
    for (const text of ['0', '1', 'Tue', '2026', '2026-11-23T10:15:31Z', 'Mon, 23 Nov 2026 10:15:31', undefined])
      expect(httpDateOf(text)).toBeNaN();
  });
});
