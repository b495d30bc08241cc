// What a check comes to, in one word.

export const STATUSES = ['ok', 'info', 'warning', 'critical', 'skipped'] as const;
export type Status = (typeof STATUSES)[number];
