// Whether a claim is more than one stray frame.
import { type Micros, SECOND } from '../../base/time.ts';
import type { Mac } from '../../net/address.ts';
import type { ClaimedAddress } from '../lan/claims.ts';

/** A machine that begins to use an address announces it a few times within seconds (RFC 5227, section 2.3), and may then give it up. */
const CLAIMED_AGAIN_AFTER: Micros = 10 * SECOND;

/** What an unconfirmed finding says at its end. */
export const UNCONFIRMED =
  ' Not confirmed yet: that machine has neither answered a question nor claimed the address again.';

/** The machine answered a question for the address, or went on to claim it. */
export function isConfirmed({ owners }: ClaimedAddress, mac: Mac): boolean {
  const owner = owners.find((one) => one.mac === mac);
  if (!owner) return false;
  return owner.reply > 0 || owner.lastSeen - owner.firstSeen >= CLAIMED_AGAIN_AFTER;
}
