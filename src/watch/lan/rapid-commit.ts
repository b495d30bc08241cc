// Leases whose every message but the first is unicast: the client sends a DISCOVER with option 80, the server acknowledges an
// address at once (RFC 4039), and the client uses it.

import { BoundedMap } from '../../base/bounded-map.ts';
import { MINUTE, type Micros } from '../../base/time.ts';
import type { Client } from '../../dhcp/lease.ts';
import type { Ipv4, Mac } from '../../net/address.ts';
import type { Segment } from './segment.ts';

/** Clients that begin to use an address after longer than this have it from elsewhere. */
const WINDOW = MINUTE;
/** More clients that look for an address at once are a flood; the one that began first makes room. */
const MAX_CLIENTS = 1024;
/** A client that nobody answers makes up an address of its own (RFC 3927). */
const LINK_LOCAL = '169.254.';

interface Seeking {
  readonly client: Client;
  /** Ethernet source of its DISCOVER. */
  readonly transmitter: Mac | null;
  readonly since: Micros;
  /** What it checked for other users before it takes it (RFC 5227). */
  probed: Ipv4 | null;
}

export class RapidCommits {
  readonly #seeking = new BoundedMap<string, Seeking>(MAX_CLIENTS);

  /** Whether any client is waited for. Those that began too long ago are forgotten: while there are none a claim costs nothing. */
  isWaiting(at: Micros): boolean {
    if (this.#seeking.size === 0) return false;
    for (const [key, { since }] of this.#seeking) {
      if (at - since <= WINDOW) return true;
      this.#seeking.delete(key);
    }
    return false;
  }

  discovers(segment: Segment, client: Client, transmitter: Mac | null, at: Micros): void {
    const key = keyOf(segment, client.mac);
    if (client.rapidCommit) this.#seeking.set(key, { client, transmitter, since: at, probed: null });
    else this.#seeking.delete(key);
  }

  /** The exchange goes on in the sight of all. */
  goesOn(segment: Segment, mac: Mac): void {
    if (this.#seeking.size > 0) this.#seeking.delete(keyOf(segment, mac));
  }

  probes(segment: Segment, mac: Mac, ip: Ipv4): void {
    const seeking = this.#seeking.get(keyOf(segment, mac));
    if (seeking) seeking.probed = ip;
  }

  /**
   * A machine uses an address. The client whose lease that shows, if any: each DISCOVER stands for one lease.
   * An address that it used within `memory` before the DISCOVER, by `lastUse`, it may still use: nothing is new about it then.
   */
  takenBy(
    segment: Segment,
    mac: Mac,
    ip: Ipv4,
    at: Micros,
    { lastUse, memory }: { readonly lastUse: () => Micros | undefined; readonly memory: Micros },
  ): Omit<Seeking, 'probed'> | undefined {
    if (ip.startsWith(LINK_LOCAL)) return undefined;
    const key = keyOf(segment, mac);
    const seeking = this.#seeking.get(key);
    if (!seeking) return undefined;
    if (at - seeking.since > WINDOW) {
      this.#seeking.delete(key);
      return undefined;
    }
    const used = lastUse();
    if (seeking.probed !== ip && used !== undefined && seeking.since - used <= memory) return undefined;
    this.#seeking.delete(key);
    return seeking;
  }
}

function keyOf(segment: Segment, mac: Mac): string {
  return `${segment.name}/${mac}`;
}
