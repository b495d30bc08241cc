// The words of the findings that hold MetalLB's election against the wire.
import type { NoAnnouncer } from '../cluster/intent.ts';
import type { Mac } from '../net/address.ts';
import type { Report } from './finding-book.ts';
import { vipName, vipOf } from './reports.ts';
import type { Segment } from './segment.ts';
import type { VipRole } from './vips.ts';

const NO_ANNOUNCER: Readonly<Record<NoAnnouncer, { readonly why: string; readonly remedy: string }>> = {
  'other-load-balancer-class': {
    why: 'its Service belongs to another load balancer class',
    remedy: 'Ask whichever controller serves that class.',
  },
  'bad-ingress': {
    why: "its Service's status holds an entry without an IP address",
    remedy: "Look at the Service's status.loadBalancer.ingress and at what wrote it.",
  },
  'outside-pools': {
    why: 'no pool holds it any more',
    remedy: 'Put the address back into an IPAddressPool, or let MetalLB assign another one to the Service.',
  },
  'no-endpoint': {
    why: 'no endpoint of its Service is ready',
    remedy: "Look at the Service's pods: kubectl describe service, kubectl get endpointslices.",
  },
  'no-advertisement': {
    why: 'no L2Advertisement selects its pool and Service',
    remedy: 'Create an L2Advertisement for the pool, or correct the selectors of the one that is there.',
  },
  'bgp-only': {
    why: 'its pool is advertised by BGP alone',
    remedy: 'Nothing, if BGP is what is meant; else create an L2Advertisement.',
  },
  'no-speaker': {
    why: 'no MetalLB speaker runs',
    remedy: "Look at the speaker DaemonSet: its tolerations, its pods' events.",
  },
  'no-selected-node': {
    why: 'no speaker runs on a node that the advertisements select',
    remedy:
      'Compare the nodeSelectors of the L2Advertisement with the labels of the nodes that run a speaker.',
  },
  'excluded-nodes': {
    why: 'every node left carries the label node.kubernetes.io/exclude-from-external-load-balancers',
    remedy: 'Take that label off a node; kubeadm puts it on control-plane nodes.',
  },
  'no-eligible-node': {
    why: 'every node left is excluded or has the condition NetworkUnavailable',
    remedy: 'Look at the conditions and labels of the nodes.',
  },
  'no-local-endpoint': {
    why: 'its externalTrafficPolicy is Local and no ready endpoint is on a node that may announce it',
    remedy: 'Run a pod of the Service on such a node, or set externalTrafficPolicy: Cluster.',
  },
};

export function silentVip(role: VipRole, reason: NoAnnouncer): Report {
  const { why, remedy } = NO_ANNOUNCER[reason];
  return {
    kind: 'silent-vip',
    ip: role.vip.address,
    segment: null,
    culprit: null,
    macs: [],
    vip: vipOf(role),
    message: `Nobody answers for ${vipName(role.vip)}, and no node can: ${why}.`,
    remedy,
  };
}

export function wrongAnnouncer(
  segment: Segment,
  role: VipRole,
  wire: { readonly node: string; readonly mac: Mac },
  elected: string,
  statusNodes: readonly string[],
): Report {
  const status =
    statusNodes.length === 0
      ? 'there is no ServiceL2Status'
      : statusNodes.includes(wire.node)
        ? `its ServiceL2Status names ${statusNodes.join(' and ')}, as the wire does`
        : `its ServiceL2Status names ${statusNodes.join(' and ')}`;
  return {
    kind: 'wrong-announcer',
    ip: role.vip.address,
    segment,
    culprit: null,
    macs: [wire.mac],
    vip: vipOf(role),
    message: `${vipName(role.vip)} is announced by ${wire.node}, but MetalLB's rules elect ${elected}; ${status}.`,
    remedy: `Look at the speakers' logs on ${wire.node} and ${elected}: one of them does not see the other, or the API. A restart of the speaker on ${wire.node} settles it.`,
  };
}
