// The kinds of findings, one row each: what is the same for every finding of a kind stands here and nowhere else. The names are a
// contract with the outside, and their order is that of every list of them. docs/findings.md shows the rows to people.

import { HOUR, MINUTE, type Micros, SECOND } from '../../base/time.ts';
import type { AddressRole } from '../../intent/index.ts';

export const SEVERITIES = ['critical', 'warning'] as const;
export type Severity = (typeof SEVERITIES)[number];

export interface LifeCycle {
  /** Resolved when no evidence came for this long. Null: resolved only when its condition ends. */
  readonly quiet: Micros | null;
  /** Never raised again sooner than this after the last time it was raised. */
  readonly holdDown: Micros;
}

/**
 * Which objects of the cluster are told of a finding.
 * - `service`: those that have the address; its pool where none has
 * - `service-and-announcers`: the nodes that answer for it as well
 * - `pool`: its pool, even where the address that showed it is a VIP of that pool
 * - `whole-pool`: the same, whichever address showed it: one problem of a pool
 * - `node`: the node whose address it is
 * - `none`: no object of the cluster is concerned
 */
type Concerned = 'service' | 'service-and-announcers' | 'pool' | 'whole-pool' | 'node' | 'none';

/**
 * What must be known of the cluster for a finding to be possible at all.
 * - `vip`, `pool`: there is one
 * - `address`: there is either
 * - `nodes`: they are known, else a stranger cannot be told from a node
 * - `election`: it can be told whom MetalLB elects
 */
export type Knowledge = 'vip' | 'pool' | 'address' | 'nodes' | 'election';

interface KindRow extends LifeCycle {
  /** What it means, in one line. */
  readonly title: string;
  /** The usual one: the configuration may give another. */
  readonly severity: Severity;
  /** The only role of an address that it can be about: it ends when the address has another one. Null: its detector ends it. */
  readonly role: AddressRole['kind'] | null;
  readonly concerns: Concerned;
  readonly needs: readonly Knowledge[];
}

export const KINDS = {
  'lease-on-vip': {
    title: 'DHCP leased a VIP to a client.',
    severity: 'critical',
    quiet: null,
    holdDown: 10 * SECOND,
    role: null,
    concerns: 'service',
    needs: ['vip'],
  },
  'lease-in-pool': {
    title: 'DHCP leased a free address of a pool to a client.',
    severity: 'warning',
    quiet: null,
    holdDown: MINUTE,
    role: null,
    concerns: 'pool',
    needs: ['pool'],
  },
  'dhcp-range-overlaps-pool': {
    title: 'The DHCP range and a pool share addresses.',
    severity: 'warning',
    quiet: 24 * HOUR,
    holdDown: MINUTE,
    role: null,
    concerns: 'whole-pool',
    needs: ['address'],
  },
  'dhcp-decline': {
    title: 'A client declined an address of a pool, because another machine answers for it.',
    severity: 'warning',
    quiet: 30 * MINUTE,
    holdDown: MINUTE,
    role: null,
    concerns: 'service',
    needs: ['address'],
  },
  'rogue-dhcp-server': {
    title: 'A DHCP server answers that is not the expected one.',
    severity: 'warning',
    quiet: 30 * MINUTE,
    holdDown: MINUTE,
    role: null,
    concerns: 'none',
    needs: [],
  },
  'foreign-claim': {
    title: 'A machine outside the cluster claims a VIP.',
    severity: 'critical',
    quiet: MINUTE,
    holdDown: MINUTE,
    role: 'vip',
    concerns: 'service',
    needs: ['vip', 'nodes'],
  },
  'split-brain': {
    title: 'Two nodes keep answering for one VIP.',
    severity: 'critical',
    quiet: 30 * SECOND,
    holdDown: MINUTE,
    role: 'vip',
    concerns: 'service-and-announcers',
    needs: ['vip', 'nodes'],
  },
  'silent-vip': {
    title: 'Nobody answers for a VIP.',
    severity: 'critical',
    quiet: null,
    holdDown: MINUTE,
    role: 'vip',
    concerns: 'service',
    needs: ['vip'],
  },
  'wrong-announcer': {
    title: 'Another node than the elected one announces a VIP.',
    severity: 'warning',
    quiet: null,
    holdDown: MINUTE,
    role: 'vip',
    concerns: 'service-and-announcers',
    needs: ['vip', 'nodes', 'election'],
  },
  'vip-flapping': {
    title: 'A VIP changes its announcer again and again.',
    severity: 'warning',
    quiet: 10 * MINUTE,
    holdDown: 10 * MINUTE,
    role: 'vip',
    concerns: 'service',
    needs: ['vip', 'nodes'],
  },
  'vip-unstable': {
    title: 'A VIP is away for a short while again and again.',
    severity: 'warning',
    quiet: HOUR,
    holdDown: 10 * MINUTE,
    role: 'vip',
    concerns: 'service',
    needs: ['vip'],
  },
  'stray-address': {
    title: 'A node holds an address that it should not hold.',
    severity: 'warning',
    quiet: 10 * MINUTE,
    holdDown: MINUTE,
    role: null,
    concerns: 'pool',
    needs: ['address', 'nodes'],
  },
  'pool-address-taken': {
    title: 'A machine outside the cluster uses a free address of a pool.',
    severity: 'warning',
    quiet: 10 * MINUTE,
    holdDown: MINUTE,
    role: 'pool',
    concerns: 'pool',
    needs: ['pool', 'nodes'],
  },
  'node-address-conflict': {
    title: "Another machine claims a node's own address.",
    severity: 'critical',
    quiet: 5 * MINUTE,
    holdDown: MINUTE,
    role: 'node',
    concerns: 'node',
    needs: ['nodes'],
  },
  'node-mac-differs': {
    title: 'A node answers under another MAC than its own.',
    severity: 'warning',
    quiet: 10 * MINUTE,
    holdDown: MINUTE,
    role: 'node',
    concerns: 'node',
    needs: ['nodes'],
  },
  'lease-conflict': {
    title: 'Two machines use one leased address.',
    severity: 'warning',
    quiet: 10 * MINUTE,
    holdDown: MINUTE,
    role: null,
    concerns: 'node',
    needs: [],
  },
  'proxy-arp': {
    title: 'A router answers for addresses of the pools.',
    severity: 'warning',
    quiet: 30 * MINUTE,
    holdDown: MINUTE,
    role: null,
    concerns: 'whole-pool',
    needs: ['pool', 'nodes'],
  },
  'slow-failover': {
    title: "A takeover's gap was longer than the limit.",
    severity: 'warning',
    quiet: 10 * MINUTE,
    holdDown: MINUTE,
    role: 'vip',
    concerns: 'service',
    needs: ['vip', 'nodes'],
  },
  'findings-refused': {
    title: 'There are more findings than vipwatch can keep: most likely a flood.',
    severity: 'warning',
    quiet: null,
    holdDown: MINUTE,
    role: null,
    concerns: 'none',
    needs: [],
  },
} as const satisfies Readonly<Record<string, KindRow>>;

export type FindingKind = keyof typeof KINDS;
export const FINDING_KINDS = Object.keys(KINDS) as FindingKind[];
