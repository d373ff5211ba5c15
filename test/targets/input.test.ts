import { array, assert, asyncProperty, string } from 'fast-check';
import { stringify } from 'csv-stringify/sync';
import { describe, expect, it } from 'vitest';
import type { Input } from '../../src/core/types.ts';
import { idOf, inFile, readContent, readNamed, texts } from './support.ts';
import { readTargets } from '../../src/targets/index.ts';

const A = idOf(1);
const B = idOf(2);
const inputs = async (content: string): Promise<(Input | undefined)[]> => (await readContent(content)).map(({ input }) => input);

describe('the other columns of a list', () => {
  it('follow each row of a CSV, trimmed, without those that name the machine', async () => {
    const list = `Site;DeviceId;DeviceName;Ticket\nKöln ; ${A};pc1;"INC-7; high"\n;${B};pc2\n`;
    expect(await inputs(list)).toEqual([
      { Site: 'Köln', Ticket: 'INC-7; high' },
      { Site: '', Ticket: '' },
    ]);
  });

  it('follow each object of a JSON list and each line of NDJSON, as text', async () => {
    const objects = [
      { DeviceId: A, DeviceName: 'pc1', Score: 7, Tags: ['a', 'b'], Note: null },
      { Score: 8.5, DeviceId: B },
    ];
    const expected = [{ Score: '7', Tags: '["a","b"]', Note: '' }, { Score: '8.5' }];
    expect(await inputs(JSON.stringify(objects))).toEqual(expected);
    expect(await inputs(objects.map((each) => JSON.stringify(each)).join('\n'))).toEqual(expected);
  });

  it('are absent where there are none', async () => {
    for (const list of [`${A}\n`, `DeviceId\n${A}\n`, `DeviceId,DeviceName\n${A},pc\n`, JSON.stringify([A]), JSON.stringify([{ id: A }])])
      expect((await readContent(list))[0]).not.toHaveProperty('input');
    expect((await readTargets([{ kind: 'machine', id: A }])).at(0)).not.toHaveProperty('input');
  });

  it('keep names apart that are the same, or missing, or mean something to JavaScript', async () => {
    expect(await inputs(`DeviceId,Site,Site,,__proto__\n${A},1,2,3,4\n`)).toEqual([
      { Site: '1', 'Site (2)': '2', 'column 4': '3', ['__proto__']: '4' },
    ]);
  });

  it('are cut where they are long, and show it', async () => {
    const [input] = await inputs(
      `DeviceId,${Array.from({ length: 200 }, (_, i) => `c${i}`).join(',')}\n${A},${'x'.repeat(5000)}${',y'.repeat(199)}\n`,
    );
    expect(Object.keys(input ?? {})).toHaveLength(100);
    expect(input?.['c0']).toHaveLength(1000);
    expect(input?.['c0']?.endsWith('…')).toBe(true);
    const wide = await inputs(
      `DeviceId,${Array.from({ length: 90 }, (_, i) => `c${i}`).join(',')}\n${A}${`,${'x'.repeat(900)}`.repeat(90)}\n`,
    );
    expect(JSON.stringify(wide).length).toBeLessThan(18_000);
  });

  it('do not change what is read as a machine', async () => {
    const list = `DeviceId,sha1\n${A},${'ab'.repeat(20)}\n`;
    expect(texts(await readNamed('x.csv', list))).toEqual([A]);
    await inFile('x.csv', list, async (path) =>
      expect([...(await readTargets([{ kind: 'file', path }], { column: 'sha1' }))]).toMatchObject([
        { text: 'ab'.repeat(20), input: { DeviceId: A } },
      ]),
    );
  });

  it('come back as they were written, whatever they hold', async () => {
    await assert(
      asyncProperty(array(string({ maxLength: 30 }), { minLength: 1, maxLength: 8 }), async (cells) => {
        const clean = cells.map((cell) => cell.replaceAll(/\p{Cc}/gu, ' ').trim());
        const list = stringify(
          [
            ['DeviceId', ...clean.map((_, i) => `c${i}`)],
            [A, ...clean],
          ],
          { quoted: true },
        );
        expect(await inputs(list)).toEqual([Object.fromEntries(clean.map((cell, i) => [`c${i}`, cell]))]);
      }),
    );
  });
});
