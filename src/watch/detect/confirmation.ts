// Whether a claim is more than one stray frame.
import { type Micros, SECOND } from '../../base/time.ts';
import type { Mac } from '../../net/address.ts';
import type { FindingKind } from '../finding/kinds.ts';
import type { Sighting } from '../lan/context.ts';
import type { DetectContext } from './context.ts';

/**
 * A machine that begins to use an address announces it a few times within seconds (RFC 5227, section 2.3), and may then give
 * it up.
 */
const CLAIMED_AGAIN_AFTER: Micros = 10 * SECOND;

/** What an unconfirmed finding says at its end. */
export const UNCONFIRMED =
  ' Not confirmed yet: that machine has neither answered a probe nor claimed the address again.';

/** So many strangers on one address are no accident, though each sends a single frame: a machine may make up a MAC for each. */
const MANY_STRANGERS = 4;

/** The machine answered a question for the address, or went on to claim it; or many others have claimed it for as long. */
export function isConfirmed(
  { book }: DetectContext,
  kind: FindingKind,
  { segment, claim: { ip }, address, at }: Sighting,
  mac: Mac,
): boolean {
  const isLong = (since: Micros) => at - since >= CLAIMED_AGAIN_AFTER;
  const owner = address.owners.find((one) => one.mac === mac);
  if (owner && (owner.reply > 0 || owner.lastSeen - owner.firstSeen >= CLAIMED_AGAIN_AFTER)) return true;
  const open = book.openOn({ kind, segment, ip });
  // A flood of other MACs makes the table of claims forget the first claim; the finding remembers.
  const own = open.find(({ culprit }) => culprit !== null && 'mac' in culprit && culprit.mac === mac);
  if (own && isLong(own.raisedAt)) return true;
  return open.length >= MANY_STRANGERS && open.some(({ raisedAt }) => isLong(raisedAt));
}

/** So many others claim the address that one more is hardly a node under another MAC. */
export function isOneOfMany(
  { book }: DetectContext,
  kind: FindingKind,
  { segment, claim: { ip } }: Sighting,
): boolean {
  return book.countOpenOn({ kind, segment, ip }) >= MANY_STRANGERS;
}
