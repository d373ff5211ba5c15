import { describe, expect, it } from 'vitest';
import { isLoopback } from '../../src/http/loopback.ts';

describe('loopback', () => {
  it.each(['localhost', '127.0.0.1', '127.9.9.9', '[::1]'])('is %s', (host) => expect(isLoopback(host)).toBe(true));
  it.each(['api.localhost', 'x.localhost', 'localhost.example', '128.0.0.1', '127.0.0.1.example', '[::2]', '10.0.0.1'])(
    'is not %s',
    (host) => expect(isLoopback(host)).toBe(false),
  );
});
