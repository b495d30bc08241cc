// The words of silent-vip, by what is known of the silence.
import type { VipRole } from '../../intent/index.ts';
import type { NoAnnouncer } from '../../intent/intent.ts';
import type { Mac } from '../../net/address.ts';
import type { Report } from '../finding/finding.ts';
import type { Severity } from '../finding/kinds.ts';
import { vipName, vipOf } from './words.ts';

interface Words {
  readonly why: string;
  readonly remedy: string;
  /** Where the wire is as intended, as at night when a Deployment is scaled to zero. */
  readonly severity?: Severity;
}

const NO_ANNOUNCER: Readonly<Record<NoAnnouncer, Words>> = {
  'other-load-balancer-class': {
    why: 'its Service belongs to another load balancer class',
    remedy: 'Check the controller that serves that class.',
  },
  'bad-ingress': {
    why: "its Service's status holds an entry without an IP address",
    remedy: "Check the Service's status.loadBalancer.ingress, and which controller wrote it.",
  },
  'outside-pools': {
    why: 'no pool contains it any more',
    remedy: 'Put the address back into an IPAddressPool, or let MetalLB assign another one to the Service.',
  },
  'no-endpoint': {
    why: 'no endpoint of its Service is ready',
    severity: 'warning',
    remedy: "Check the Service's pods: kubectl describe service, kubectl get endpointslices.",
  },
  'no-advertisement': {
    why: 'no L2Advertisement selects its pool and Service',
    remedy: 'Create an L2Advertisement for the pool, or correct the selectors of the existing one.',
  },
  'bgp-only': {
    why: 'only BGP advertises its pool',
    remedy: 'Do nothing if you want BGP; otherwise create an L2Advertisement.',
  },
  'no-speaker': {
    why: 'no MetalLB speaker runs',
    remedy: 'Check the speaker DaemonSet: its tolerations, and the events of its pods.',
  },
  'no-selected-node': {
    why: 'no speaker runs on a node that the advertisements select',
    remedy:
      'Compare the nodeSelectors of the L2Advertisement with the labels of the nodes that run a speaker.',
  },
  'excluded-nodes': {
    why: 'every remaining node has the label node.kubernetes.io/exclude-from-external-load-balancers',
    remedy: 'Remove that label from a node; kubeadm sets it on control-plane nodes.',
  },
  'no-eligible-node': {
    why: 'every remaining node is excluded or has the condition NetworkUnavailable',
    remedy: 'Check the conditions and labels of the nodes.',
  },
  'no-local-endpoint': {
    why: 'its externalTrafficPolicy is Local and no ready endpoint is on a node that may announce it',
    severity: 'warning',
    remedy: 'Run a pod of the Service on such a node, or set externalTrafficPolicy: Cluster.',
  },
};

export function silentVip(role: VipRole, reason: NoAnnouncer): Report {
  const { why, remedy, ...severity } = NO_ANNOUNCER[reason];
  const pool = role.pool ? ` from pool ${role.pool.name}` : '';
  return reportOf(role, {
    ...severity,
    message: `Nobody answers for ${vipName(role.vip)}${pool}, and no node can: ${why}.`,
    remedy,
  });
}

/** What is known where a node should announce it. */
interface SilenceContext {
  /** Who answered last, and whether that node still answers for its own address; undefined: nobody has so far. */
  readonly last:
    | {
        readonly node: string;
        readonly mac: Mac;
        /** It goes on announcing the VIP, and answers no question. */
        readonly announces: boolean;
        readonly answersItself: boolean;
      }
    | undefined;
  /** The node that MetalLB's rules elect without the last one; null: not known. */
  readonly elected: string | null;
  /** All nodes but the last announcer and this agent's own. */
  readonly others: readonly { readonly name: string; readonly isThere: boolean }[];
}

/** So many nodes are named, in a cluster as small as that. */
const MAX_NAMED = 8;

export function unansweredVip(role: VipRole, { last, elected, others }: SilenceContext): Report {
  const lastAnswer = last
    ? `${last.node} (${last.mac}) ${last.announces ? 'still announces it' : 'answered last'} and ${last.answersItself ? 'still answers for its own address' : 'does not answer for its own address either'}`
    : 'nobody has answered since this agent began to probe';
  const election = elected === null ? '' : `; MetalLB's rules elect ${elected}`;
  const remedy =
    last && !last.answersItself
      ? `Check whether ${last.node} is up. The logs of the other MetalLB speakers say why none of them takes over.`
      : last?.answersItself
        ? `Check the MetalLB speaker on ${elected ?? last.node}: does it run, and what does its log say? If it sends answers that do not arrive, look for Wi-Fi power saving (the card sleeps through broadcasts) and for a MAC filter of the hypervisor or switch.`
        : `Check the MetalLB speaker on ${elected ?? last?.node ?? 'each node'}: does it run, what does its log say, and is that node on this network?`;
  const message = `Nobody answers for ${vipName(role.vip)}: ${lastAnswer}${election}${otherNodes(others)}.`;
  return reportOf(role, { message, remedy });
}

function reportOf(role: VipRole, words: Pick<Report, 'message' | 'remedy' | 'severity'>): Report {
  const { address: ip } = role.vip;
  return { kind: 'silent-vip', ip, segment: null, culprit: null, macs: [], vip: vipOf(role), ...words };
}

function otherNodes(others: SilenceContext['others']): string {
  if (others.length > MAX_NAMED) return '';
  const named = (isThere: boolean) =>
    others
      .filter((node) => node.isThere === isThere)
      .map(({ name }) => name)
      .join(', ');
  const [there, away] = [named(true), named(false)];
  return `${there && `; heard lately: ${there}`}${away && `; not heard: ${away}`}`;
}
