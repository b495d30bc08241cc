// Addresses that very many machines are at odds about: who has no finding of his own is counted, and how often findings begin
// there is bounded. So a flood on one address is a few findings and a number, not a flood of findings.

import { BoundedMap } from '../../base/bounded-map.ts';
import { MINUTE, type Micros, SECOND } from '../../base/time.ts';
import { groupOf, type Identity, nameOf } from './entry.ts';
import type { Finding } from './finding.ts';
import { MAX_CULPRITS } from './places.ts';

/** Addresses whose surplus machines are counted; the one that was added to longest ago makes room. */
const MAX_COUNTED = 64;
/** Machines told apart on one address. */
const MOST_MACS = 1000;
/** Addresses of a segment whose findings' beginnings are counted. */
const MAX_GROUPS = 4096;
/** After so long without one, the next ones begin at once again. */
const CALM = MINUTE;
const ONE_EVERY = SECOND;

type Address = Pick<Finding, 'kind' | 'ip'>;

export class Crowd {
  readonly #macs = new BoundedMap<string, Set<string>>(MAX_COUNTED);
  readonly #begun = new BoundedMap<string, { readonly count: number; readonly last: Micros }>(MAX_GROUPS);

  /** A machine got no finding of its own. Returns whether it is one more. */
  add({ kind, ip, culprit }: Identity): boolean {
    if (culprit === null || !('mac' in culprit)) return false;
    const name = addressOf({ kind, ip });
    const macs = this.#macs.get(name) ?? new Set();
    if (macs.size > MOST_MACS || macs.has(culprit.mac)) return false;
    this.#macs.set(name, macs.add(culprit.mac));
    return true;
  }

  /** A finding of its own began. */
  began(identity: Identity, at: Micros): void {
    if (identity.culprit) this.#macs.get(addressOf(identity))?.delete(nameOf(identity.culprit));
    const group = groupOf(identity);
    const before = this.#begun.get(group);
    const count = before && at - before.last < CALM ? before.count : 0;
    this.#begun.set(group, { count: count + 1, last: at });
  }

  mayBegin(group: string, at: Micros): boolean {
    return at >= this.beginsAt(group);
  }

  /**
   * When the next finding of an address may begin: the first ones at once; where more follow without a minute's calm, one a
   * second. As long one that is over stays, where it is the only one: the address of a crowd has one for most of the time.
   */
  beginsAt(group: string): Micros {
    const begun = this.#begun.get(group);
    return begun && begun.count >= MAX_CULPRITS ? begun.last + ONE_EVERY : Number.NEGATIVE_INFINITY;
  }

  /** No finding of the address is open any more. */
  over(address: Address): void {
    this.#macs.delete(addressOf(address));
  }

  /** What a finding says, with how many there are besides. */
  told(message: string, address: Address): string {
    const count = this.#macs.get(addressOf(address))?.size ?? 0;
    const alone = plain(message);
    if (count === 0) return alone;
    const number = count > MOST_MACS ? `more than ${MOST_MACS}` : String(count);
    return `${alone} So do others: those that have findings of their own, and ${number} more ${count === 1 ? 'MAC' : 'MACs'}.`;
  }
}

const OTHERS = / So do others: those that have findings of their own, and (?:more than )?\d+ more MACs?\.$/;

/** What a finding says, of its own machine alone. */
export function plain(message: string): string {
  return message.replace(OTHERS, '');
}

function addressOf({ kind, ip }: Address): string {
  return `${kind} ${ip}`;
}
