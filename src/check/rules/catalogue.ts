// The rules, one row each, in the order in which they are told. The names are a contract with the outside; docs/checks.md
// shows the rows to people, and judges.ts knows the file of each.
import type { KindKey } from '../model/kinds.ts';

export const LEVELS = ['info', 'warning', 'critical'] as const;
export type Level = (typeof LEVELS)[number];

/** What a person wants to know, and the head under which the rules are told. */
export const QUESTIONS = {
  lan: 'Can the LAN take an address away?',
  move: 'Can a VIP move, and will it be announced at all?',
  follow: 'Can the service follow its VIP?',
  leftovers: 'Leftovers and rivals',
} as const;
export type Question = keyof typeof QUESTIONS;

export interface RuleRow {
  readonly question: Question;
  /** The usual one; a case may be graver or less so. */
  readonly level: Level;
  /** What it means, in one line. */
  readonly title: string;
  /** What is said where nothing is wrong. */
  readonly fine: string;
  /** Without having read each of these kinds nothing can be said. */
  readonly needs: readonly KindKey[];
}

/** What MetalLB's election goes by. */
export const ELECTION: readonly KindKey[] = [
  'nodes',
  'pods',
  'services',
  'endpointslices',
  'ipaddresspools',
  'l2advertisements',
];

