// Whom the LAN's clients take for the owner of an address, as Linux keeps its neighbour table: an announcement counts at once, a
// mere answer once the known owner is silent.
import { type Micros, SECOND } from '../../base/time.ts';
import type { Mac } from '../../net/address.ts';
import type { AddressLog } from './address-log.ts';
import type { IsOf } from './reading.ts';
import type { ClaimRun } from './run.ts';

interface Ownership {
  readonly mac: Mac;
  readonly since: Micros;
}

const LOCK_TIME = SECOND;

/** Undefined: nobody of those who count has claimed it. */
export function ownerForClients(log: AddressLog, counts: IsOf): Mac | undefined {
  const claims = log.claims.filter(({ who }) => counts(who));
  let owner = firstKnown(claims);
  for (let next = owner; next; next = successorOf(next, claims)) owner = next;
  return owner?.mac;
}

/** What was before an announcement is of no account. */
function firstKnown(claims: readonly ClaimRun[]): Ownership | undefined {
  const announced = claims.filter(({ kind }) => kind === 'announced').toSorted((a, b) => b.last - a.last)[0];
  if (announced) return { mac: announced.who, since: announced.last };
  const first = claims.toSorted((a, b) => a.first - b.first)[0];
  return first && { mac: first.who, since: first.first };
}

/** Whoever was the first to claim the address while this owner was silent. */
function successorOf({ mac, since }: Ownership, claims: readonly ClaimRun[]): Ownership | undefined {
  const own = claims.filter(({ who, last }) => who === mac && last >= since);
  const inOrder = own.toSorted((a, b) => a.first - b.first);
  let silentFrom = since + LOCK_TIME;
  for (const [i, { last }] of inOrder.entries()) {
    silentFrom = Math.max(silentFrom, last + LOCK_TIME);
    const until = inOrder[i + 1]?.first ?? Number.POSITIVE_INFINITY;
    const next = firstBetween(
      silentFrom,
      until,
      claims.filter(({ who }) => who !== mac),
    );
    if (next) return next;
  }
  return undefined;
}

function firstBetween(from: Micros, until: Micros, claims: readonly ClaimRun[]): Ownership | undefined {
  let first: Ownership | undefined;
  for (const claim of claims) {
    const since = Math.max(claim.first, from);
    if (claim.last >= from && since < until && (!first || since < first.since))
      first = { mac: claim.who, since };
  }
  return first;
}
