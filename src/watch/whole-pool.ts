// Findings about a pool as a whole. Which of its addresses showed the trouble first differs from agent to agent; what they say
// must not, or each agent's finding would be an alert of its own.
import type { Pool } from '../intent/intent.ts';
import { type IpAddress, isIpv4 } from '../net/address.ts';
import { ipOfNumber } from '../net/range.ts';

/** The pool's first address, of the family of one that is in it. */
export function addressOfPool({ ranges }: Pool, member: IpAddress): IpAddress {
  const family = isIpv4(member) ? 4 : 6;
  const first = ranges.find((range) => range.family === family);
  return first ? ipOfNumber(family, first.first) : member;
}
