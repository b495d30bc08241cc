// What one agent read, for the others: as the text that they find in the cluster. Whoever may write there can write anything: it is
// read like a file.
import { at, items, textAt, textsAt } from '../base/json.ts';
import type { Seconds } from '../base/time.ts';
import type { ListedLease } from '../dhcp/listed-lease.ts';
import type { Ipv4 } from '../net/address.ts';
import { rangeText } from '../net/range.ts';
import { Draft } from './draft.ts';
import type { Imported } from './imported.ts';

const VERSION = 1;
/** Of one import: an object of the API may have 1 MiB. */
const MAX_SHARED_LEASES = 1_000;
const MAX_LENGTH = 256 * 1024;

export interface SharedImport {
  /** Null: it was never read. */
  readonly imported: Imported | null;
  /** Why it could not be read last. */
  readonly problem: string | null;
}

/** Only what touches an address that the cluster speaks of, and the ranges. */
export function touching(imported: Imported, isWatched: (ip: Ipv4) => boolean): Imported {
  const leases = imported.leases.filter(({ ip }) => isWatched(ip));
  const surplus = leases.length - MAX_SHARED_LEASES;
  return {
    ...imported,
    leases: leases.slice(0, MAX_SHARED_LEASES),
    reservations: imported.reservations.filter(({ ip }) => isWatched(ip)).slice(0, MAX_SHARED_LEASES),
    declined: imported.declined.filter(({ ip }) => isWatched(ip)).slice(0, MAX_SHARED_LEASES),
    doubts:
      surplus > 0
        ? [...imported.doubts, `${surplus} leases were not passed on to other agents`]
        : imported.doubts,
  };
}

export function writeShared({ imported, problem }: SharedImport): string {
  return JSON.stringify({
    version: VERSION,
    ...(problem !== null && { problem }),
    ...(imported && {
      readAt: imported.readAt,
      ranges: imported.ranges.map(rangeText),
      reservations: imported.reservations,
      leases: imported.leases.map(leaseText),
      declined: imported.declined.map(({ ip }) => ip),
      doubts: imported.doubts,
    }),
  });
}

/** Undefined where it is none. Never throws. */
export function readShared(text: string, now: Seconds): SharedImport | undefined {
  if (text.length > MAX_LENGTH) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (at(value, 'version') !== VERSION) return undefined;
  const problem = textAt(value, 'problem') ?? null;
  const readAt = at(value, 'readAt');
  if (typeof readAt !== 'number' || !(readAt >= 0)) return { imported: null, problem };
  const draft = new Draft();
  for (const range of textsAt(value, 'ranges')) draft.range(range);
  for (const ip of textsAt(value, 'declined')) draft.declined(ip, null);
  for (const one of items(at(value, 'reservations')))
    draft.reservation(textAt(one, 'ip') ?? '', textAt(one, 'mac') ?? null, textAt(one, 'name') ?? null);
  for (const one of items(at(value, 'leases'))) {
    const ends = at(one, 'ends');
    draft.lease({
      ip: textAt(one, 'ip') ?? '',
      mac: textAt(one, 'mac') ?? '',
      clientId: textAt(one, 'clientId') ?? null,
      hostname: textAt(one, 'hostname') ?? null,
      expiresAt: ends === 'never' ? Number.POSITIVE_INFINITY : typeof ends === 'number' ? ends : null,
    });
  }
  for (const doubt of textsAt(value, 'doubts')) draft.doubt(doubt);
  // Judged by the time at which it was read: the reader's clock need not be right.
  return { imported: draft.finish(Math.min(readAt, now)), problem };
}

function leaseText({ ip, mac, clientId, hostname, expiresAt }: ListedLease) {
  return {
    ip,
    mac,
    ...(clientId !== null && { clientId }),
    ...(hostname !== null && { hostname }),
    ...(expiresAt !== null && { ends: Number.isFinite(expiresAt) ? expiresAt : 'never' }),
  };
}
