// What the alert of each kind of finding says, to somebody who is woken by it. The braces are Prometheus's templates.
import type { FindingKind } from '../../src/watch/finding/kinds.ts';
import { WHOSE } from './rule.ts';

export interface AlertWords {
  /** One line: what is wrong, and with which address. */
  readonly summary: string;
  /** What follows from it. */
  readonly meaning: string;
  readonly remedy: string;
}

export interface KindWords {
  /** @param named the machines, as a template: with these words before them, or where none is known, those alone. */
  readonly critical: (named: (before: string, unnamed: string) => string) => AlertWords;
  /** What a warning says otherwise: no series names its machines. */
  readonly warning?: Partial<AlertWords>;
}

const IP = '{{ $labels.ip }}';

const FREE = "a free address of MetalLB's pool";
const TORN = 'Clients of the service reach that machine or the cluster, whichever they heard last.';
const SHRINK = "Shrink the router's DHCP range so that it leaves out MetalLB's pool";
const SPEAKERS =
  "Look at the logs of MetalLB's speakers on both nodes, and whether they reach each other on port 7946, TCP and UDP.";

export const FINDING_WORDS: Readonly<Record<FindingKind, KindWords>> = {
  'lease-on-vip': {
    critical: (named) => ({
      summary: `DHCP leased ${WHOSE} to ${named('', 'a client')}`,
      meaning: TORN,
      remedy: `${SHRINK}, then make that machine ask for another address: switch its Wi-Fi off and on.`,
    }),
    warning: {
      meaning:
        'No traffic is lost while that client is silent. Once it speaks, clients of the service reach it or the cluster, whichever they heard last.',
    },
  },
  'lease-in-pool': {
    critical: (named) => ({
      summary: `DHCP leased ${IP}, ${FREE}, to ${named('', 'a client')}`,
      meaning: 'The conflict begins when MetalLB gives the address to a Service.',
      remedy: `${SHRINK}, then make that machine ask for another address.`,
    }),
  },
  'dhcp-range-overlaps-pool': {
    critical: () => ({
      summary: `The DHCP range covers addresses of MetalLB's pool, ${IP} among them`,
      meaning: 'Sooner or later DHCP leases an address that MetalLB announces.',
      remedy: `${SHRINK}.`,
    }),
  },
  'dhcp-decline': {
    critical: (named) => ({
      summary: `DHCP gave ${WHOSE} to ${named('', 'a client')}, which declined it because it is in use`,
      meaning: 'The next client may not check before it uses the address.',
      remedy: `${SHRINK}.`,
    }),
  },
  'rogue-dhcp-server': {
    critical: () => ({
      summary: `A DHCP server that is not the expected one answers: ${IP}`,
      meaning: 'Machines may get addresses of the cluster from it, or a wrong router.',
      remedy:
        'Find it and switch it off. Where it is meant to serve, list every server under dhcp.servers in the configuration.',
    }),
  },
  'foreign-claim': {
    critical: (named) => ({
      summary: `${WHOSE} is claimed from outside the cluster, by ${named('', 'a machine')}`,
      meaning: TORN,
      remedy:
        'Take the address away from that machine: release its DHCP lease, or change its static address. Keep the pool out of the DHCP range.',
    }),
  },
  'split-brain': {
    critical: (named) => ({
      summary: `Several nodes answer for ${WHOSE} at once${named(': ', '')}`,
      meaning: 'Connections to the service break whenever a client hears another node.',
      remedy: `${SPEAKERS} With kube-proxy in IPVS mode, set strictARP: true.`,
    }),
  },
  'silent-vip': {
    critical: () => ({
      summary: `Nobody answers for ${WHOSE}`,
      meaning: 'The service cannot be reached.',
      remedy: "See which cause the finding names, then the logs of MetalLB's speakers.",
    }),
    warning: {
      meaning:
        'The service cannot be reached. A warning of this kind means most often that it has no ready endpoint, so that MetalLB announces it nowhere.',
      remedy: "See which cause the finding names, then the Service's pods and endpoints.",
    },
  },
  'wrong-announcer': {
    critical: () => ({
      summary: `Another node than the elected one announces ${WHOSE}`,
      meaning: "One of MetalLB's speakers hangs, or does not see the API or the other speakers.",
      remedy: `${SPEAKERS} Restart both speakers, one after the other.`,
    }),
  },
  'vip-flapping': {
    critical: (named) => ({
      summary: `${WHOSE} changes its node again and again${named(', between ', '')}`,
      meaning: 'Each change interrupts the connections to the service.',
      remedy: 'Look for a speaker that restarts, or a node that loses its network.',
    }),
  },
  'vip-unstable': {
    critical: () => ({
      summary: `${WHOSE} is away for a short while again and again`,
      meaning: 'Each time clients that ask for it are cut off, until the same node answers again.',
      remedy:
        "Look for one of MetalLB's speakers that restarts, or a node that loses its network for seconds.",
    }),
  },
  'stray-address': {
    critical: (named) => ({
      summary: `A node holds ${IP}, which it should not${named(': ', '')}`,
      meaning: 'MetalLB may give the address to the next Service, and two nodes answer for it then.',
      remedy:
        'List the Service that has it, or take the address off the node and restart what set it there: kube-vip, keepalived or a speaker.',
    }),
  },
  'pool-address-taken': {
    critical: (named) => ({
      summary: `${IP}, ${FREE}, is used from outside the cluster, by ${named('', 'a machine')}`,
      meaning: 'The conflict begins when MetalLB gives the address to a Service.',
      remedy: 'Give that machine another address, or take this one out of the pool.',
    }),
  },
  'node-address-conflict': {
    critical: (named) => ({
      summary: `The address ${IP} of a node is also claimed by ${named('', 'another machine')}`,
      meaning: 'That node drops off the network now and then.',
      remedy:
        "Give the other machine another address, then take the node's out of the DHCP range or reserve it.",
    }),
  },
  'node-mac-differs': {
    critical: (named) => ({
      summary: `The node with the address ${IP} answers under another MAC than its own${named(': ', '')}`,
      meaning:
        'A bond, a Wi-Fi extender, a rebuilt node or two cards in one LAN; or another machine while the node is away.',
      remedy: 'See whether that MAC belongs to the node. If it is, list it or let its agent publish it.',
    }),
  },
  'lease-conflict': {
    critical: (named) => ({
      summary: `Two machines use ${WHOSE}, which DHCP leased to one of them${named(': ', '')}`,
      meaning: 'Both lose traffic to each other.',
      remedy:
        'Give the machine with the static address another one outside the DHCP range, or reserve the address for it.',
    }),
  },
  'proxy-arp': {
    critical: (named) => ({
      summary: `A router answers for addresses of MetalLB's pools, ${IP} among them${named(': ', '')}`,
      meaning: 'It can draw off the traffic of any VIP that it answers for.',
      remedy: 'Switch proxy ARP off on that router, or correct its netmask.',
    }),
  },
  'slow-failover': {
    critical: (named) => ({
      summary: `${WHOSE} took too long to move to another node${named(': ', '')}`,
      meaning: 'The service could not be reached for longer than failover.maxGap.',
      remedy: `${SPEAKERS} MetalLB needs 5 to 8 s to notice a lost node in a small cluster.`,
    }),
  },
  'findings-refused': {
    critical: () => ({
      summary: 'More is wrong on the LAN than vipwatch keeps findings for',
      meaning: 'What is beyond it is not told. A flood is the usual cause.',
      remedy:
        'Find the machine that floods the LAN by the MACs and the interface of the other findings, and cut it off.',
    }),
  },
};
