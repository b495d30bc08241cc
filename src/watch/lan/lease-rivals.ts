// Who else claims a leased address, and whether lessee and claimant are both alive. A sleep proxy (it answers for a host
// that sleeps) and the next user of an abandoned address claim it too, but never beside its lessee.

import { BoundedMap } from '../../base/bounded-map.ts';
import { MINUTE, type Micros, SECOND } from '../../base/time.ts';
import type { Mac } from '../../net/address.ts';

interface Rival {
  /** Its first claim since the lease began; null while it was heard only before. */
  readonly first: Micros | null;
  readonly last: Micros;
  /** It used the address before it was leased. */
  readonly wasThere: boolean;
}

/** The lessee, as far as a claim beside it must be weighed against it. */
export interface Lessee {
  readonly leasedAt: Micros;
  /** When it was last heard, by claim or DHCP message. */
  readonly heardAt: Micros;
}

/** More claimants of one address than this at once are a flood; the one unheard for longest makes room. */
const MAX_RIVALS = 8;
/** A machine does not lease an address and fall asleep sooner than this. */
const SETTLING = MINUTE;
/** What happens closer together than this is one burst, and says no more than one. */
const BURST = SECOND;

export class LeaseRivals {
  readonly #byMac = new BoundedMap<Mac, Rival>(MAX_RIVALS);

  get size(): number {
    return this.#byMac.size;
  }

  /** `mac` claimed the address at `last`, before it was leased. */
  wasThere(mac: Mac, last: Micros): void {
    if (!this.#byMac.has(mac)) this.#byMac.set(mac, { first: null, last, wasThere: true });
  }

  /**
   * Takes in a claim by `mac`. True where it shows that two machines use the address:
   * - in turn: it claimed, the lessee was heard, it claims again;
   * - there before: it used the address before the lease began, and still does;
   * - awake: the lease is so young that the lessee cannot be asleep yet. In its first second only a second claim, a
   *   second later, counts: a sleep proxy may still stand in for a host that just woke.
   * Claims further apart than `memory` have nothing to do with each other.
   */
  claimed(mac: Mac, at: Micros, lessee: Lessee, memory: Micros): boolean {
    const known = this.#byMac.get(mac);
    const before = known && at - known.last <= memory ? known : undefined;
    const first = before?.first ?? null;
    this.#byMac.set(mac, { first: first ?? at, last: at, wasThere: before?.wasThere ?? false });
    const age = at - lessee.leasedAt;
    const awake = age < SETTLING && (age >= BURST || (first !== null && at - first >= BURST));
    if (awake || before?.wasThere) return true;
    return before !== undefined && first !== null && before.last < lessee.heardAt;
  }

  /** Who claimed the address beside the lease since `since`: the lessee, heard now, takes turns with them. */
  heardSince(since: Micros): Mac[] {
    return [...this.#byMac]
      .filter(([, { first, last }]) => first !== null && last >= since)
      .map(([mac]) => mac);
  }
}
