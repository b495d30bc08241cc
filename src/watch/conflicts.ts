// Conflicts on an address that is polled by unicast: only questions to everybody show whether they go on.
import { type Micros, SECOND } from '../base/time.ts';
import type { IpAddress } from '../net/address.ts';
import type { DetectContext } from './detect/context.ts';
import { KINDS } from './finding/kinds.ts';

/** Kinds whose evidence is who else answers. */
const OF_SEGMENT = ['foreign-claim', 'split-brain', 'lease-on-vip'] as const;
/** As often within the time after which a finding without evidence is resolved. */
const TIMES = 3;
/** For findings that do not end by themselves. */
const OTHERWISE = 20 * SECOND;

/** Infinity: none is open. */
export function conflictPause({ book, ledger }: DetectContext, ip: IpAddress): Micros {
  let pause = Number.POSITIVE_INFINITY;
  for (const [segment] of ledger.everywhere(ip))
    for (const kind of OF_SEGMENT) {
      if (book.openOn({ kind, ip, segment }).length === 0) continue;
      const { quiet } = KINDS[kind];
      pause = Math.min(pause, quiet === null ? OTHERWISE : quiet / TIMES);
    }
  return pause;
}
