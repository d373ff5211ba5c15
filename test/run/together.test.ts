import { describe, expect, it } from 'vitest';
import { Together, Turns } from '../../src/run/campaign/together.ts';

describe('those who go on together', () => {
  it('wait until nobody is missing, and it is decided once, for those who came', async () => {
    const decided: (readonly string[])[] = [];
    const together = new Together<string>(3, async (came) => void decided.push(came));
    const order: string[] = [];
    const going = [together.come('a').then(() => order.push('a')), together.come('b').then(() => order.push('b'))];
    expect(decided).toEqual([]);
    together.go();
    await Promise.all(going);
    expect([decided, order]).toEqual([[['a', 'b']], ['a', 'b']]);
    expect(together.refused).toBeUndefined();
  });

  it('are all told where it was decided against them', async () => {
    const together = new Together<string>(2, () => Promise.reject(new Error('no')));
    const results = await Promise.allSettled([together.come('a'), together.come('b')]);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(together.refused).toEqual(new Error('no'));
  });

  it('are asked about nothing when nobody came', () => {
    const together = new Together<string>(2, () => Promise.reject(new Error('asked')));
    together.go();
    together.go();
    expect(together.refused).toBeUndefined();
  });
});

describe('turns', () => {
  it('are had by so many at a time, in the order in which they were asked for', async () => {
    const turns = new Turns(2);
    const had: number[] = [];
    const ends = await Promise.all([turns.take(), turns.take()]);
    const third = turns.take().then((end) => {
      had.push(3);
      return end;
    });
    const fourth = turns.take().then(() => had.push(4));
    ends[0]?.();
    ends[0]?.();
    const endThird = await third;
    expect(had).toEqual([3]);
    endThird();
    await fourth;
    expect(had).toEqual([3, 4]);
  });
});
