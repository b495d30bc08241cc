// What several agents see, as one: a finding that three of them tell of is one finding, seen by three.
import type { renderFinding, renderLease, renderTakeover, renderVip } from '../serve/render/render.ts';
import type { Seen } from './agents-seen.ts';

export type FindingRow = ReturnType<typeof renderFinding>;
export type VipRow = ReturnType<typeof renderVip>;
export type TakeoverRow = ReturnType<typeof renderTakeover>;
export type LeaseRow = ReturnType<typeof renderLease>;

export type SeenBy<Row> = Row & { readonly seenBy: readonly string[] };

/** Two agents' times of one takeover differ by what their clocks do, and by who asked when. In milliseconds. */
export const SAME_TAKEOVER = 30_000;

/** The gravest first, then the latest. An `id` is the same on every agent. */
export function mergedFindings(seen: readonly Seen<FindingRow>[]): SeenBy<FindingRow>[] {
  const rows = grouped(seen, ({ id }) => id).map(({ rows, seenBy }) => {
    // As it is now; of several by the one that takes it gravest, for that one has seen most of it.
    const [row] = rows.toSorted(
      (a, b) =>
        Number(b.state === 'active') - Number(a.state === 'active') ||
        Number(b.severity === 'critical') - Number(a.severity === 'critical') ||
        compare(b.refreshedAt, a.refreshedAt),
    );
    return { ...row!, raisedAt: rows.map(({ raisedAt }) => raisedAt).toSorted()[0]!, seenBy };
  });
  return rows.toSorted(
    (a, b) =>
      Number(b.severity === 'critical') - Number(a.severity === 'critical') ||
      compare(b.raisedAt, a.raisedAt),
  );
}

/** By address. Up where anyone has answers, down where those who ask have none. */
export function mergedVips(seen: readonly Seen<VipRow>[]): SeenBy<VipRow>[] {
  const rows = grouped(seen, ({ ip }) => ip).map(({ rows, seenBy }) => {
    const announcers = new Map<string, VipRow['announcers'][number]>();
    for (const announcer of rows.flatMap((row) => row.announcers)) {
      const other = announcers.get(announcer.mac);
      if (!other || compare(announcer.lastSeen, other.lastSeen) > 0) announcers.set(announcer.mac, announcer);
    }
    return {
      ...rows[0]!,
      service: rows.find(({ service }) => service !== null)?.service ?? null,
      up: rows.some(({ up }) => up === true) ? true : rows.some(({ up }) => up === false) ? false : null,
      elected: rows.find(({ elected }) => elected !== null)?.elected ?? null,
      announcers: [...announcers.values()].toSorted((a, b) => compare(b.lastSeen, a.lastSeen)),
      seenBy,
    };
  });
  return rows.toSorted((a, b) => compare(sortableIp(a.ip), sortableIp(b.ip)));
}

/** The latest first. Of several measurements of one takeover the least uncertain. */
export function mergedTakeovers(seen: readonly Seen<TakeoverRow>[]): SeenBy<TakeoverRow>[] {
  const all = seen
    .flatMap(({ agent, rows }) => rows.map((row) => ({ agent, row, at: Date.parse(row.at) })))
    .toSorted((a, b) => b.at - a.at);
  const merged: { at: number; row: TakeoverRow; seenBy: string[] }[] = [];
  for (const { agent, row, at } of all) {
    const same = merged.find(
      (one) =>
        one.at - at <= SAME_TAKEOVER &&
        !one.seenBy.includes(agent) &&
        ['ip', 'class'].every((key) => one.row[key as 'ip'] === row[key as 'ip']) &&
        one.row.from.mac === row.from.mac &&
        one.row.to.mac === row.to.mac,
    );
    if (!same) merged.push({ at, row, seenBy: [agent] });
    else {
      if (row.uncertaintyMs < same.row.uncertaintyMs) same.row = row;
      same.seenBy.push(agent);
    }
  }
  return merged.map(({ row, seenBy }) => ({ ...row, seenBy: seenBy.toSorted() }));
}

/** By address, then the one heard last. */
export function mergedLeases(seen: readonly Seen<LeaseRow>[]): SeenBy<LeaseRow>[] {
  const key = ({ ip, prefixLength, mac, clientId }: LeaseRow) => [ip, prefixLength, mac, clientId].join(' ');
  const rows = grouped(seen, key).map(({ rows, seenBy }) => {
    const [row] = rows.toSorted((a, b) => compare(b.lastSeen, a.lastSeen));
    return { ...row!, seenBy };
  });
  return rows.toSorted(
    (a, b) => compare(sortableIp(a.ip), sortableIp(b.ip)) || compare(b.lastSeen, a.lastSeen),
  );
}

function grouped<Row>(seen: readonly Seen<Row>[], keyOf: (row: Row) => string) {
  const groups = new Map<string, { rows: Row[]; seenBy: string[] }>();
  for (const { agent, rows } of seen)
    for (const row of rows) {
      const key = keyOf(row);
      const group = groups.get(key) ?? { rows: [], seenBy: [] };
      groups.set(key, group);
      group.rows.push(row);
      if (!group.seenBy.includes(agent)) group.seenBy.push(agent);
    }
  return [...groups.values()].map(({ rows, seenBy }) => ({ rows, seenBy: seenBy.toSorted() }));
}

/** Numbers of the same length sort as texts do. */
function sortableIp(ip: string): string {
  return ip.includes(':') ? `~${ip}` : ip.replaceAll(/\d+/g, (part) => part.padStart(3, '0'));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
