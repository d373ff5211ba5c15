import { setImmediate as backgroundDone } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { Bearer, Clock, Log } from '../../src/core/ports.ts';
import { createTokens } from '../../src/defender/tokens.ts';
import { AuthError, AuthUnavailableError } from '../../src/core/errors.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

describe('tokens', () => {
  it('are asked for once by fifty callers who find none', async () => {
    const world = scene();
    const bearers = await Promise.all(Array.from({ length: 50 }, () => world.tokens.current()));
    expect(world.asked).toEqual([false]);
    expect(new Set(bearers.map(({ token }) => token))).toEqual(new Set(['t1']));
  });

  it('carry a run of six hours without a moment of an expired one', async () => {
    const world = scene({ lifetime: HOUR });
    for (; world.clock.now() < 6 * HOUR; world.pass(10_000)) {
      const bearer = await world.tokens.current();
      expect(bearer.expiresAt).toBeGreaterThan(world.clock.now());
      await backgroundDone();
    }
    expect(world.asked).toEqual([false, true, true, true, true, true, true]);
    expect(world.warnings).toEqual([]);
  });

  it('are renewed in the background when five minutes are left, the old one serving meanwhile', async () => {
    const world = scene({ lifetime: HOUR });
    await world.tokens.current();
    world.pass(55 * MINUTE);
    expect((await world.tokens.current()).token).toBe('t1');
    expect(world.asked).toHaveLength(1);
    world.pass(1);
    expect((await world.tokens.current()).token).toBe('t1');
    await backgroundDone();
    expect((await world.tokens.current()).token).toBe('t2');
  });

  it('of a short life are renewed when a tenth is left', async () => {
    const world = scene({ lifetime: 10 * MINUTE });
    await world.tokens.current();
    world.pass(9 * MINUTE);
    await world.tokens.current();
    expect(world.asked).toHaveLength(1);
    world.pass(1);
    await world.tokens.current();
    expect(world.asked).toHaveLength(2);
  });

  it('that do not end are never renewed unasked', async () => {
    const world = scene({ lifetime: Infinity });
    await world.tokens.current();
    world.pass(1000 * HOUR);
    await world.tokens.current();
    expect(world.asked).toHaveLength(1);
  });

  it('stay in use with a warning while the service is away, tried again each half minute, until they end', async () => {
    const world = scene({ lifetime: HOUR });
    await world.tokens.current();
    world.fails = new AuthUnavailableError('away');
    for (world.pass(55 * MINUTE + 1); world.clock.now() < HOUR; world.pass(10_000)) {
      expect((await world.tokens.current()).token).toBe('t1');
      await backgroundDone();
    }
    expect(world.warnings).toHaveLength(10);
    await expect(world.tokens.current()).rejects.toThrow('away');
    world.fails = undefined;
    expect((await world.tokens.current()).token).toBe('t2');
  });

  it('are asked for anew after a failure: an error is not remembered', async () => {
    const world = scene();
    world.fails = new AuthError('no');
    await expect(world.tokens.current()).rejects.toThrow(AuthError);
    world.fails = undefined;
    expect((await world.tokens.current()).token).toBe('t1');
  });
});

describe('a rejected token', () => {
  it('is replaced once for all who were rejected with it', async () => {
    const world = scene();
    const rejected = await world.tokens.current();
    expect(await Promise.all(Array.from({ length: 20 }, () => world.tokens.renew(rejected)))).toEqual(
      Array.from({ length: 20 }, () => true),
    );
    expect(world.asked).toEqual([false, true]);
  });

  it('that has been replaced meanwhile needs nothing more', async () => {
    const world = scene();
    const rejected = await world.tokens.current();
    await world.tokens.renew(rejected);
    expect(await world.tokens.renew(rejected)).toBe(true);
    expect(world.asked).toHaveLength(2);
  });

  it('cannot be replaced when the source has no other', async () => {
    const world = scene({ only: 'fixed' });
    expect(await world.tokens.renew(await world.tokens.current())).toBe(false);
    expect(world.asked).toEqual([false, true]);
  });

  it('whose source fails is told so', async () => {
    const world = scene();
    const rejected = await world.tokens.current();
    world.fails = new AuthUnavailableError('away');
    await expect(world.tokens.renew(rejected)).rejects.toThrow(AuthUnavailableError);
  });
});

const quiet = (): void => undefined;

function scene(options: { lifetime?: number; only?: string } = {}) {
  let now = 0;
  let made = 0;
  const warnings: string[] = [];
  const asked: boolean[] = [];
  const clock: Clock = { now: () => now, mono: () => now };
  const log: Log = { debug: quiet, info: quiet, error: quiet, warn: (_fields, message) => void warnings.push(message) };
  const world = {
    clock,
    warnings,
    asked,
    fails: undefined as Error | undefined,
    pass: (ms: number): void => void (now += ms),
    tokens: createTokens({ acquire: (force) => acquire(force) }, clock, log),
  };
  const acquire = async (force: boolean): Promise<Bearer> => {
    asked.push(force);
    if (world.fails !== undefined) throw world.fails;
    return { token: options.only ?? `t${(made += 1)}`, expiresAt: now + (options.lifetime ?? HOUR) };
  };
  return world;
}
