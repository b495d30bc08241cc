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
  /** When the lessee was last heard before this claim. */
  readonly lesseeBefore: Micros;
  /** When the lessee was first heard after it; null while it was not. */
  lesseeAfter: Micros | null;
  /** How often in a row it claimed the address anew after the lessee was heard. */
  readonly turns: number;
}

/** The lessee, as far as a claim beside it must be weighed against it. */
export interface Lessee {
  readonly leasedAt: Micros;
  /** When it was last heard, by claim or DHCP message. */
  readonly heardAt: Micros;
}

/** More claimants of one address than this at once are a flood; the one unheard for longest makes room. */
const MAX_RIVALS = 8;
/** A machine does not lease an address or wake up, and fall asleep sooner than this; nor does it sleep for less. */
const SETTLING = MINUTE;
/**
 * A host may wake and fall asleep again, and its sleep proxy then takes turns with it; but not so often in a row, without that
 * the proxy claims the address again while it sleeps.
 */
const TURNS = 3;
/** What happens closer together than this is one burst, and says no more than one. */
const BURST = SECOND;

const NOBODY: readonly Mac[] = [];

export class LeaseRivals {
  /** Most leases never have any: none is made for each lease of a flood. */
  #byMac: BoundedMap<Mac, Rival> | null = null;

  get size(): number {
    return this.#byMac?.size ?? 0;
  }

  /** `mac` claimed the address at `last`, before it was leased. */
  wasThere(mac: Mac, last: Micros): void {
    if (this.#byMac?.has(mac)) return;
    const rival = { first: null, last, wasThere: true, lesseeBefore: last, lesseeAfter: null, turns: 0 };
    this.#put(mac, rival);
  }

  /**
   * Takes in a claim by `mac`. True where it shows that two machines use the address:
   * - in turn: it claimed, the lessee was heard, it claims again, within a minute of that or for the third time in a row;
   * - there before: it used the address before the lease began, and still does;
   * - awake: the lease is so young that the lessee cannot be asleep yet. In its first second only a second claim, a
   *   second later, counts: a sleep proxy may still stand in for a host that just woke.
   * A claim in the first second after the lessee was heard again is none of these: the proxy may not have noticed yet.
   * Claims further apart than `memory` have nothing to do with each other.
   */
  claimed(mac: Mac, at: Micros, lessee: Lessee, memory: Micros): boolean {
    const known = this.#byMac?.get(mac);
    const before = known && at - known.last <= memory ? known : undefined;
    const first = before?.first ?? null;
    const awakeSince = before?.lesseeAfter ?? null;
    const isTurn = first !== null && awakeSince !== null && at - awakeSince >= BURST;
    const isAlone = before !== undefined && awakeSince === null && at - before.last >= SETTLING;
    const turns = isAlone ? 0 : (before?.turns ?? 0) + (isTurn ? 1 : 0);
    this.#put(mac, {
      first: first ?? at,
      last: at,
      wasThere: before?.wasThere ?? false,
      lesseeBefore: before && awakeSince === null ? before.lesseeBefore : lessee.heardAt,
      lesseeAfter: awakeSince !== null && at - awakeSince < BURST ? awakeSince : null,
      turns,
    });
    const age = at - lessee.leasedAt;
    const isAwake = age < SETTLING && (age >= BURST || (first !== null && at - first >= BURST));
    if (isAwake || (before?.wasThere && age >= BURST)) return true;
    return isTurn && (at - awakeSince < SETTLING || turns >= TURNS);
  }

  /**
   * The lessee is heard. Who claimed the address while it was silent for so short a time that it cannot have slept: two
   * machines use the address. A host that slept and wakes finds its sleep proxy's claims, and takes the address back.
   */
  lesseeHeard(at: Micros, memory: Micros): readonly Mac[] {
    if (this.#byMac === null) return NOBODY;
    const beside: Mac[] = [];
    for (const [mac, rival] of this.#byMac) {
      if (rival.lesseeAfter !== null) continue;
      rival.lesseeAfter = at;
      const isRecent = rival.first !== null && at - rival.last <= memory;
      if (isRecent && at - rival.lesseeBefore < SETTLING) beside.push(mac);
    }
    return beside;
  }

  #put(mac: Mac, rival: Rival): void {
    this.#byMac ??= new BoundedMap(MAX_RIVALS);
    this.#byMac.set(mac, rival);
  }
}