export const RULES = {
  'pool-in-dhcp-range': {
    question: 'lan',
    level: 'warning',
    title: 'A pool lies in the DHCP range.',
    fine: 'no pool lies in the DHCP range',
    needs: ['ipaddresspools'],
  },
  'pool-address-in-use': {
    question: 'lan',
    level: 'warning',
    title: 'A machine outside the cluster answers for an address of a pool.',
    fine: 'no other machine answers for a pool address',
    needs: ['ipaddresspools'],
  },
  'pool-off-subnet': {
    question: 'lan',
    level: 'critical',
    title: 'No node is on the network of a pool.',
    fine: 'a node is on the network of each pool',
    needs: ['ipaddresspools', 'nodes'],
  },
  'pool-has-node': {
    question: 'lan',
    level: 'critical',
    title: 'A pool holds the address of a node.',
    fine: 'no pool holds the address of a node',
    needs: ['ipaddresspools', 'nodes'],
  },
  'pool-has-gateway': {
    question: 'lan',
    level: 'critical',
    title: 'A pool holds an address that the LAN itself needs.',
    fine: 'no pool contains the address of a router or of a DHCP or DNS server',
    needs: ['ipaddresspools'],
  },
  'pool-too-small': {
    question: 'lan',
    level: 'warning',
    title: 'A Service waits for an address, and the pools have none left.',
    fine: 'no Service waits for an address that no pool has',
    needs: ['ipaddresspools', 'services'],
  },
  'pools-overlap': {
    question: 'lan',
    level: 'critical',
    title: 'Two pools share addresses.',
    fine: 'no two pools share addresses',
    needs: ['ipaddresspools'],
  },
  'dhcp-servers': {
    question: 'lan',
    level: 'warning',
    title: 'More than one DHCP server answers.',
    fine: 'no unexpected DHCP server answers',
    needs: [],
  },
  'pool-address-leased': {
    question: 'lan',
    level: 'warning',
    title: 'The DHCP server has leased or reserved an address of a pool.',
    fine: 'the DHCP server has leased no pool address',
    needs: ['ipaddresspools'],
  },
  'single-candidate': {
    question: 'move',
    level: 'warning',
    title: 'Only one node can announce a VIP.',
    fine: 'several nodes can announce each VIP',
    needs: ELECTION,
  },
  'speaker-missing': {
    question: 'move',
    level: 'warning',
    title: 'A node runs no ready speaker.',
    fine: 'a speaker is ready on every node',
    needs: ['nodes', 'pods', 'daemonsets'],
  },
  'excluded-nodes': {
    question: 'move',
    level: 'warning',
    title: 'A label keeps nodes from announcing.',
    fine: 'enough nodes may announce',
    needs: ['nodes', 'pods'],
  },
  'no-advertisement': {
    question: 'move',
    level: 'critical',
    title: 'No advertisement announces a pool.',
    fine: 'an advertisement announces each pool',
    needs: ['ipaddresspools', 'l2advertisements'],
  },
  'no-interface': {
    question: 'move',
    level: 'critical',
    title: 'The elected node lacks the interface that the advertisement names.',
    fine: 'each elected node has the named interfaces',
    needs: ELECTION,
  },
  'wrong-namespace': {
    question: 'move',
    level: 'critical',
    title: 'A pool or an advertisement is outside the namespace of MetalLB.',
    fine: 'pools and advertisements are in the namespace of MetalLB',
    needs: ['ipaddresspools'],
  },
  'ipvs-without-strict-arp': {
    question: 'move',
    level: 'critical',
    title: 'kube-proxy makes every node answer for the VIPs.',
    fine: 'kube-proxy leaves ARP alone',
    needs: [],
  },
  'memberlist-blocked': {
    question: 'move',
    level: 'warning',
    title: 'The speakers do not hear each other.',
    fine: 'the speakers hear each other',
    needs: ['pods'],
  },
  'metallb-version': {
    question: 'move',
    level: 'warning',
    title: 'MetalLB runs a version with a known fault.',
    fine: 'MetalLB runs a version without a known fault',
    needs: [],
  },
  'metallb-upgrade-split': {
    question: 'move',
    level: 'warning',
    title: 'Speakers older than 0.16.2 and speakers from 0.16.2 on cannot hear each other.',
    fine: 'all speakers are 0.16.2 or newer',
    needs: [],
  },
  'config-invalid': {
    question: 'move',
    level: 'critical',
    title: 'MetalLB refuses its configuration.',
    fine: 'MetalLB accepts its configuration',
    needs: ['configurationstates'],
  },
  'two-load-balancers': {
    question: 'move',
    level: 'critical',
    title: 'Two load balancers serve the same Services.',
    fine: 'one load balancer serves the Services',
    needs: [],
  },
  'one-endpoint-node': {
    question: 'follow',
    level: 'warning',
    title: 'All endpoints of a VIP are on one node.',
    fine: 'endpoints are on several nodes',
    needs: ['nodes', 'services', 'endpointslices'],
  },
  'slow-eviction': {
    question: 'follow',
    level: 'warning',
    title: 'A dead node keeps its Pods for minutes.',
    fine: 'no lone Pod waits for a dead node',
    needs: ['services'],
  },
  'rwo-rollout': {
    question: 'follow',
    level: 'warning',
    title: 'A rollout waits for a volume that the old Pod has.',
    fine: 'no rollout waits for a volume',
    needs: ['services'],
  },
  'rwo-failover': {
    question: 'follow',
    level: 'warning',
    title: 'A volume stays attached to a dead node for minutes.',
    fine: 'no volume behind a VIP is bound to a dead node',
    needs: ['services', 'persistentvolumeclaims', 'persistentvolumes', 'csidrivers'],
  },
  'volume-pinned': {
    question: 'follow',
    level: 'warning',
    title: 'A volume keeps the workload on one node.',
    fine: 'no volume keeps a workload on one node',
    needs: ['services', 'nodes', 'persistentvolumeclaims', 'persistentvolumes'],
  },
  'multi-attach-now': {
    question: 'follow',
    level: 'critical',
    title: 'A Pod waits for a volume that another node has.',
    fine: 'no Pod waits for a volume of another node',
    needs: ['services', 'pods', 'persistentvolumeclaims', 'volumeattachments'],
  },
  'pinned-to-node': {
    question: 'follow',
    level: 'warning',
    title: 'The workload may run on one node only.',
    fine: 'no workload is tied to one node',
    needs: ['services'],
  },
  'host-network-behind-vip': {
    question: 'follow',
    level: 'warning',
    title: "Pods behind a VIP use the node's own ports.",
    fine: "no Pod behind a VIP uses the node's own ports",
    needs: ['services'],
  },
  'pdb-blocks-drain': {
    question: 'follow',
    level: 'warning',
    title: 'A disruption budget allows no eviction.',
    fine: 'no disruption budget stops a drain',
    needs: ['services', 'pods', 'poddisruptionbudgets'],
  },
  'non-root-old-files': {
    question: 'follow',
    level: 'warning',
    title: 'A container without root may find files of root.',
    fine: 'no container finds files of root',
    needs: ['services', 'persistentvolumeclaims', 'replicasets'],
  },
  'fsgroup-breaks-acme': {
    question: 'follow',
    level: 'warning',
    title: 'fsGroup opens a file that Traefik refuses when it is open.',
    fine: 'fsGroup opens no ACME storage',
    needs: ['services'],
  },
  'servicelb-on': {
    question: 'leftovers',
    level: 'critical',
    title: "k3s's own load balancer runs beside MetalLB.",
    fine: "k3s's own load balancer does not run beside MetalLB",
    needs: ['daemonsets'],
  },
  'status-from-other': {
    question: 'leftovers',
    level: 'warning',
    title: 'The address of a Service is in no pool.',
    fine: 'the address of each Service is in a pool',
    needs: ['services', 'ipaddresspools', 'nodes'],
  },
  'forgotten-ip': {
    question: 'leftovers',
    level: 'info',
    title: 'A Service asks for its address in a deprecated way.',
    fine: 'no Service asks for its address in a deprecated way',
    needs: ['services'],
  },
} as const satisfies Readonly<Record<string, RuleRow>>;

export type RuleId = keyof typeof RULES;
export const RULE_IDS = Object.keys(RULES) as readonly RuleId[];
