import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { UsageError } from '../../../src/core/errors.ts';
import { packageLink, packageStatuses } from '../../../src/engine/reads/packages.ts';
import { PACKAGE_WINDOWS } from '../../../src/engine/reads/service.ts';
import { anAction } from '../../support/builders.ts';
import { apiError, response } from '../../support/scripted.ts';
import { testService, untilOver, type TestService } from '../../support/service.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('links to packages', () => {
  const links = async (service: TestService, ids: readonly string[]): Promise<(string | undefined)[]> => {
    const lane = await service.lane('getPackageUri', PACKAGE_WINDOWS);
    const all = await untilOver(Promise.all(ids.map((id) => packageLink(service, lane, service.halt, id))));
    lane.close();
    return all;
  };

  it('are asked for within 2 a minute, and come without their quotes', async () => {
    const at: number[] = [];
    const start = Date.now();
    const service = testService((path) => {
      at.push(Math.floor((Date.now() - start) / 60_000));
      return response(200, { value: `"https://x/${path.split('/')[1]}"` });
    });
    expect(await links(service, ['a', 'b', 'c', 'd', 'e'])).toEqual(['a', 'b', 'c', 'd', 'e'].map((id) => `https://x/${id}`));
    expect(service.asked[0]).toBe('GET machineactions/a/getPackageUri');
    expect(at).toEqual([0, 0, 1, 1, 2]);
  });

  it('are none while the package is not there, and an error for another action', async () => {
    expect(
      await links(
        testService(() => apiError(404, 'ResourceNotFound', 'not ready')),
        ['a'],
      ),
    ).toEqual([undefined]);
    const wrong = testService(() =>
      apiError(400, 'InvalidInput', 'Provided Guid is not a valid id for a CollectInvestigationPackage action'),
    );
    await expect(links(wrong, ['a'])).rejects.toThrow(UsageError);
  });
});

it('statuses of packages are read for all together, with a filter where the server takes one', async () => {
  const actions = [
    anAction({ id: 'a', status: 'Succeeded' }),
    anAction({ id: 'b', status: null }),
    anAction({ id: 'c', status: 'Pending' }),
  ];
  const world = (takesFilters: boolean): TestService =>
    testService((path) => {
      if (!takesFilters && path.includes('$filter')) return apiError(400, 'ODataError', 'no');
      return response(200, { value: actions.slice(Number(/\$skip=(\d+)/.exec(path)?.[1]), Number(/\$skip=(\d+)/.exec(path)?.[1]) + 2) });
    });
  for (const takesFilters of [true, false]) {
    const service = world(takesFilters);
    expect([...(await untilOver(packageStatuses(service, service.halt)))]).toEqual([
      ['a', 'Succeeded'],
      ['b', ''],
      ['c', 'Pending'],
    ]);
  }
});
