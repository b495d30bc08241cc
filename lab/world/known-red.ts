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
  'a takeover is dated by when a MAC became known': {
    cases: ['metallb/node-rebuilt.quick'],
    kinds: ['rebuild-node'],
    says: /^gap takeover gap$/,
  },
  'announced and never answered counts as up': {
    cases: ['metallb/announced-but-mute.resync'],
    kinds: ['mute-speaker-announces', 'mute-speaker', 'deaf-node'],
    says: /^((missed|gone) silent-vip|up a VIP that nobody answers for)$/,
  },
  'away again and again is never told of': {
    cases: ['metallb/speaker-crash-loop'],
    kinds: ['crash-loop-alone'],
    says: /^missed vip-flapping or vip-unstable$/,
  },
  'a node that holds what it should not is never told of': {
    cases: ['metallb/released-address-still-answered'],
    kinds: ['stray-address'],
    says: /^missed stray-address$/,
  },
  'two nodes are each the only witness of the other': {
    cases: ['world/two-nodes-own-one-vip'],
    kinds: [
      'silence-speaker',
      'left-on-old-node',
      'stale-speaker',
      'partition',
      'pull-cable',
      'ipvs-without-strict-arp',
    ],
    says: /^(missed|gone) split-brain without a bystander$/,
  },
  'an agent on an owner takes what it cannot hear for silence': {
    cases: ['world/last-owner-cannot-hear-the-next'],
    kinds: [
      'left-on-old-node',
      'pull-cable',
      'partition',
      'silence-speaker',
      'stale-speaker',
      'ipvs-without-strict-arp',
      'stop-speaker',
    ],
    says: /^(gap takeover (gap|uncertainty)|false takeover)$/,
  },
  "an agent that was cut off takes its own silence for the VIP's": {
    cases: ['world/back-on-the-lan'],
    kinds: ['cut-off', 'pull-cable'],
    says: /^false silent-vip$/,
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
