// GET /api/v1/findings.
import * as Type from 'typebox/type';
import { FINDING_STATES } from '../../../watch/finding/finding.ts';
import { FINDING_KINDS, SEVERITIES } from '../../../watch/finding/kinds.ts';
import { renderFinding } from '../../render/render.ts';
import { closed, FindingSchema } from '../../render/schemas.ts';
import { inOrder } from '../../tables/page.ts';
import { addressFilter, ip, latestFirst, listRoute, paging } from '../listing.ts';

const FindingQuery = Type.Object(
  {
    state: Type.Optional(
      Type.Enum([...FINDING_STATES, 'all'], {
        default: 'active',
        description: 'only findings in this state',
      }),
    ),
    kind: Type.Optional(Type.Enum(FINDING_KINDS)),
    severity: Type.Optional(Type.Enum([...SEVERITIES])),
    ip,
    ...paging,
  },
  closed,
);

export const findings = listRoute({
  path: '/api/v1/findings',
  summary: 'Where intent, DHCP and the wire disagree; the latest first',
  query: FindingQuery,
  item: FindingSchema,
  rows: ({ sources }, query) => {
    const { state = 'active', kind, severity } = query;
    const isOfAddress = addressFilter(query);
    const found = sources.view
      .findings()
      .filter(
        (finding) =>
          (state === 'all' || finding.state === state) &&
          (kind === undefined || finding.kind === kind) &&
          (severity === undefined || finding.severity === severity) &&
          isOfAddress(finding),
      );
    return inOrder(found, ({ id, raisedAt }) => `${latestFirst(raisedAt)} ${id}`);
  },
  render: renderFinding,
});
