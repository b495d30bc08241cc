// Who has how much of a table that a flood may fill: each address has a share, and who has most gives way first. Whatever is
// asked costs the same however many there are.

import type { IpAddress } from '../../net/address.ts';

export class Shares {
  /** The keys of each address, the one that came first first. */
  readonly #keys = new Map<IpAddress, Set<string>>();
  /** The addresses that have so many keys, by that number; the one that came to it first is first. */
  readonly #bySize: Set<IpAddress>[] = [];
  #size = 0;

  add(ip: IpAddress, key: string): void {
    const keys = this.#keys.get(ip) ?? new Set();
    if (keys.has(key)) return;
    this.#keys.set(ip, keys);
    this.#move(ip, keys.size, keys.size + 1);
    keys.add(key);
    this.#size += 1;
  }

  delete(ip: IpAddress, key: string): void {
    const keys = this.#keys.get(ip);
    if (!keys?.delete(key)) return;
    this.#move(ip, keys.size + 1, keys.size);
    if (keys.size === 0) this.#keys.delete(ip);
    this.#size -= 1;
  }

  /** Of all addresses. */
  get size(): number {
    return this.#size;
  }

  of(ip: IpAddress): ReadonlySet<string> {
    return this.#keys.get(ip) ?? NOTHING;
  }

  /** Of an address that has most. */
  get largest(): ReadonlySet<string> {
    const [ip] = this.#bySize.at(-1) ?? [];
    return ip === undefined ? NOTHING : this.of(ip);
  }

  *all(): Generator<string> {
    for (const keys of this.#keys.values()) yield* keys;
  }

  #move(ip: IpAddress, before: number, after: number): void {
    this.#bySize[before]?.delete(ip);
    if (after > 0) {
      while (this.#bySize.length <= after) this.#bySize.push(new Set());
      this.#bySize[after]!.add(ip);
    }
    while (this.#bySize.at(-1)?.size === 0) this.#bySize.pop();
  }
}

const NOTHING: ReadonlySet<string> = new Set();
