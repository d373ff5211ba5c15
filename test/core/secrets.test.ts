import { describe, expect, it } from 'vitest';
import { Secrets } from '../../src/core/secrets.ts';

function secretsOf(...values: string[]): Secrets {
  const secrets = new Secrets();
  for (const value of values) secrets.hide(value);
  return secrets;
}

describe('secrets', () => {
  it('are replaced wherever they stand', () => {
    expect(secretsOf('hunter2!').scrub('a hunter2! b hunter2!')).toBe('a [hidden] b [hidden]');
  });

  it('are found in their URI-encoded, form-encoded and JSON-escaped forms', () => {
    const secret = 'pass word/"é~';
    const scrub = (text: string): string => secretsOf(secret).scrub(text);
    expect(scrub(`x=${encodeURIComponent(secret)}`)).toBe('x=[hidden]');
    expect(scrub(new URLSearchParams({ x: secret }).toString())).toBe('x=[hidden]');
    expect(scrub(JSON.stringify({ x: secret }))).toBe('{"x":"[hidden]"}');
  });

  it('leave JSON what it is: a pattern ends before an escaped quote', () => {
    const text = JSON.stringify({ comment: 'access_token=abc"', next: 1 });
    expect(JSON.parse(secretsOf().scrub(text))).toEqual({ comment: 'access_token=[hidden]"', next: 1 });
  });

  it('leave no end behind when one begins with another', () => {
    expect(secretsOf('secret-1', 'secret-1-and-more').scrub('secret-1-and-more')).toBe('[hidden]');
  });

  it('shorter than six characters are not hidden, for they would blot out words', () => {
    expect(secretsOf('').scrub('nothing')).toBe('nothing');
    expect(secretsOf('error').scrub('an error')).toBe('an error');
  });

  it('with half a surrogate pair are hidden too', () => {
    expect(secretsOf('half\uD800pair').scrub('half\uD800pair')).toBe('[hidden]');
  });

  it.each([
    ['a JWT', 'token eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.c2ln failed', 'token [hidden] failed'],
    ['a JWT without signature', 'eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.', '[hidden]'],
    ['a client secret', 'POST client_id=a&client_secret=b%20c&scope=d', 'POST client_id=a&client_secret=[hidden]&scope=d'],
    ['a client assertion', 'client_assertion=abc', 'client_assertion=[hidden]'],
    ['a bearer token', 'Authorization: Bearer abc.def-123/+=', 'Authorization: Bearer [hidden]'],
    ['a bearer token in small letters', 'authorization: bearer abcdef', 'authorization: bearer [hidden]'],
  ])('that nobody announced are known by their looks: %s', (_name, text, clean) => {
    expect(new Secrets().scrub(text)).toBe(clean);
  });

  it('in the way of nothing else: text without any comes back as it was', () => {
    const text = 'run r-20261123-101530-k3f9 holds machine 1e5bc9d7e413ddd7902c2932e418702b84d0cc07';
    expect(secretsOf('hunter2!').scrub(text)).toBe(text);
  });
});
