// What a user of each LAN in test/data/cases would call right; the README there says where it was seen, and why.
import type { FindingKind } from '../../src/watch/finding/kinds.ts';

/** A kind to come may be expected before it exists. */
type Kind = FindingKind | 'node-mac-differs' | 'vip-unstable' | 'stray-address' | 'gateway-in-pool';

export interface Expectation {
  readonly raised?: readonly (Kind | readonly [Kind, ip: string])[];
  readonly raisedOneOf?: readonly Kind[];
  readonly never?: readonly Kind[];
  /** No other kind is raised. */
  readonly only?: readonly Kind[];
  readonly notSilent?: true;
  readonly neverCritical?: true;
  /** In the messages and remedies of all findings. */
  readonly says?: readonly string[];
  readonly saysNot?: readonly string[];
  readonly remedyOf?: readonly [Kind, RegExp];
  /** How often, all kinds together. */
  readonly raisedAtMost?: number;
  readonly gapAtMostMs?: number;
  readonly activeAtEnd?: readonly (readonly [Kind, ip: string])[];
  readonly noneAtEnd?: true;
  /** The beginning of a time in ISO 8601. */
  readonly raisedAt?: string;
  /** A takeover with this gap, to the millisecond, or a word on standard error that time runs backwards. */
  readonly gapMsOrComplaint?: number;
}

