// GET /docs/findings: docs/findings.md, where alerts lead.
import * as Type from 'typebox/type';
import { piecesOf } from '../pieces.ts';
import type { Route } from '../route.ts';

export const findingsPage: Route = {
  method: 'GET',
  path: '/docs/findings',
  id: 'getFindingsPage',
  tag: 'findings',
  summary: 'A page for people: what each finding and each alert means, and what to do',
  answer: { description: 'docs/findings.md', type: 'text/html', schema: Type.String() },
  handle: async ({ answers }, request, reply) => {
    // Few agents are ever asked for it.
    const { default: page } = await import('../findings-page.json', { with: { type: 'json' } });
    const pieces = await answers.make(request, (pause) => piecesOf([page.lines.join('\n')], pause));
    reply
      .type('text/html; charset=utf-8')
      .header('content-security-policy', page.contentSecurityPolicy)
      .header('referrer-policy', 'no-referrer');
    return answers.send(reply, pieces ?? []);
  },
};
