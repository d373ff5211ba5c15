import { assert, constantFrom, domain, oneof, property, string, tuple } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exclusionsOf, isBadEntry, parseExclusion, whyUnclear } from '../../src/core/exclusions.ts';
import type { MachineFacts } from '../../src/core/types.ts';
import { excluding, machineId, someFacts } from '../support/builders.ts';

const ID = machineId(0xab);
const candidate = (facts: MachineFacts | undefined, listName = '') => ({ machineId: facts?.id ?? ID, listName, facts });
const spares = (entry: string, facts: Partial<MachineFacts>): boolean => excluding(entry).matches(candidate(someFacts(facts))).length > 0;

describe('an exclusion', () => {
  it.each([
    ['dc1', 'DC1.corp.example', true],
    ['DC1.corp.example.', 'dc1.corp.example', true],
    ['dc1.corp.example', 'dc1', true],
    ['dc1.corp.example', 'dc1.other.example', false],
    ['dc1', 'dc10.corp.example', false],
    ['dc1', 'dc1', true],
    ['dc1', ' DC1 ', true],
    ['name:dc*', 'DC01.corp.example', true],
    ['name:dc?', 'dc1.corp.example', true],
    ['name:dc?', 'dc10.corp.example', false],
    ['NAME:*.dmz.corp', 'web.dmz.corp', true],
    ['name:*.dmz.corp', 'web', false],
    ['name:dc*.corp', 'dc1', true],
    ['name:dc', 'dc1', false],
    ['name:Ana’s Mac', 'ana’s mac', true],
  ])('by name: %s and the machine %s: %s', (entry, computerDnsName, isHit) => expect(spares(entry, { computerDnsName })).toBe(isHit));

  it('by id goes by the id in any case', () => {
    expect(excluding(`${ID.toUpperCase()} # DC`).matches(candidate(undefined))).toHaveLength(1);
    expect(excluding(`${ID}#DC`).matches(candidate(undefined))).toHaveLength(1);
  });

  it.each([
    ['tag: crown jewel', { machineTags: ['Crown Jewel'] }],
    ['tag:crown jewel', { machineTags: [' Crown\u00a0Jewel '] }],
    ['tag:Crown*', { machineTags: ['x', 'Crown Jewel'] }],
    ['tag:vip', { machineTags: [null, 'VIP'] }],
    ['tag:C# team', { machineTags: ['C# team'] }],
    ['tag:vip # the board', { machineTags: ['vip'] }],
    ['tag:STRASSE', { machineTags: ['Straße'] }],
    ['tag:a, "b"; c', { machineTags: ['a, "b"; c'] }],
    ['GROUP:tier 0', { rbacGroupName: 'Tier 0' }],
    ['group:unassignedgroup', { rbacGroupName: '' }],
    ['os:WindowsServer*', { osPlatform: 'WindowsServer2022' }],
    ['os:windows server 2022', { osPlatform: 'WindowsServer2022' }],
  ])('%s spares %o', (entry, facts) => expect(spares(entry, facts)).toBe(true));

  it.each([
    ['tag:tier 0', { rbacGroupName: 'Tier 0', computerDnsName: 'tier 0' }],
    ['tag:vip', { machineTags: ['vip2'] }],
    ['os:WindowsServer*', { osPlatform: 'Windows11' }],
    ['group:x', { rbacGroupName: '' }],
  ])('%s does not spare %o', (entry, facts) => expect(spares(entry, facts)).toBe(false));

  it('is added by what the list calls a machine, too', () => {
    expect(excluding('dc1').matches(candidate(someFacts(), 'dc1.corp'))).toHaveLength(1);
    expect(excluding('dc1').matches(candidate(someFacts({ computerDnsName: 'dc1' }), 'pc7'))).toHaveLength(1);
  });

  it.each([
    ['dc1', undefined, 'its name is not known'],
    ['dc1', { computerDnsName: ' ' }, 'its name is not known'],
    ['tag:x', undefined, 'its tags are not known'],
    ['tag:x', { machineTags: null }, 'its tags are not known'],
    ['tag:x', { machineTags: ['y', null] }, 'its tags are not known'],
    ['group:x', { rbacGroupName: null }, 'its group is not known'],
    ['os:x', { osPlatform: null }, 'its operating system is not known'],
    ['tag:x', { machineTags: [] }, undefined],
    ['group:x', { rbacGroupName: '' }, undefined],
    [machineId(2), undefined, undefined],
  ])('%s on a machine of which the API says %o: %s', (entry, facts, why) => {
    expect(whyUnclear(excluding(entry), candidate(facts && someFacts(facts), 'pc1'))).toBe(why);
  });
});

