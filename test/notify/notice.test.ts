import { describe, expect, it } from 'vitest';
import { noticeBody, type Notice } from '../../src/notify/notice.ts';
import { aRun } from '../support/builders.ts';

function aNotice(overrides: Partial<Notice> = {}): Notice {
  return {
    event: 'end',
    run: aRun(),
    at: Date.parse('2026-11-23T10:15:30Z'),
    exitCode: 0,
    outcomes: { created: 2, excluded: 1 },
    resumable: false,
    ...overrides,
  };
}

describe('a notice as JSON', () => {
  it('says which run, how it ended, and what came of the rows', () => {
    expect(JSON.parse(JSON.stringify(noticeBody(aNotice(), 'json')))).toEqual({
      event: 'end',
      text: 'cordon restrict: run r-20261123-101530-k3f9 ended with exit code 0',
      at: '2026-11-23T10:15:30.000Z',
      run: {
        id: 'r-20261123-101530-k3f9',
        job: 'restrict',
        comment: 'INC-7',
        operator: 'ana',
        tenant: 'contoso',
        host: 'https://api.security.microsoft.com',
        emulated: false,
      },
      outcomes: { created: 2, excluded: 1 },
      exitCode: 0,
      resumable: false,
    });
  });

  it('begins with EMULATED when nothing real is touched', () => {
    expect(noticeBody(aNotice({ run: aRun({ emulated: true }) }), 'json')).toMatchObject({ text: expect.stringMatching(/^EMULATED: /) });
  });
});

describe('a notice for Teams', () => {
  const contentOf = (notice: Partial<Notice>): string => JSON.stringify(noticeBody(aNotice(notice), 'teams'));

  it('is one message with one adaptive card', () => {
    expect(noticeBody(aNotice({ event: 'start', calls: 240, open: 200 }), 'teams')).toMatchObject({
      type: 'message',
      attachments: [
        {
          contentType: 'application/vnd.microsoft.card.adaptive',
          content: {
            type: 'AdaptiveCard',
            version: '1.4',
            body: [
              { type: 'TextBlock', text: 'cordon restrict: run r-20261123-101530-k3f9 begins to send' },
              { type: 'FactSet', facts: expect.arrayContaining([{ title: 'Calls', value: '240, 200 of them not settled' }]) },
            ],
          },
        },
      ],
    });
  });

  it('is green only when all is well', () => {
    expect(contentOf({ exitCode: 0 })).toContain('"Good"');
    expect(contentOf({ exitCode: 5, why: 'no usable answer for 5m', resumable: true })).toContain('"Warning"');
    expect(contentOf({ event: 'stall', why: 'throttled' })).toContain('"Warning"');
  });

  it('says how to go on with what was left', () => {
    expect(contentOf({ exitCode: 143, resumable: true })).toContain('cordon resume r-20261123-101530-k3f9');
  });

  it('never shows a link that somebody else worded', () => {
    expect(contentOf({ why: '[click](https://evil.example)' })).not.toContain('](');
  });
});
