// The large tables, read and sorted at most five times a second: the port faces the LAN, and whoever asks without end
// must not keep the process from its frames.
import { type IpAddress, isIpv4 } from '../net/address.ts';
import { MILLISECOND, type Micros } from '../net/time.ts';
import type { ClaimRow, LeaseRow, WatchView } from '../watch/view.ts';
import { inOrder, type Keyed } from './page.ts';

const FRESH_FOR = 200 * MILLISECOND;

export class Snapshot {
  readonly claims: () => readonly Keyed<ClaimRow>[];
  readonly leases: () => readonly Keyed<LeaseRow>[];

  constructor(view: WatchView, now: () => Micros) {
    this.claims = memo(now, () =>
      inOrder(view.claims(), (row) => `${ipOrder(row.ip)} ${row.mac} ${row.segment.name}`),
    );
    this.leases = memo(now, () =>
      inOrder(view.leases(), (row) => `${ipOrder(row.ip)} ${row.mac} ${row.segment.name}`),
    );
  }
}

/** Text that sorts as addresses do: IPv4 by number, then IPv6 group by group. */
export function ipOrder(ip: IpAddress): string {
  if (isIpv4(ip))
    return `4${ip
      .split('.')
      .map((part) => part.padStart(3, '0'))
      .join('')}`;
  const [head = '', tail] = ip.split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = new Array<string>(tail === undefined ? 0 : 8 - before.length - after.length).fill('0');
  return `6${[...before, ...zeros, ...after].map((group) => group.padStart(4, '0')).join('')}`;
}

function memo<Value>(now: () => Micros, make: () => Value): () => Value {
  let made: { readonly at: Micros; readonly value: Value } | undefined;
  return () => {
    const at = now();
    if (made === undefined || at - made.at >= FRESH_FOR || at < made.at) made = { at, value: make() };
    return made.value;
  };
}
