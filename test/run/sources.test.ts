import { mkdtempDisposable, readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { UsageError } from '../../src/core/errors.ts';
import type { InputRow } from '../../src/core/types.ts';
import type { SourcePorts } from '../../src/engine/reads/sources/source.ts';
import { asTargets, describeSources, readSources, saveTargets, targetsCsv, type SourceRead } from '../../src/run/sources.ts';
import { MemoryState } from '../../src/state/memory.ts';
import { readTargets } from '../../src/targets/index.ts';
import { machineId, someFacts } from '../support/builders.ts';
import { apiError, response } from '../support/scripted.ts';
import { testService, untilOver } from '../support/service.ts';

const AT = Date.parse('2026-11-25T12:14:00Z');

function ports(results: readonly object[], schema = ['DeviceId', 'Site']): SourcePorts {
  const service = testService((path) => {
    if (path.startsWith('security')) return response(200, { schema: schema.map((name) => ({ name })), results });
    if (path.startsWith('machines?'))
      return response(200, { value: path.includes('$skip=0') ? [someFacts({ id: machineId(9), machineTags: ['a'] })] : [] });
    return apiError(403, 'Forbidden');
  });
  return {
    mde: service,
    graph: service,
    xdr: service,
    state: new MemoryState(),
    halt: service.halt,
    tenant: '',
    emulated: false,
    readText: async () => 'q',
  };
}
const read = (
  texts: readonly string[],
  from = ports([{ DeviceId: machineId(1), Site: 'Bonn' }]),
  allowEmpty = false,
): Promise<SourceRead[]> => untilOver(readSources(texts, from, { allowEmpty, now: () => AT }));

describe('lists that are read from the tenant', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('become rows of the list, with their source, other columns and order', async () => {
    const rows = await readTargets(asTargets(await read(['tag:a', 'query:q.kql'])));
    expect([...rows]).toEqual([
      { row: 1, text: machineId(9), deviceName: 'pc1.contoso.com', file: 'tag:a', line: 1 },
      { row: 2, text: machineId(1), deviceName: '', file: 'query:q.kql', line: 1, input: { Site: 'Bonn' } },
    ]);
  });

  it('are told with how many and when', async () => {
    expect(describeSources(await read(['tag:a']))).toEqual([expect.stringMatching(/^tag:a: 1 machine, read at \d\d:\d\d$/)]);
  });

  it('need a column of machine ids, rows or none; a name will do with --resolve only', async () => {
    const nameless = await read(['query:q.kql'], ports([], ['DeviceName']), true);
    await expect(readTargets(asTargets(nameless))).rejects.toThrow(/query:q.kql:1: no column of machine ids; found: "DeviceName"/);
    await expect(readTargets(asTargets(nameless))).rejects.toThrow(UsageError);
    expect(await readTargets(asTargets(nameless), { resolve: true })).toHaveLength(0);
    const odd = await read(['query:q.kql'], ports([{ Site: 'x' }], ['Site']));
    await expect(readTargets(asTargets(odd))).rejects.toThrow(UsageError);
  });

  it('are not touched by --column, but for queries, whose column it names', async () => {
    const rows = await readTargets(
      asTargets(await read(['tag:a', 'query:q.kql'], ports([{ DeviceId: machineId(1), Host: machineId(2) }], ['DeviceId', 'Host']))),
      { column: 'Host' },
    );
    expect(Array.from(rows, ({ text }) => text)).toEqual([machineId(9), machineId(2)]);
  });

  it('are never "all" when empty: each of them', async () => {
    await expect(read(['tag:a', 'tag:b'])).rejects.toThrow('no machine in tag:b');
    expect(await read(['tag:b'], undefined, true)).toMatchObject([{ found: { records: [] } }]);
  });

  it('are read wholly or not at all', async () => {
    await expect(read(['tag:a', 'alert:x'])).rejects.toMatchObject({ exitCode: 8 });
  });
});

describe('targets.csv', () => {
  const rows: InputRow[] = [
    { row: 1, text: machineId(1), deviceName: '=cmd()', file: 'tag:a', line: 1 },
    { row: 2, text: machineId(2), deviceName: '', file: 'query:q.kql', line: 1, input: { sha1: 'ab'.repeat(20), Site: 'a "b", c' } },
  ];

  it('is a list that run takes, and gives the same rows', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'cordon-targets-'));
    const file = await saveTargets(folder.path, rows);
    expect(await readdir(folder.path)).toEqual(['targets.csv']);
    const again = await readTargets([{ kind: 'file', path: file }]);
    expect(Array.from(again, ({ text }) => text)).toEqual(rows.map(({ text }) => text));
    expect(again.at(1)?.input).toEqual({ source: 'query:q.kql', sha1: 'ab'.repeat(20), Site: 'a "b", c' });
    expect(await readFile(file, 'utf8')).toBe(targetsCsv(rows));
  });

  it('holds nothing that a spreadsheet would run', () => {
    expect(targetsCsv(rows)).toContain("'=cmd()");
  });

  it('that cannot be written is said before anything is sent', async () => {
    await expect(saveTargets(import.meta.filename, rows)).rejects.toMatchObject({ exitCode: 1, hint: 'Nothing was sent.' });
  });
});
