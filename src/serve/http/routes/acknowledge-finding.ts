// POST /api/v1/findings/ID/acknowledge.
import * as Type from 'typebox/type';
import { LONGEST_COMMENT, readAcknowledging, shownName } from '../../../acknowledge/acknowledging.ts';
import { parseIso } from '../../../base/time.ts';
import { acknowledgementOf } from '../../../watch/finding/acknowledgement.ts';
import type { Finding } from '../../../watch/finding/finding.ts';
import { AcknowledgedSchema, closed } from '../../render/schemas.ts';
import {
  ACKNOWLEDGE,
  FindingParameters,
  orRefusal,
  renderAcknowledged,
  unknownFinding,
} from '../acknowledging.ts';
import { CHANGE_ERRORS } from '../failover-testing.ts';
import { sendProblem } from '../problem.ts';
import type { Route } from '../route.ts';

/** What is asked for: its shape. `readAcknowledging` knows the bounds. */
const AcknowledgeRequest = Type.Object(
  {
    comment: Type.String({
      description: `who sees to it, or why it can wait: one line of ${LONGEST_COMMENT} characters at most, which everyone can read`,
    }),
    until: Type.String({
      description:
        'when it ends, 30 days from now at most: a time with its zone, or how long from now (8h, 7d)',
    }),
  },
  { ...closed, $id: 'AcknowledgeRequest' },
);

export const acknowledgeFinding: Route = {
  method: 'POST',
  path: ACKNOWLEDGE,
  id: 'acknowledgeFinding',
  tag: 'findings',
  change: 'create',
  summary:
    'Acknowledges a finding: somebody knows about it and takes care of it, so it raises no alert until the time given',
  description:
    'It replaces an earlier acknowledgement of the finding. It stays if the finding is resolved and raised again. It does not hold ' +
    'while an acknowledged warning is critical, once an unconfirmed finding is confirmed, or while another Service has the address. In a cluster all agents know it.',
  params: FindingParameters,
  body: AcknowledgeRequest,
  answer: { description: 'The finding is acknowledged', schema: AcknowledgedSchema },
  errors: [...CHANGE_ERRORS, 404, 409, 413, 415],
  handle: async ({ acknowledgements, sources, gate, onAcknowledging }, request, reply) => {
    const { id } = request.params as Type.Static<typeof FindingParameters>;
    const finding = sources.view.finding(id);
    if (!finding) return sendProblem(reply, 404, unknownFinding(id));
    const refusal = refusalOf(finding);
    if (refusal !== null) return sendProblem(reply, 409, refusal);
    const at = sources.iso(sources.now());
    const asked = request.body as Type.Static<typeof AcknowledgeRequest>;
    const read = readAcknowledging(asked, parseIso(at)!);
    if (!read.ok) return sendProblem(reply, 400, read.mistakes.join('; '));
    const { comment, until } = read;
    const user = gate.userOf(request);
    const by = user === null ? null : shownName(user);
    const one = acknowledgementOf(finding, { by, comment, at, until });
    const put = await orRefusal(acknowledgements.put(one));
    if (!('found' in put)) return sendProblem(reply, put.status, put.detail);
    onAcknowledging({ action: 'acknowledged', finding: id, by, comment, until });
    return reply.send(renderAcknowledged(one));
  },
};

/** Why it is no finding to be acknowledged; null: it is. One that is over may come again. */
function refusalOf({ kind, suppressed }: Finding): string | null {
  if (suppressed) return 'this finding is suppressed: it alerts nobody, so there is nothing to acknowledge';
  // One id for whatever is refused: the next one may be an outage.
  if (kind === 'findings-refused')
    return 'this finding is about other findings, different ones each time: fix what fills the agent with findings, or silence this kind in the configuration';
  return null;
}
