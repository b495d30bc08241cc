// Which kinds of finding can be raised as things stand: none that the operator switched off, and none for which something of the
// cluster is not known.
import type { IntentIndex } from '../intent/index.ts';
import { FINDING_KINDS, type FindingKind, KINDS, type Knowledge } from './finding/kinds.ts';
import type { SuppressionRules } from './finding/suppression.ts';

export function judgedKinds(
  { intent, knowsNodes }: Pick<IntentIndex, 'intent' | 'knowsNodes'>,
  suppression: Pick<SuppressionRules, 'isEnabled'>,
): ReadonlySet<FindingKind> {
  const { vips, pools } = intent;
  const known: Readonly<Record<Knowledge, boolean>> = {
    vip: vips.length > 0,
    pool: pools.length > 0,
    address: vips.length > 0 || pools.length > 0,
    nodes: knowsNodes,
    // Where one can be told, nearly all can: the first that is asked says so.
    election: vips.some(({ elector }) => (elector?.elect() ?? null) !== null),
  };
  const isJudged = (kind: FindingKind) =>
    suppression.isEnabled(kind) && KINDS[kind].needs.every((needed) => known[needed]);
  return new Set(FINDING_KINDS.filter(isJudged));
}
