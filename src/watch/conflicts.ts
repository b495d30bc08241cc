// Conflicts on an address that is polled by unicast: only questions to everybody show whether they go on.
import { BoundedMap } from '../base/bounded-map.ts';
import { type Micros, SECOND } from '../base/time.ts';
import type { IpAddress } from '../net/address.ts';
import type { DetectContext } from './detect/context.ts';
import { KINDS } from './finding/kinds.ts';
import type { AddressLog } from './ledger/address-log.ts';

/** Kinds whose evidence is who else answers. */
const OF_SEGMENT = ['foreign-claim', 'split-brain', 'lease-on-vip'] as const;
/** As often within the time after which a finding without evidence is resolved: an answer may be lost, and two in a row show it. */
const TIMES = 4;
/** For findings that do not end by themselves. */
const OTHERWISE = 20 * SECOND;

/** Who has just begun to claim a node's address beside it shows itself by questions to everybody, in so long. */
const NODE_ASKED_FOR = 10 * SECOND;
const MAX_CHECKED = 256;
/** Whoever checks an address has taken it by then (RFC 4862, section 5.4: one second), and is asked for it until then. */
const TAKEN_AFTER = 2 * SECOND;
const ASKED_UNTIL = 5 * SECOND;

/** IPv6 addresses that a machine checked before it takes them: MetalLB does not object, and nobody announces them then. */
export class AddressChecks {
  readonly #at = new BoundedMap<IpAddress, Micros>(MAX_CHECKED);

  note(ip: IpAddress, at: Micros): void {
    this.#at.set(ip, at);
  }

  isTaken(ip: IpAddress, now: Micros): boolean {
    const age = now - (this.#at.get(ip) ?? Number.NEGATIVE_INFINITY);
    return age >= TAKEN_AFTER && age <= ASKED_UNTIL;
  }
}

/** Beside another machine that claimed it since then, one began to. */
function hasNewRival({ claims }: AddressLog, since: Micros): boolean {
  const late = claims.filter(({ last }) => last >= since);
  return late.some(({ who, first }) => first >= since && late.some((other) => other.who !== who));
}

/** Infinity: none is open. */
export function conflictPause({ book, index, ledger }: DetectContext, ip: IpAddress, now: Micros): Micros {
  if (index.roleOf(ip).kind === 'node') {
    const isContested = [...ledger.everywhere(ip)].some(([, log]) => hasNewRival(log, now - NODE_ASKED_FOR));
    return isContested ? SECOND : Number.POSITIVE_INFINITY;
  }
  let pause = Number.POSITIVE_INFINITY;
  for (const [segment] of ledger.everywhere(ip))
    for (const kind of OF_SEGMENT) {
      if (book.openOn({ kind, ip, segment }).length === 0) continue;
      const { quiet } = KINDS[kind];
      pause = Math.min(pause, quiet === null ? OTHERWISE : quiet / TIMES);
    }
  return pause;
}
