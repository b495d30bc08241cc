// Whether the vantage points of a test are ready for it to begin, by what they have reported.
import { type Micros, SECOND } from '../base/time.ts';
import type { IpAddress } from '../net/address.ts';
import type { TestObject } from './object.ts';

export type Readiness =
  | { readonly kind: 'ready' }
  | { readonly kind: 'waits'; readonly until: Micros }
  | { readonly kind: 'refused'; readonly reason: string };

/** Vantage points have so long to see the announcer answer. */
const READY_WITHIN = 5 * SECOND;
const FIRST_READY_WITHIN = 15 * SECOND;

export const announcerChangedText = (vip: IpAddress): string =>
  `The announcer of ${vip} changed before the test had begun.`;

/** @param since when they were asked to report. */
export function readinessOf(
  { participants, reports, from }: TestObject,
  vip: IpAddress,
  since: Micros,
  now: Micros,
): Readiness {
  const reported = participants.map((node) => ({ node, ...reports.get(node) }));
  const ready = reported.filter(({ announcer }) => (announcer ?? null) !== null);
  const troubled = reported.find(({ critical = [] }) => critical.length > 0);
  if (troubled) {
    const { critical = [], node } = troubled;
    return refused(`${node} already sees a problem on ${vip}: ${critical.join(', ')} is active on it.`);
  }
  const waited = now - since;
  if (ready.length < reported.length && waited < READY_WITHIN) return waits(since + READY_WITHIN);
  if (ready.length === 0 && waited < FIRST_READY_WITHIN) return waits(since + FIRST_READY_WITHIN);
  if (ready.length === 0)
    return refused(`None of ${reported.map(({ node }) => node).join(', ')} sees anyone answer for ${vip}.`);
  const other = ready.find(({ announcer }) => announcer !== from);
  if (other)
    return refused(
      `${other.announcer} answers for ${vip}, as ${other.node} sees it, and not ${from}, which MetalLB's election names.`,
    );
  if (ready.some(({ legs = [] }) => legs.length > 0)) return refused(announcerChangedText(vip));
  return { kind: 'ready' };
}

function refused(reason: string): Readiness {
  return { kind: 'refused', reason };
}

function waits(until: Micros): Readiness {
  return { kind: 'waits', until };
}
