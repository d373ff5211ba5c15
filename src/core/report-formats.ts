/** The formats in which a report can be had, by the names of `--formats`. */
export const REPORT_FORMATS = ['csv', 'json', 'html', 'md', 'xlsx'] as const;
export type ReportFormatName = (typeof REPORT_FORMATS)[number];

/** What is written when nobody asks for other formats. */
export const DEFAULT_FORMATS: readonly ReportFormatName[] = ['csv', 'json', 'html', 'md'];
