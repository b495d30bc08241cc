// GET /api/v1/summary.

import { SummarySchema } from '../../render/row-schemas.ts';
import { renderSummary } from '../../render/rows.ts';
import { summaryOf } from '../../tables/summary.ts';
import type { Route } from '../route.ts';

export const summary: Route = {
  method: 'GET',
  path: '/api/v1/summary',
  id: 'getSummary',
  tag: 'agent',
  summary:
    'A summary in one answer: VIPs, findings by severity, the last takeover, whether DHCP overlaps the pools',
  answer: { description: 'The summary', schema: SummarySchema },
  handle: async ({ sources, answers }, request, reply) => {
    const made = await answers.make(request, async () => renderSummary(summaryOf(sources), sources));
    return reply.send(made ?? null);
  },
};
