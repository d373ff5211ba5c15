import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { campaignOf, campaignSummary, inCampaign, isCampaignId, newCampaignId, summaryOfRuns } from '../../src/core/campaign.ts';
import { consentAddress, isMissingConsent } from '../../src/core/consent.ts';
import { splitByTenant, tenantColumn, tenantIdOf } from '../../src/core/tenants.ts';
import type { InputRow } from '../../src/core/types.ts';
import { aRun } from '../support/builders.ts';

const ONE = '11111111-1111-1111-1111-111111111111';
const row = (number: number, input?: Record<string, string>): InputRow => ({
  row: number,
  text: `m${number}`,
  deviceName: '',
  file: 'list.csv',
  line: number + 1,
  ...(input && { input }),
});

describe('a list over many tenants', () => {
  it('is told by a column that names tenants, however it is spelled, the more certain one first', () => {
    expect(tenantColumn([row(1, { 'Tenant ID': ONE, Tenant: 'contoso' })], undefined)).toBe('tenantId');
    expect(tenantColumn([row(1, { Tenant_Name: 'contoso' })], undefined)).toBe('tenantName');
    expect(tenantColumn([row(1, { group: 'x' }), row(2)], undefined)).toBeUndefined();
    expect(tenantColumn([row(1, { Customer: 'x' })], 'customer')).toBe('customer');
    expect(() => tenantColumn([row(1, { Customer: 'x' })], 'Tenant')).toThrow('no column "Tenant"');
  });

  it('is split by tenant, in the list’s order, whatever the spelling of an id', () => {
    const rows = [row(1, { Tenant: 'contoso.com' }), row(2, { tenant: ONE.toUpperCase() }), row(3, { Tenant: ' CONTOSO.com ' })];
    const parts = splitByTenant(rows, 'tenant', tenantIdOf);
    expect(parts.map(({ tenant, rows: own }) => [tenant, own.map((each) => each.row)])).toEqual([
      ['contoso.com', [1, 3]],
      [ONE, [2]],
    ]);
  });

  it.each([
    [row(7), 'list.csv:8: the row names no tenant'],
    [row(7, { tenant: '  ' }), 'list.csv:8: the row names no tenant'],
    [row(7, { tenant: 'no such one' }), 'list.csv:8: "no such one" is no tenant'],
  ])('is refused when a row’s tenant is not certain', (stray, why) => {
    expect(() => splitByTenant([row(1, { tenant: ONE }), stray], 'tenant', tenantIdOf)).toThrow(why);
  });

  it('loses no row and doubles none', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('a.com', 'B.com', 'b.com', ONE)), (tenants) => {
        const rows = tenants.map((tenant, i) => row(i + 1, { tenant }));
        const parts = splitByTenant(rows, 'tenant', tenantIdOf);
        expect(parts.flatMap(({ rows: own }) => own).toSorted((x, y) => x.row - y.row)).toEqual(rows);
        expect(new Set(parts.map(({ tenant }) => tenant)).size).toBe(parts.length);
      }),
    );
  });
});

describe('a campaign', () => {
  it('has an id that is no run’s, and stands in the settings of its runs', () => {
    const id = newCampaignId(0, false, () => 0);
    expect(id).toBe('c-19700101-000000-aaaa');
    expect([id, newCampaignId(0, true, () => 0), 'r-19700101-000000-aaaa', 'c-1'].map(isCampaignId)).toEqual([true, true, false, false]);
    expect(campaignOf({ settings: inCampaign({ rate: ['1/1m'] }, id) })).toBe(id);
    expect(campaignOf(aRun())).toBeUndefined();
  });

  const end = (tenant: string, exitCode: 0 | 2 | 3 | 5 | 8, outcomes = {}) => ({
    tenant,
    run: `r-${tenant}`,
    outcomes,
    exitCode,
    why: null,
  });

  it('sums up its tenants, those that need somebody first, and hides none that failed', () => {
    const summary = campaignSummary([end('a', 0, { created: 2 }), end('b', 8), end('c', 3, { created: 1, refused: 1 })], ['r-b']);
    expect(summary).toMatchObject({ outcomes: { created: 3, refused: 1 }, exitCode: 8, unfinished: ['r-b'] });
    expect(summary.tenants.map(({ tenant }) => tenant)).toEqual(['b', 'c', 'a']);
  });

  it.each([
    [[0, 0], 0],
    [[0, 3], 3],
    [[3, 2], 2],
    [[0, 2], 2],
    [[5, 2], 5],
    [[], 0],
  ] as const)('whose tenants ended with %j ends with %d', (codes, exitCode) => {
    expect(
      campaignSummary(
        codes.map((code, i) => end(`t${i}`, code)),
        [],
      ).exitCode,
    ).toBe(exitCode);
  });

  it('is summed up of the state’s runs too, where a run without an end is something left to do', () => {
    const overview = (id: string, more: object) => ({
      ...aRun({ id, settings: { campaign: ['c-1'] } }),
      machines: 1,
      active: false,
      outcomes: {},
      ...more,
    });
    const runs = [
      overview('r-1', { status: 'done', exitCode: 0, outcomes: { created: 1 } }),
      overview('r-2', { exitCode: null, outcomes: { 'not-sent': 1 } }),
      { ...overview('r-3', {}), settings: {} },
    ];
    expect(summaryOfRuns(runs, 'c-1')).toMatchObject({ outcomes: { created: 1, 'not-sent': 1 }, unfinished: ['r-2'], exitCode: 3 });
  });
});

describe('a tenant without consent', () => {
  it('is told from a wrong secret, and shown where consent is given', () => {
    expect(isMissingConsent('AADSTS7000229: The client application is missing service principal in the tenant')).toBe(true);
    expect(isMissingConsent('AADSTS65001: The user or administrator has not consented')).toBe(true);
    expect(isMissingConsent('AADSTS7000215: Invalid client secret')).toBe(false);
    expect(consentAddress('https://login.microsoftonline.us', 'contoso.com', 'app 1')).toBe(
      'https://login.microsoftonline.us/contoso.com/adminconsent?client_id=app+1',
    );
  });
});
