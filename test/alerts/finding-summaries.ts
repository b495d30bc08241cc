// What somebody reads first, of each kind of finding and each severity: about the same VIP and the same phone.
import type { FindingKind, Severity } from '../../src/watch/finding/kinds.ts';

const PHONE = '"luca-phone" (02:00:00:00:00:aa)';
const VIP = '192.168.1.50 (traefik/traefik)';
const FREE = "192.168.1.50, a free address of MetalLB's pool";

/** Of a warning no series names the machine. */
export const FINDING_SUMMARIES: Readonly<Record<FindingKind, Readonly<Record<Severity, string>>>> = {
  'lease-on-vip': {
    critical: `DHCP leased ${VIP} to ${PHONE}`,
    warning: `DHCP leased ${VIP} to a client`,
  },
  'lease-in-pool': {
    critical: `DHCP leased ${FREE}, to ${PHONE}`,
    warning: `DHCP leased ${FREE}, to a client`,
  },
  'dhcp-range-overlaps-pool': {
    critical: "The DHCP range covers addresses of MetalLB's pool, 192.168.1.50 among them",
    warning: "The DHCP range covers addresses of MetalLB's pool, 192.168.1.50 among them",
  },
  'dhcp-decline': {
    critical: `DHCP gave ${VIP} to ${PHONE}, which declined it because it is in use`,
    warning: `DHCP gave ${VIP} to a client, which declined it because it is in use`,
  },
  'rogue-dhcp-server': {
    critical: 'A DHCP server that is not the expected one answers: 192.168.1.50',
    warning: 'A DHCP server that is not the expected one answers: 192.168.1.50',
  },
  'foreign-claim': {
    critical: `${VIP} is claimed from outside the cluster, by ${PHONE}`,
    warning: `${VIP} is claimed from outside the cluster, by a machine`,
  },
  'split-brain': {
    critical: `Several nodes answer for ${VIP} at the same time: ${PHONE}`,
    warning: `Several nodes answer for ${VIP} at the same time`,
  },
  'silent-vip': {
    critical: `Nobody answers for ${VIP}`,
    warning: `Nobody answers for ${VIP}`,
  },
  'wrong-announcer': {
    critical: `Another node than the elected one announces ${VIP}`,
    warning: `Another node than the elected one announces ${VIP}`,
  },
  'vip-flapping': {
    critical: `${VIP} changes its node again and again, between ${PHONE}`,
    warning: `${VIP} changes its node again and again`,
  },
  'vip-unstable': {
    critical: `${VIP} is away for a short while again and again`,
    warning: `${VIP} is away for a short while again and again`,
  },
  'stray-address': {
    critical: `A node holds 192.168.1.50, which it should not hold: ${PHONE}`,
    warning: 'A node holds 192.168.1.50, which it should not hold',
  },
  'pool-address-taken': {
    critical: `${FREE}, is used from outside the cluster, by ${PHONE}`,
    warning: `${FREE}, is used from outside the cluster, by a machine`,
  },
  'node-address-conflict': {
    critical: `The address 192.168.1.50 of a node is also claimed by ${PHONE}`,
    warning: 'The address 192.168.1.50 of a node is also claimed by another machine',
  },
  'node-mac-differs': {
    critical: `The node with the address 192.168.1.50 answers under another MAC than its own: ${PHONE}`,
    warning: 'The node with the address 192.168.1.50 answers under another MAC than its own',
  },
  'lease-conflict': {
    critical: `Two machines use ${VIP}, which DHCP leased to one of them: ${PHONE}`,
    warning: `Two machines use ${VIP}, which DHCP leased to one of them`,
  },
  'proxy-arp': {
    critical: `A router answers for addresses of MetalLB's pools, 192.168.1.50 among them: ${PHONE}`,
    warning: "A router answers for addresses of MetalLB's pools, 192.168.1.50 among them",
  },
  'slow-failover': {
    critical: `${VIP} took too long to move to another node: ${PHONE}`,
    warning: `${VIP} took too long to move to another node`,
  },
  'findings-refused': {
    critical: 'There are more findings than vipwatch can keep',
    warning: 'There are more findings than vipwatch can keep',
  },
};
