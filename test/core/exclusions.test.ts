import { describe, expect, it } from 'vitest';
import { exclusionsOf, parseExclusion, whyUnclear } from '../../src/core/exclusions.ts';
import { machineId, someFacts } from '../support/builders.ts';

const of = (...written: string[]) => exclusionsOf(written.map((text, i) => parseExclusion(text, 'spare.txt', i + 1)));
const hits = (entry: string, name: string, facts = someFacts({ computerDnsName: name })): boolean =>
  of(entry).matches({ machineId: machineId(1), names: [name], facts }).length > 0;

describe('an exclusion', () => {
  it.each([
    ['dc1', 'DC1.corp.example', true],
    ['DC1.corp.example.', 'dc1.corp.example', true],
    ['dc1.corp.example', 'dc1', true],
    ['dc1.corp.example', 'dc1.other.example', false],
    ['dc1', 'dc10.corp.example', false],
    ['dc1', 'dc1', true],
  ])('by name: %s and the machine %s: %s', (entry, name, isHit) => expect(hits(entry, name)).toBe(isHit));

  it('by id goes by the id in any case', () =>
    expect(of(machineId(0xab).toUpperCase()).matches({ machineId: machineId(0xab), names: [], facts: undefined })).toHaveLength(1));

  it('by tag or group goes by the record, without case', () => {
    const facts = someFacts({ machineTags: ['Crown Jewel'], rbacGroupName: 'Tier 0' });
    expect(hits('tag: crown jewel', 'x', facts)).toBe(true);
    expect(hits('GROUP:tier 0', 'x', facts)).toBe(true);
    expect(hits('tag:tier 0', 'x', facts)).toBe(false);
  });

  it('is unclear where what it goes by is not known', () => {
    const subject = { machineId: machineId(1), names: ['', ''], facts: undefined };
    expect(whyUnclear(of('dc1'), subject)).toBe('its name is not known');
    expect(whyUnclear(of('dc1'), { ...subject, names: ['', 'pc1'] })).toBeUndefined();
    expect(whyUnclear(of('tag:x'), { ...subject, names: ['pc1'] })).toBe('its tags and its group are not known');
    expect(whyUnclear(of(machineId(2)), subject)).toBeUndefined();
  });
});