describe('a line that is no exclusion', () => {
  it.each([
    [`${ID} ${machineId(2)}`, /more than one entry/, /one entry a line/],
    [`${ID},${machineId(2)}`, /more than one entry/, /one entry a line/],
    ['dc1, dc2', /more than one entry/, /one entry a line/],
    [`"${ID}"`, /quotation marks/, new RegExp(`: ${ID}$`)],
    ['“dc1”', /quotation marks/, /: dc1$/],
    ['tag:"VIP"', /quotation marks/, /: tag:VIP$/],
    ['10.1.2.3', /IP address/, /DNS name/],
    ['10.0.0.0/8', /IP address/, /DNS name/],
    ['fe80::1', /IP address/, /DNS name/],
    ['CORP\\dc01', /a domain/, /: dc01$/],
    ['name:CORP\\dc*', /a domain/, /: name:dc\*$/],
    ['tags:x', /"tags:" is no kind/, /Write tag:x$/],
    ['tag :x', /no kind/, /Write tag:x$/],
    ['host:dc1', /no kind/, /Write name:dc1$/],
    [`id:${ID}`, /no kind/, new RegExp(`Write ${ID}$`)],
    ['colour:red', /no kind/, /Known are name:, tag:, group:, os:/],
    ['dc*', /a pattern needs/, /Write name:dc\*$/],
    ['dc0?.corp.example', /a pattern needs/, /Write name:dc0\?\.corp\.example$/],
    ['tag:', /nothing stands after "tag:"/, /tag:NAME/],
    ['name: # dc', /nothing stands after "name:"/, /name:NAME/],
    ['0f8fad5b-d9cb-469f-a165-708677289500', /GUID/, /40 hex digits/],
    [ID.slice(1), /39 hex digits: a machine id has 40/, /whole id/],
    ['DC01$', /account name/, /: DC01$/],
    ['-dc', /neither a machine id nor/, /one entry a line/],
    ['DeviceId,DeviceName', /more than one entry/, /one entry a line/],
    ['["dc1"]', /neither|quotation/, /one entry a line|without/],
    ['dc 1', /more than one entry/, /one entry a line/],
    ['dc1\u200b', /neither/, /one entry a line/],
  ])('%s', (text, problem, instead) => {
    expect(parseExclusion(text, 'spare.txt', 1)).toEqual({
      problem: expect.stringMatching(problem),
      instead: expect.stringMatching(instead),
    });
  });

  it.each(['', '   ', '# dc1', '  #dc1'])('%j says nothing', (text) => expect(parseExclusion(text, 'spare.txt', 1)).toBeUndefined());
});

describe('any line whatever', () => {
  const anyLine = oneof(
    string({ unit: 'grapheme' }),
    string({ unit: 'binary' }),
    string({ unit: constantFrom(...Array.from('dc01.*?#:\\-_ "\'ßİſΣKtags')) }),
    domain(),
    tuple(constantFrom('tag:', 'TAG:', 'group:', 'name:', 'os:', 'tags:'), string({ unit: 'grapheme' })).map((parts) => parts.join('')),
  );
  const dressed = constantFrom<(text: string) => string>(
    (text) => text,
    (text) => text.toUpperCase(),
    (text) => text.toLowerCase(),
    (text) => `  ${text}\t`,
  );

  it('is refused, is a comment, or spares every machine whose id, name, tag, group or system it names', () => {
    assert(
      property(anyLine, dressed, (line, dress) => {
        const parsed = parseExclusion(line, 'spare.txt', 1);
        if (parsed === undefined || isBadEntry(parsed)) return;
        const exclusions = exclusionsOf([parsed]);
        const before = (line.split('#', 1)[0] ?? '').trim();
        // After a prefix a `#` may belong to the name; without one it can only begin a comment.
        for (const text of parsed.written.includes(':') ? [line.trim(), before] : [before]) {
          const named = dress(text.slice(text.indexOf(':') + 1));
          const facts: Record<string, Partial<MachineFacts>> = {
            id: { id: text.toLowerCase() },
            name: { computerDnsName: named },
            tag: { machineTags: ['other', named] },
            group: { rbacGroupName: named },
            os: { osPlatform: named },
          };
          expect(exclusions.matches(candidate(someFacts(facts[parsed.kind])))).toEqual([parsed]);
        }
      }),
      { numRuns: 3000 },
    );
  });
});
