// Where those who ask over HTTP come from: this node, its cluster, or anywhere else.
import { BoundedMap } from '../base/bounded-map.ts';
import { type Micros, SECOND } from '../base/time.ts';
import { type IpAddress, isIpv4 } from '../net/address.ts';
import { type IpRange, parseRange, rangeContains } from '../net/range.ts';
import type { Origin } from '../serve/http/client.ts';

const LOOPBACK = parseRange('127.0.0.0/8') as IpRange;
/** A large cluster has thousands of addresses to compare with. */
const REMEMBERED_FOR = 10 * SECOND;
const MAX_REMEMBERED = 1_024;

interface KnownAddresses {
  /** Of this node's interfaces. */
  readonly own: readonly IpAddress[];
  /** Of all nodes. */
  readonly nodes: readonly IpAddress[];
  /** The networks that the cluster's Pods have their addresses from. */
  readonly pods: readonly IpRange[];
}

export class Origins {
  readonly #now: () => Micros;
  readonly #known: () => KnownAddresses;
  readonly #remembered = new BoundedMap<IpAddress, { readonly at: Micros; readonly origin: Origin }>(
    MAX_REMEMBERED,
  );

  constructor(now: () => Micros, known: () => KnownAddresses) {
    this.#now = now;
    this.#known = known;
  }

  of(ip: IpAddress): Origin {
    const remembered = this.#remembered.get(ip);
    if (remembered && this.#now() - remembered.at < REMEMBERED_FOR) return remembered.origin;
    const origin = this.#originOf(ip);
    this.#remembered.set(ip, { at: this.#now(), origin });
    return origin;
  }

  #originOf(ip: IpAddress): Origin {
    if (ip === '::1' || (isIpv4(ip) && rangeContains(LOOPBACK, ip))) return 'node';
    const { own, nodes, pods } = this.#known();
    if (own.includes(ip)) return 'node';
    if (nodes.includes(ip) || pods.some((range) => rangeContains(range, ip))) return 'cluster';
    return 'stranger';
  }
}
