import { describe, expect, it } from 'vitest';
import { readActions, readMachines } from '../../src/core/answers.ts';
import { whyUnclear } from '../../src/core/exclusions.ts';
import { excluding, machineId } from '../support/builders.ts';

const read = (fields: object) => {
  const [facts] = readMachines(JSON.stringify({ value: [{ id: machineId(1), ...fields }] }))?.values ?? [];
  if (!facts) throw new Error('not read');
  return facts;
};
const GOOD = { computerDnsName: 'pc1', osPlatform: 'Windows11', machineTags: ['x'], rbacGroupId: 4, rbacGroupName: 'A' };
const why = (entry: string, fields: object): string | undefined =>
  whyUnclear(excluding(entry), { machineId: machineId(1), listName: 'pc1', facts: read(fields) });

describe('a machine’s record, as far as exclusions go by it', () => {
  it.each([
    ['tag:vip', { machineTags: ['x', null] }],
    ['tag:vip', { machineTags: ['x', { name: 'vip' }] }],
    ['tag:vip', { machineTags: 'vip' }],
    ['tag:vip', { machineTags: { 0: 'vip' } }],
    ['tag:vip', { machineTags: null }],
    ['tag:vip', { machineTags: undefined }],
    ['group:a', { rbacGroupName: undefined }],
    ['group:a', { rbacGroupName: null }],
    ['group:a', { rbacGroupName: ['a'] }],
    ['group:a', { rbacGroupName: '', rbacGroupId: undefined }],
    ['dc1', { computerDnsName: { value: 'dc1' } }],
    ['dc1', { computerDnsName: '  ' }],
    ['os:mac*', { osPlatform: 7 }],
  ])('cannot be judged by %s when it says %o', (entry, fields) => {
    expect(why(entry, GOOD)).toBeUndefined();
    expect(why(entry, { ...GOOD, ...fields })).toBeTypeOf('string');
  });

  it.each([
    ['tag:vip', { machineTags: [] }],
    ['group:a', { rbacGroupName: null, rbacGroupId: 0 }],
    ['group:a', { rbacGroupName: null, rbacGroupId: '0' }],
    ['group:a', { rbacGroupName: 'UnassignedGroup' }],
  ])('can be judged by %s when it says %o: there is none', (entry, fields) => expect(why(entry, { ...GOOD, ...fields })).toBeUndefined());

  it.each([
    ['tag:vip', { machineTags: [null, ' VIP'] }],
    ['group:tier 0', { rbacGroupName: 'Tier 0 ' }],
    ['dc1', { computerDnsName: ' DC1.corp ' }],
  ])('is spared by %s when it says %o', (entry, fields) => {
    const candidate = { machineId: machineId(1), listName: '', facts: read({ ...GOOD, ...fields }) };
    expect(excluding(entry).matches(candidate)).toHaveLength(1);
  });
});

describe('a machine action', () => {
  it('has its type and status in the case in which they are documented, and unknown ones as they are', () => {
    const read = (type: unknown, status: unknown) => {
      return readActions(JSON.stringify({ value: [{ id: 'a', type, status }] }))?.values.map((action) => [action.type, action.status])[0];
    };
    expect(read('isolate', 'succeeded')).toEqual(['Isolate', 'Succeeded']);
    expect(read('UNISOLATE', 'Timeout')).toEqual(['Unisolate', 'TimeOut']);
    expect(read('SomethingNew', 'onHold')).toEqual(['SomethingNew', 'onHold']);
    expect(read(null, 7)).toEqual([null, null]);
  });
});
