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
const TORN = 'Each client of the service reaches that machine or the cluster: the one that it heard last.';
const SHRINK = "Shrink the router's DHCP range so that it leaves out MetalLB's pool";
const SPEAKERS =
  "Check the logs of MetalLB's speakers on both nodes, and whether they reach each other on port 7946, TCP and UDP.";

export const FINDING_WORDS: Readonly<Record<FindingKind, KindWords>> = {
  'lease-on-vip': {
    critical: (named) => ({
      summary: `DHCP leased ${WHOSE} to ${named('', 'a client')}`,
      meaning: TORN,
      remedy: `${SHRINK}, then make that machine ask for another address: switch its Wi-Fi off and on.`,
    }),
    warning: {
      meaning:
        'No traffic is lost while that client is silent. Once it sends a frame, each client of the service reaches it or the cluster: the one that it heard last.',
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
        'Find it and switch it off. If it should serve, list every server under dhcp.servers in the configuration.',
    }),
  },
  'foreign-claim': {
    critical: (named) => ({
      summary: `${WHOSE} is claimed from outside the cluster, by ${named('', 'a machine')}`,
      meaning: TORN,
      remedy:
        'Remove the address from that machine: release its DHCP lease, or change its static address. Keep the pool out of the DHCP range.',
    }),
  },
  'split-brain': {
    critical: (named) => ({
      summary: `Several nodes answer for ${WHOSE} at the same time${named(': ', '')}`,
      meaning: 'Connections to the service break each time a client hears another node.',
      remedy: `${SPEAKERS} With kube-proxy in IPVS mode, set strictARP: true.`,
    }),
  },
  'silent-vip': {
    critical: () => ({
      summary: `Nobody answers for ${WHOSE}`,
      meaning: 'The service cannot be reached.',
      remedy: "Look at the cause that the finding names, then at the logs of MetalLB's speakers.",
    }),
    warning: {
      meaning:
        'The service cannot be reached. Most often such a warning means that the service has no ready endpoint, so MetalLB does not announce it.',
      remedy: "Look at the cause that the finding names, then at the Service's pods and endpoints.",
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
      meaning: 'Each time, clients lose the service until the same node answers again.',
      remedy:
        "Look for one of MetalLB's speakers that restarts, or a node that loses its network for seconds.",
    }),
  },
  'stray-address': {
    critical: (named) => ({
      summary: `A node holds ${IP}, which it should not hold${named(': ', '')}`,
      meaning: 'MetalLB may give the address to the next Service, and two nodes answer for it then.',
      remedy:
        'List the Service that has it, or remove the address from the node and restart the program that set it there: kube-vip, keepalived or a speaker.',
    }),
  },
  'pool-address-taken': {
    critical: (named) => ({
      summary: `${IP}, ${FREE}, is used from outside the cluster, by ${named('', 'a machine')}`,
      meaning: 'The conflict begins when MetalLB gives the address to a Service.',
      remedy: 'Give that machine another address, or remove this one from the pool.',
    }),
  },
  'node-address-conflict': {
    critical: (named) => ({
      summary: `The address ${IP} of a node is also claimed by ${named('', 'another machine')}`,
      meaning: 'That node loses its network from time to time.',
      remedy:
        "Give the other machine another address. Then keep the node's address out of the DHCP range, or reserve it.",
    }),
  },
  'node-mac-differs': {
    critical: (named) => ({
      summary: `The node with the address ${IP} answers under another MAC than its own${named(': ', '')}`,
      meaning:
        'The cause is a bond, a Wi-Fi extender, a rebuilt node, two cards in one LAN, or another machine while the node is away.',
      remedy:
        "Check whether that MAC belongs to the node. If it does, list it or let the node's agent publish it.",
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
      meaning: 'It can take the traffic of any VIP that it answers for.',
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
      summary: 'There are more findings than vipwatch can keep',
      meaning: 'Further problems are not reported. A flood is the usual cause.',
      remedy:
        'Find the machine that floods the LAN: the other findings show its MACs and the interface. Disconnect it.',
    }),
  },
};
