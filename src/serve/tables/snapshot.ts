// The large tables, read and sorted at most five times a second, and a flooded one less often and with pauses: the port
// faces the LAN, and whoever asks without end must not keep the process from its frames.
import { setImmediate as pause } from 'node:timers/promises';
import { MILLISECOND, type Micros } from '../../base/time.ts';
import { type IpAddress, ipv6Groups, isIpv4 } from '../../net/address.ts';
import type { ClaimRow } from '../../watch/lan/claims.ts';
import type { LeaseRow } from '../../watch/lan/lease.ts';
import type { WatchView } from '../../watch/view.ts';
import { inOrder, type Keyed } from './page.ts';

const FRESH_FOR = 200 * MILLISECOND;
/** To sort a row takes a tenth of this. */
const FRESH_FOR_EACH_ROW: Micros = 50;
/** Rows between two pauses: one or two milliseconds. */
const SLICE = 1_000;

export class Snapshot {
  readonly claims: () => Promise<readonly Keyed<ClaimRow>[]>;
  readonly leases: () => readonly Keyed<LeaseRow>[];

  constructor(view: WatchView, now: () => Micros) {
    this.claims = memoAsync(now, () =>
      inOrderWithPauses(view.eachClaim(), (row) => `${ipOrder(row.ip)} ${row.mac} ${row.segment.name}`),
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
  return `6${ipv6Groups(ip)
    .map((group) => group.padStart(4, '0'))
    .join('')}`;
}

function memo<Value>(now: () => Micros, make: () => Value): () => Value {
  let made: { readonly at: Micros; readonly value: Value } | undefined;
  return () => {
    const at = now();
    if (made === undefined || at - made.at >= FRESH_FOR || at < made.at) made = { at, value: make() };
    return made.value;
  };
}

/** The same for what takes a while: whoever asks meanwhile waits for the same. */
function memoAsync<Row>(now: () => Micros, make: () => Promise<Row[]>): () => Promise<readonly Row[]> {
  let made: { readonly at: Micros; freshFor: Micros; readonly rows: Promise<readonly Row[]> } | undefined;
  return () => {
    const at = now();
    if (made && at >= made.at && at - made.at < made.freshFor) return made.rows;
    const rows = make();
    const latest = { at, freshFor: Number.POSITIVE_INFINITY, rows };
    made = latest;
    rows.then(
      ({ length }) => {
        latest.freshFor = FRESH_FOR + length * FRESH_FOR_EACH_ROW;
      },
      () => {
        latest.freshFor = 0;
      },
    );
    return rows;
  };
}

/** Sorts slice by slice and merges the slices. A row that moved meanwhile and was met twice is shown once. */
async function inOrderWithPauses<Row>(
  rows: Iterable<Row>,
  keyOf: (row: Row) => string,
): Promise<Keyed<Row>[]> {
  let sorted: Keyed<Row>[][] = [];
  let slice: Row[] = [];
  for (const row of rows) {
    slice.push(row);
    if (slice.length < SLICE) continue;
    sorted.push(inOrder(slice, keyOf));
    slice = [];
    await pause();
  }
  sorted.push(inOrder(slice, keyOf));
  while (sorted.length > 1) {
    const merged: Keyed<Row>[][] = [];
    for (let i = 0; i < sorted.length; i += 2) {
      merged.push(await merge(sorted[i]!, sorted[i + 1] ?? []));
      await pause();
    }
    sorted = merged;
  }
  return sorted[0]!;
}

async function merge<Row>(a: readonly Keyed<Row>[], b: readonly Keyed<Row>[]): Promise<Keyed<Row>[]> {
  const merged: Keyed<Row>[] = [];
  for (let i = 0, j = 0; i < a.length || j < b.length; ) {
    const fromA = j >= b.length || (i < a.length && a[i]!.key <= b[j]!.key);
    const next = fromA ? a[i++]! : b[j++]!;
    if (merged.at(-1)?.key !== next.key) merged.push(next);
    if ((i + j) % (5 * SLICE) === 0) await pause();
  }
  return merged;
}
