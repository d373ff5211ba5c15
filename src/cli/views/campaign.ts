/** What is shown of a campaign: each tenant, those that need somebody first, and what all came to. */
import type { CampaignSummary, TenantEnd } from '../../core/campaign.ts';
import { EXIT } from '../../core/exit.ts';
import { shown } from '../../core/one-line.ts';
import { describeCounts } from '../../core/summary.ts';
import type { CampaignFiles } from '../../run/campaign/report.ts';
import { outcomeLines } from './counts.ts';
import { table } from './table.ts';

interface Shown extends CampaignFiles {
  readonly campaign: string;
}

const HEADER = ['TENANT', 'RUN', 'EXIT', 'OUTCOMES'];

export function campaignText({ campaign, summary, files, unwritten }: Shown): string {
  const { tenants, outcomes, exitCode } = summary;
  const lines = [
    ...(campaign.startsWith('emulated-') ? ['EMULATED: nothing real was touched.'] : []),
    `Campaign ${campaign}: ${tenants.length} ${tenants.length === 1 ? 'tenant' : 'tenants'}.`,
    ...table([HEADER, ...tenants.map(cells)]),
    ...tenants.flatMap(({ tenant, why }) => (why === null ? [] : [`  ${tenant}: ${shown(why)}`])),
    ...outcomeLines(outcomes),
    ...(files.length > 0 ? [`Report: ${files.join(', ')}`] : []),
    ...(unwritten === undefined ? [] : [`No report of the whole was written. Nothing is lost:  cordon report ${campaign} --report DIR`]),
    ...nextLines(campaign, summary),
    `Exit code ${exitCode}: ${wordsOf(summary)}.`,
  ];
  return `${lines.join('\n')}\n`;
}

function cells({ tenant, run, exitCode, outcomes }: TenantEnd): string[] {
  return [tenant, run ?? '-', String(exitCode), describeCounts(outcomes) || '-'];
}

function nextLines(campaign: string, { tenants, unfinished }: CampaignSummary): string[] {
  const left = tenants.filter(({ run }) => run === undefined).length;
  return [
    ...(unfinished.length > 0 ? [`Not finished (${unfinished.length} of its runs): go on with  cordon resume ${campaign}`] : []),
    ...(left > 0 ? [`${left} could not begin: targets.csv beside the report has their rows, to be run again once that is mended.`] : []),
  ];
}

function wordsOf({ tenants, exitCode }: CampaignSummary): string {
  if (exitCode === EXIT.ok) return 'every tenant came to a good end';
  const bad = tenants.filter((end) => end.exitCode !== EXIT.ok).length;
  return `${bad} of ${tenants.length} tenants need a look`;
}

/** The one JSON object of `--json`. */
export function campaignJson({ campaign, summary, files }: Shown): object {
  return { campaign, ...summary, reports: files };
}
