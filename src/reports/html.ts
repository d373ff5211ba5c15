import { pageText } from './html/page.ts';
import type { ReportFormat } from './report.ts';

/** A page for people: one file that needs nothing else. */
export const html: ReportFormat = {
  name: 'html',
  file: 'report.html',
  only: 'run',
  text: (report) => pageText(report, { madeAt: report.madeAt }),
};

/** The same of a preview, for those who have to approve it. */
export const planHtml: ReportFormat = { ...html, file: 'plan.html', only: 'plan' };
