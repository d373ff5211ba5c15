import { describe, expect, it } from 'vitest';
import { restrict } from '../../../jobs/restrict.ts';
import { platformsText, questionFor, strays } from '../../../src/cli/views/question.ts';
import { briefingOf } from '../../../src/core/briefing.ts';
import { shown } from '../../../src/core/one-line.ts';
import { table } from '../../../src/cli/views/table.ts';
import { NO_EXCLUSIONS } from '../../../src/core/exclusions.ts';
import { eta } from '../../../src/core/eta.ts';
import { knowledgeOf } from '../../../src/core/knowledge.ts';
import { plan } from '../../../src/core/plan.ts';
import { API_WINDOWS } from '../../../src/core/rate.ts';
import { excluding, machineId, someFacts } from '../../support/builders.ts';

const NOW = new Date(2026, 10, 23, 12, 0).getTime();
const rows = Array.from({ length: 7 }, (_, i) => ({
  row: i + 1,
  text: machineId(i + 1),
  deviceName: `pc${i + 1}`,
  file: 'list.csv',
  line: i + 2,
}));
const ROWS_AND_FACTS = {
  rows,
  knowledge: knowledgeOf({
    machines: new Map(
      rows.map(({ text, row }) => [
        text,
        someFacts({ id: text, computerDnsName: `pc${row}`, osPlatform: row > 5 ? 'Windows10' : 'Windows11', lastSeen: null }),
      ]),
    ),
    actions: [],
    type: 'RestrictCodeExecution',
    inverse: 'UnrestrictCodeExecution',
  }),
};

describe('what is shown of foreign text', () => {
  it('cannot steer a terminal, break a line or turn the writing round', () => {
    expect(shown('pc1\u001B[2J\r\nROW\u202Eevil\u2028x')).toBe('pc1 [2J ROW evil x');
  });

  it('stands in columns as wide as their widest cell', () => {
    expect(
      table([
        ['A', 'B', 'C'],
        ['longer', 'x', 'why'],
      ]),
    ).toEqual(['  A       B  C', '  longer  x  why']);
  });
});

describe('the question', () => {
  it('says what will be done where, to how many, to whom first, when, and what is left out', () => {
    const exclusions = excluding('pc3', 'ghost');
    const made = plan({ job: restrict, ...ROWS_AND_FACTS, exclusions, now: NOW });
    const question = questionFor(
      briefingOf({
        job: restrict,
        plan: made,
        comment: 'INC-1',
        tenant: 'contoso',
        host: 'https://api.security.microsoft.com',
        now: NOW,
        emulated: false,
        eta: eta({ calls: made.calls, windows: API_WINDOWS, now: NOW }),
        refusals: [{ guard: 'max-targets', why: '6 machines would be called, and --max-targets is 5', canBeConfirmed: true }],
      }),
    );
    expect(question).toMatchInlineSnapshot(`
      "About to restrict app execution on 6 machines
        tenant    contoso (https://api.security.microsoft.com)
        comment   INC-1
        noticed   Programs that are not signed by Microsoft do not start any more; a
                  notification says so (not on Server 2016 and 2012 R2).
        undo      cordon undo RUN (unrestrict, on exactly the machines that this run
                  reached)
        machines  pc1, pc2, pc4, pc5, pc6 and 1 more
        systems   4 Windows11, 2 Windows10
        spared    pc3
        left out  1 excluded
        when      all 6 now (now 12:00)
        WARNING   Line-of-business programs and agents of other vendors stop
                  starting, remote tools among them.
        WARNING   exclusions that match no machine of the tenant: "ghost"
                  (spare.txt:2)
        WARNING   6 machines would be called, and --max-targets is 5"
    `);
    expect(strays(made)).toEqual(['exclusions that match no machine of the tenant: "ghost" (spare.txt:2)']);
  });

  it('says nothing of systems that were not read', () => {
    const made = plan({ job: restrict, rows, exclusions: NO_EXCLUSIONS });
    expect(platformsText(made)).toBe('');
    expect(
      questionFor(
        briefingOf({
          job: restrict,
          plan: made,
          comment: 'INC-1',
          tenant: '',
          host: 'h',
          now: NOW,
          emulated: true,
          eta: eta({ calls: 7, windows: API_WINDOWS, now: NOW }),
          refusals: [],
        }),
      ),
    ).not.toContain('systems');
  });
});
