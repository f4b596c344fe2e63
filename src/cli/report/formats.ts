/** Names of the forms in which findings are printed. */
export const REPORT_FORMATS = ['human', 'json', 'yaml', 'github', 'sarif', 'junit'] as const;

export type ReportFormat = (typeof REPORT_FORMATS)[number];
