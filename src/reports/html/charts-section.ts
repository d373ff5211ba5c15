import type { Group } from '../../core/words.ts';
import type { Step } from '../../page/series.ts';
import { h, type Element } from '../../page/tree.ts';
import type { Report } from '../report.ts';
import { quotaCharts, resultChart } from './charts.ts';

/** The charts; an empty section where there is nothing to draw. */
export async function chartsSection(report: Report, steps: readonly Step<Group>[], calls: number): Promise<Element> {
  const attempts = report.attempts ? await Array.fromAsync(report.attempts()) : [];
  const charts = [resultChart(steps, calls), ...quotaCharts(attempts, report.windows, report.run)].filter((chart) => chart !== undefined);
  if (charts.length === 0) return h('section', { id: 'charts', hidden: true });
  return h('section', { id: 'charts', 'aria-labelledby': 'charts-title' }, h('h2', { id: 'charts-title' }, 'Over time'), ...charts);
}
