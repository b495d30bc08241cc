// What today's rules get wrong in worlds, by class: a seed that shows nothing else is not red. A class that no seed shows any more
// leaves this list: `make simulate` fails until it has.
import type { ActionName } from './catalogue.ts';
import { type Complaint, sortOf } from './oracle/complaint.ts';

export interface KnownRed {
  /** Cases of the same class: below test/data/cases, and `world/` below test/data. */
  readonly cases: readonly string[];
  /** Where one of these happens, */
  readonly kinds: readonly ActionName[];
  /** this is said against the agents: what is wrong, and with what. */
  readonly says: RegExp;
}

const ANOTHER_MAC = /^((false|stays) (node-address-conflict|foreign-claim)|gap takeover uncertainty)$/;

export const KNOWN_RED: Readonly<Record<string, KnownRed>> = {
  'a node behind an extender is taken for two machines': {
    cases: ['lan/node-behind-extender', 'metallb/behind-repeater.listed'],
    kinds: ['behind-extender'],
    says: ANOTHER_MAC,
  },
  'a bond that answers with the MAC of either card is taken for two machines': {
    cases: ['metallb/bond-alb.learned'],
    kinds: ['bond-alb'],
    says: /^((false|stays) (foreign-claim|node-address-conflict|slow-failover|silent-vip)|gap takeover (gap|uncertainty)|missed split-brain|up a VIP that is answered for)$/,
  },
  'a node that was rebuilt is taken for an intruder': {
    cases: ['metallb/node-rebuilt.listed'],
    kinds: ['rebuild-node'],
    says: ANOTHER_MAC,
  },
  'a node that holds what it should not is never told of': {
    cases: ['metallb/released-address-still-answered'],
    kinds: ['stray-address'],
    says: /^missed stray-address$/,
  },
  'a client that declines its lease again and again': {
    cases: ['world/declines-again-and-again'],
    kinds: ['lease-on-vip', 'nak-by-another-server', 'clones'],
    says: /^in turns lease-(on-vip|in-pool)$/,
  },
  'a multicast sender MAC is no claim': {
    cases: ['lan/multicast-mac-claims-vip'],
    kinds: ['multicast-mac-on-vip'],
    says: /^missed foreign-claim$/,
  },
  'a proxy-ARP router is known by the pool alone': {
    cases: ['lan/proxy-arp-beyond-a-small-pool', 'metallb/proxy-arp-for-all'],
    kinds: ['proxy-arp'],
    says: /^missed proxy-arp$/,
  },
  'a sleep proxy is taken for a second machine': {
    cases: ['lan/sleep-proxy-then-wake'],
    kinds: ['sleep-proxy'],
    says: /^(false|stays) lease-conflict$/,
  },
};

/** The class that a complaint belongs to; null: nobody knew of it. */
export function knownAs(complaint: Complaint, kinds: readonly ActionName[]): string | null {
  const sort = sortOf(complaint);
  const classes = Object.entries(KNOWN_RED);
  return (
    classes.find(([, red]) => red.says.test(sort) && red.kinds.some((kind) => kinds.includes(kind)))?.[0] ??
    null
  );
}
