import { describe, expect, it } from 'vitest';
import { readTargets } from '../../src/targets/index.ts';

async function fixture(name: string): Promise<string[]> {
  const rows = await readTargets([{ kind: 'file', path: `fixtures/lists/${name}` }]);
  return Array.from(rows, ({ text, deviceName, line }) => `${line}: ${text} ${deviceName}`);
}

describe('exports as they come', () => {
  it("reads the portal's device list, whose cells may hold delimiters and line ends", async () => {
    expect(await fixture('portal-devices.csv')).toMatchInlineSnapshot(`
      [
        "2: 566ef1844c8b135cdf13e063c7e02c776aac02a4 fin-ws-014.contoso.com",
        "3: c4216078c7137628ed65b060e2fd3c6741d9665b hr-lt-203.contoso.com",
        "5: 68097f0fb174df51e58e5384d5c527044c619531 web01",
        "6: 95cf6efc9523c2a409ede1b03a3fb6c4e087b86f sql-prod-2.contoso.com",
        "7: 049fa9d4edd32e24c86acc78b45dc38b558474fb kiosk-7.contoso.com",
      ]
    `);
  });

  it('reads the CSV of advanced hunting, whatever the order of its columns', async () => {
    expect(await fixture('hunting.csv')).toMatchInlineSnapshot(`
      [
        "2: 566ef1844c8b135cdf13e063c7e02c776aac02a4 fin-ws-014.contoso.com",
        "3: c4216078c7137628ed65b060e2fd3c6741d9665b hr-lt-203.contoso.com",
        "4: 68097f0fb174df51e58e5384d5c527044c619531 web01",
        "5: 95cf6efc9523c2a409ede1b03a3fb6c4e087b86f sql-prod-2.contoso.com",
      ]
    `);
  });

  it('reads the JSON of advanced hunting', async () => {
    expect(await fixture('hunting.json')).toMatchInlineSnapshot(`
      [
        "41: 566ef1844c8b135cdf13e063c7e02c776aac02a4 fin-ws-014.contoso.com",
        "49: c4216078c7137628ed65b060e2fd3c6741d9665b hr-lt-203.contoso.com",
        "57: 68097f0fb174df51e58e5384d5c527044c619531 web01",
        "65: 95cf6efc9523c2a409ede1b03a3fb6c4e087b86f sql-prod-2.contoso.com",
      ]
    `);
  });

  it('reads the answer of the machines API', async () => {
    expect(await fixture('machines-api.json')).toMatchInlineSnapshot(`
      [
        "4: 566ef1844c8b135cdf13e063c7e02c776aac02a4 fin-ws-014.contoso.com",
        "25: c4216078c7137628ed65b060e2fd3c6741d9665b hr-lt-203.contoso.com",
        "44: 68097f0fb174df51e58e5384d5c527044c619531 web01",
      ]
    `);
  });

  it('reads plain text and skips comments and blank lines', async () => {
    expect(await fixture('ids.txt')).toMatchInlineSnapshot(`
      [
        "3: 566ef1844c8b135cdf13e063c7e02c776aac02a4 ",
        "4: c4216078c7137628ed65b060e2fd3c6741d9665b ",
        "7: 68097f0fb174df51e58e5384d5c527044c619531 ",
      ]
    `);
  });

  it('reads what PowerShell redirects into a file', async () => {
    expect(await fixture('utf16le.csv')).toMatchInlineSnapshot(`
      [
        "2: 566ef1844c8b135cdf13e063c7e02c776aac02a4 münchen-01",
        "3: c4216078c7137628ed65b060e2fd3c6741d9665b web01",
      ]
    `);
  });

  it('reads what Excel writes in Europe: semicolons, windows-1252, sep=, empty columns', async () => {
    expect(await fixture('excel-semicolon.csv')).toMatchInlineSnapshot(`
      [
        "3: 566ef1844c8b135cdf13e063c7e02c776aac02a4 Büro-1",
        "4: c4216078c7137628ed65b060e2fd3c6741d9665b Büro-2",
      ]
    `);
  });
});