export const EXPECTATIONS: Readonly<Record<string, Expectation>> = {
  'lan/nak-by-another-server': {
    raised: [['lease-on-vip', '10.20.30.200']],
    activeAtEnd: [['lease-on-vip', '10.20.30.200']],
  },
  'lan/nak-by-another-server-pool': {
    raised: [['lease-in-pool', '10.20.30.203']],
    activeAtEnd: [['lease-in-pool', '10.20.30.203']],
  },
  'lan/clones-share-client-id': {
    raised: [['lease-on-vip', '10.20.30.200']],
    activeAtEnd: [['lease-on-vip', '10.20.30.200']],
  },
  'lan/init-reboot-unanswered': { never: ['lease-on-vip'] },
  'lan/bootp-reply': { raised: [['lease-on-vip', '10.20.30.200']] },
  'lan/bootp-reply-without-cookie': { raised: [['lease-on-vip', '192.168.1.240']] },
  'lan/node-behind-extender': { neverCritical: true },
  'lan/sleep-proxy-then-wake': { never: ['lease-conflict'] },
  'lan/dhcpv6-request-for-vip': { raised: [['lease-on-vip', 'fd00:5::60']] },
  'lan/clock-steps-back': { gapMsOrComplaint: 5999.6 },
  'lan/clock-steps-back-a-little': { gapMsOrComplaint: 8999.6 },
  'lan/appended-captures': { raised: [['lease-on-vip', '192.168.1.240']], raisedAt: '2026-01-01T00:00:06' },
  'lan/multicast-mac-claims-vip': { raised: [['foreign-claim', '10.20.30.200']] },
  'lan/multicast-mac-claims-pool': { raised: [['pool-address-taken', '10.20.30.203']] },
  'lan/second-interface-not-ethernet': {
    raised: [
      ['lease-on-vip', '10.20.30.200'],
      ['foreign-claim', '10.20.30.200'],
    ],
  },
  'lan/tcpdump-any-sll2': {
    raised: [
      ['lease-on-vip', '192.168.1.240'],
      ['foreign-claim', '192.168.1.240'],
    ],
  },
  'lan/tcpdump-any-sll': {
    raised: [
      ['lease-on-vip', '192.168.1.240'],
      ['foreign-claim', '192.168.1.240'],
    ],
  },
  'lan/rogue-without-option-54': { raised: ['rogue-dhcp-server'] },
  'lan/inform-answered-by-information-server': { never: ['rogue-dhcp-server'] },
  'lan/inform-answered-by-information-server.lab': { never: ['rogue-dhcp-server'] },
  'lan/pxe-boot-server-acknowledges.lab': { never: ['rogue-dhcp-server'] },
  'lan/rapid-commit-unseen.lab': { raised: [['lease-in-pool', '192.168.1.243']] },
  'lan/two-cards-in-one-lan.lab': { neverCritical: true },
  'lan/proxy-arp-beyond-a-small-pool': { raised: ['proxy-arp'], never: ['pool-address-taken'] },
  'lan/one-server-two-identifiers': { never: ['rogue-dhcp-server'] },
  'lan/hsrp-version-2-mac': { raised: [['foreign-claim', '192.168.1.240']], says: ['HSRP'] },
  'lan/glbp-mac': { raised: [['foreign-claim', '192.168.1.240']], says: ['GLBP'] },
  'guard/nak-by-the-chosen-server': { raised: [['lease-on-vip', '192.168.1.240']], noneAtEnd: true },
  'guard/nak-to-init-reboot': { only: [] },
  'guard/one-client-moves-away': { raised: [['lease-on-vip', '192.168.1.240']], noneAtEnd: true },
  'guard/init-reboot-acknowledged-unseen': {
    raised: [
      ['lease-on-vip', '192.168.1.240'],
      ['foreign-claim', '192.168.1.240'],
    ],
  },
  'guard/bootp-reply-elsewhere': { only: [] },
  'guard/intruder-beside-a-node-that-is-heard': { raised: [['foreign-claim', '192.168.1.240']] },
  'guard/two-machines-in-turn': { raised: [['lease-conflict', '192.168.1.130']] },
  'guard/rogue-with-option-54': { raised: ['rogue-dhcp-server'] },
  'guard/vip-on-a-vlan': {
    raised: [
      ['lease-on-vip', '192.168.1.240'],
      ['foreign-claim', '192.168.1.240'],
    ],
  },
  'guard/healthy-mix': { only: [] },
  'metallb/announced-but-mute.resync': { raised: ['silent-vip'] },
  'metallb/announced-but-mute.healthy': { only: [] },
  'metallb/mute.control': { raised: ['silent-vip'] },
  'metallb/two-cards-one-lan.uneven': { raised: ['node-mac-differs'] },
  'metallb/two-cards-one-lan.healthy': { only: [] },
  'metallb/speaker-crash-loop': { raised: ['vip-unstable'] },
  'metallb/speaker-crash-loop.healthy': { only: [] },
  'metallb/node-takes-nodes-address': { raised: ['node-address-conflict'], says: ['w1'] },
  'metallb/node-rebuilt.listed': {
    only: ['node-mac-differs'],
    neverCritical: true,
    saysNot: ['belongs to no cluster node', 'loses its network from time to time'],
    raisedAtMost: 1,
  },
  'metallb/node-rebuilt.quick': { never: ['slow-failover'], gapAtMostMs: 10000 },
  'metallb/two-clusters': {
    raised: ['foreign-claim', 'pool-address-taken'],
    says: ['cluster'],
    remedyOf: ['foreign-claim', /another|second|other cluster/i],
  },
  'metallb/gateway-in-pool': {
    raisedOneOf: ['foreign-claim', 'pool-address-taken', 'gateway-in-pool'],
    saysNot: ['Remove 10.20.30.1 from that machine'],
  },
  'metallb/gateway-in-pool.unused': { raised: ['pool-address-taken'] },
  'metallb/left-on-old-leader': { raised: ['split-brain'] },
  'metallb/ipvs-no-strictarp': { raised: ['split-brain'], says: ['strictARP'] },
  'metallb/partition': { raised: ['split-brain'], says: ['7946'] },
  'metallb/partition.quiet-lan': { raised: ['split-brain'], raisedAtMost: 2 },
  'metallb/flip-flop': { raisedOneOf: ['split-brain', 'vip-flapping'] },
  'metallb/flip-flop.router': { raisedOneOf: ['split-brain', 'vip-flapping'] },
  'metallb/released-address-still-answered': { raised: ['stray-address'] },
  'metallb/control-plane-vip-in-pool.healthy': { only: [] },
  'metallb/control-plane-vip-listed': { raised: ['split-brain'] },
  'metallb/nodes-vrrp-vmac': { only: [] },
  'metallb/wifi-deaf': { raised: ['silent-vip'] },
  'metallb/never-answered.two-nodes': { raised: ['silent-vip'] },
  'metallb/never-answered.isolated-asker.healthy': { only: [] },
  'metallb/behind-repeater.listed': {
    only: ['node-mac-differs'],
    neverCritical: true,
    saysNot: ['belongs to no cluster node', 'loses its network from time to time'],
    raisedAtMost: 1,
  },
  'metallb/behind-repeater.learned': { only: [] },
  'metallb/behind-repeater.and-intruder': { raised: ['foreign-claim', 'node-address-conflict'] },
  'metallb/behind-extender.ethernet-only.healthy': { only: [] },
  'metallb/bond-alb.learned': {
    only: ['node-mac-differs'],
    neverCritical: true,
    saysNot: ['belongs to no cluster node', 'loses its network from time to time'],
    raisedAtMost: 1,
  },
  'metallb/ndp-no-group': { raised: ['silent-vip'] },
  'metallb/ndp-no-group.answered-before': { raised: ['silent-vip'] },
  'metallb/etp-local-moves': { never: ['split-brain', 'foreign-claim'] },
  'metallb/metallb-upgrade.healthy': { only: [] },
  'metallb/two-segments.healthy': { only: [] },
  'metallb/stale-cache': { only: [] },
  'metallb/fabric-answers-for-dead-node.masked': { notSilent: true, says: ['own address'] },
  'metallb/proxy-arp-for-all': { raised: ['proxy-arp'], saysNot: ['release its lease'] },
};
