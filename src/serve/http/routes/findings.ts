// GET /api/v1/findings.
import * as Type from 'typebox/type';
import { FINDING_STATES, type Finding } from '../../../watch/finding/finding.ts';
import { renderFinding } from '../../render/render.ts';
import { FindingKindSchema, FindingSchema, SeveritySchema } from '../../render/schemas.ts';
import { choiceFilter, type Filter, ipFilter, serviceFilter, several, sinceFilter } from '../filters.ts';
import { latestFirst, listRoute } from '../listing.ts';

const stateFilter: Filter<Finding> = {
  parameters: {
    state: several(
      Type.Enum([...FINDING_STATES, 'all']),
      'only findings in these states; without it, active findings',
    ),
  },
  read: (asked) => {
    const wanted = new Set(asked('state').length === 0 ? ['active'] : asked('state'));
    return wanted.has('all') ? undefined : ({ state }) => wanted.has(state);
  },
};

export const findings = listRoute({
  path: '/api/v1/findings',
  id: 'listFindings',
  tag: 'findings',
  summary: 'Where intent, DHCP and the wire disagree; the latest first',
  filters: [
    stateFilter,
    choiceFilter('kind', FindingKindSchema, 'only findings of these kinds', ({ kind }: Finding) => kind),
    choiceFilter(
      'severity',
      SeveritySchema,
      'only findings of these severities',
      (row: Finding) => row.severity,
    ),
    ipFilter,
    serviceFilter(({ vip }: Finding) => vip),
    sinceFilter(
      'only findings raised at this time or later: ISO 8601, or how long ago (12h)',
      ({ raisedAt }: Finding) => raisedAt,
    ),
  ],
  item: FindingSchema,
  rows: ({ sources }) => sources.view.findings(),
  order: ({ id, raisedAt }) => `${latestFirst(raisedAt)} ${id}`,
  render: renderFinding,
});
