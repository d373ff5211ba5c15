/** One report over all runs of a campaign: every row with its tenant, and what each tenant came to. */
import { join } from 'node:path';
import type { CampaignSummary } from '../core/campaign.ts';
import { cellOf } from '../core/column-names.ts';
import { EXIT } from '../core/exit.ts';
import { messageOf, UserError } from '../core/errors.ts';
import { makeFolders } from '../system/folders.ts';
import { replaceFile } from '../system/replace.ts';
import { cellsOf, COLUMN_NAMES, inputName, snakeCase } from './columns.ts';
import { BYTE_ORDER_MARK, csvLine } from './csv.ts';
import type { Report } from './report.ts';

export interface CampaignReport {
  readonly campaign: string;
  readonly summary: CampaignSummary;
  /** Each run's report, read one after the other. */
  readonly reports: readonly (() => Promise<Report>)[];
}

/**
 * Writes `campaign.csv` and `campaign.json`, each whole or not at all. Resolves to their paths.
 * @throws UserError (exit 1) when the folder cannot be written: the state still has everything
 */
export async function writeCampaign({ campaign, summary, reports }: CampaignReport, folder: string): Promise<string[]> {
  const [csv, json] = [join(folder, 'campaign.csv'), join(folder, 'campaign.json')];
  try {
    makeFolders(folder);
    await replaceFile(csv, rowsOf(reports), { mode: 0o600 });
    await replaceFile(json, [`${JSON.stringify({ campaign, ...summary }, null, 2)}\n`], { mode: 0o600 });
    return [csv, json];
  } catch (error) {
    throw new UserError(`the report of the campaign cannot be written to ${folder}: ${messageOf(error)}`, {
      exitCode: EXIT.internal,
      hint: `Nothing is lost: cordon report ${campaign} --report DIR writes it again.`,
      cause: error,
    });
  }
}

/** report.csv's columns after the tenant; the list's own columns last, as all runs together have them. */
async function* rowsOf(reports: CampaignReport['reports']): AsyncIterable<string> {
  const names = new Set<string>();
  for (const read of reports) for (const name of (await read()).inputColumns) names.add(name);
  yield BYTE_ORDER_MARK + csvLine(['tenant', ...COLUMN_NAMES.map(snakeCase), ...[...names].map(inputName)]);
  for (const read of reports) {
    const { run, rows } = await read();
    for await (const row of rows()) yield csvLine([run.tenant, ...cellsOf(run, row), ...[...names].map((name) => cellOf(row.input, name))]);
  }
}
