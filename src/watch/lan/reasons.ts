// "Looked, not a finding": why something that resembles a finding is none, each reason with the line that docs/metrics.md tells
// of it. The words are a metric's label, and so a contract with the outside.

export const NOT_FINDING_REASONS = {
  // Claims.
  'acd-probe': 'A machine checks whether an address is free before it takes it (ARP Probe, RFC 5227).',
  dad: 'The same with IPv6 (Duplicate Address Detection, RFC 4862).',
  'judged-a-moment-ago':
    'The same MAC claimed the same address in the same way less than 50 ms before, or another DHCP server was told of on that segment; or, where 500 warnings of one kind are open, this one was seen less than 5 s before.',
  'request-from-node': 'A node used a VIP as the sender of its own request, without answering for it.',
  'cluster-node': 'The machine is a cluster node.',
  'nodes-unknown': 'No node of the cluster is known.',
  'vrrp-of-nodes':
    "A VRRP virtual MAC alone holds the VIP: the nodes' own keepalived does so. Beside a node's answer it is a claim.",
  'another-load-balancer':
    'The VIP is of another load balancer class or outside all pools: another machine may announce it.',
  'awaiting-own-address':
    "An unknown MAC alone answered for a VIP: it waits 2 s, in which the nodes' own addresses are asked for, to see whether it is a node's.",
  'awaiting-own-answer':
    "An unknown MAC answered for a node's own address: for half a second the node may answer the same question.",
  'awaiting-both-answers':
    'Two machines were seen on a leased address: for a few seconds it is asked for, to see whether both answer, or one stood in for the other.',
  'awaiting-other-half':
    'The announcement may be half of a pair, by which MetalLB announces: it waits for the other half, 20 ms at most.',
  'second-half-of-nodes':
    'The request of the same pair came from a node: a bond in mode balance-alb, whose replies have the MAC of another card.',
  'answers-for-nodes':
    'The MAC answers for several nodes: a Wi-Fi extender or another translator that they are behind.',
  'too-many-waiting':
    'A judgement that waits for a fact finds no place, or loses it: 1,024 of its class wait, or 128 of its class about its address. The first of an address has a place as long as another address has two.',
  'awaiting-node-macs': "The claim waits until all nodes' MACs are known, 30 s at most.",
  'maybe-unknown-node': 'The machine may be the one node whose MAC cannot be learned.',
  'no-longer-watched': 'The address left the intent while the judgement waited.',
  'awaiting-proxy-check':
    'The answer for a free pool address waits 2 s, to tell a machine that uses it from a router with proxy ARP.',
  'proxy-arp': 'The machine does proxy ARP, which is a finding of its own.',
  'node-mac-unconfirmed':
    "The node's learned MAC was heard less than a minute ago: the new one may be a replaced network card.",
  // DHCP messages.
  'dhcp-discover': 'A client looks for an address.',
  'dhcp-audit': 'An audit of vipwatch asks for an address, or is answered: it takes none.',
  'dhcp-inform': 'A client asks for settings, not for an address, or is answered.',
  'dhcp-no-address': 'The message names no address.',
  'proxy-dhcp': 'A client asks where to boot from, or a server tells it: no address is leased by that.',
  'dhcp-unmatched-refusal': 'A server refused a request that was not seen.',
  'dhcp-other-message': 'A message of another type, or from the wrong side.',
  'expected-dhcp-server': 'The DHCP server is the expected one.',
  'unnamed-dhcp-server':
    'A DHCP server does not name itself (option 54), and `dhcp.servers` does not say which ones are expected.',
  'too-many-dhcp-servers': '32 expected DHCP servers are known of its segment: no other one is kept there.',
  'offer-outside-pools': 'The address offered is in no pool.',
  'decline-outside-pools': 'The address declined is in no pool.',
  'lease-outside-pools': 'The address leased is in no pool.',
  'awaiting-dhcp-refusal':
    'A client asked for its old address: whether it got it shows when it uses it, or after 10 s.',
  'dhcp-unknown-client': 'A DHCPv6 message does not say which machine it is of, or for.',
  'delegated-prefix':
    'A prefix was delegated by DHCPv6, and no pool holds it: the LAN itself may be part of it.',
  'dhcp-refusal-by-another-server':
    'A server refused a client that had taken the offer of another one: the client does not heed it.',
  // Leased addresses that another machine claims.
  'lessee-behind-repeater': 'The claimant is the repeater that the lessee is behind.',
  'told-by-lease-on-pool':
    'The address is a VIP or in a pool: `lease-on-vip` or `lease-in-pool` tells of it.',
  'lessee-silent': 'The lessee was not heard for ten minutes.',
  'lessee-not-heard-since': 'The lessee was not heard since the claim: it may be asleep, or gone.',
  'unconfirmed-lease':
    'No server answered the client that asked for its old address, and it does not use it.',
  // Takeovers.
  'within-grace': 'Another node began to answer for a VIP: it may be a handover.',
  'did-not-hold': 'Another node answered for a moment, and the announcer stayed.',
  'not-witnessed':
    'The old announcer was neither heard nor asked before the takeover: its gap may be mere ignorance.',
  // VIPs that nobody answers for.
  'by-design': 'The VIP is of another load balancer class, or is advertised by BGP alone.',
  'election-open': "It cannot be told which node MetalLB's rules elect.",
  'own-node-elected':
    "This very node is elected, whose answers its own agent does not hear, and no other machine's question for the VIP was left open.",
  'other-interface': 'The VIP is announced on an interface on which this agent does not ask.',
  'too-few-questions': 'Fewer than three questions are unanswered.',
  'within-silence-grace':
    'The VIP has not been silent for long enough; longer, by up to 45 s, where frames were lost meanwhile.',
  isolated: 'No other machine is heard: it is this node that is cut off.',
  'failover-test': 'A VIP was away for a short while during a failover test of it.',
  'frames-lost':
    'A VIP seemed to be away while frames were lost, for want of room or of a link: the answers may be among those.',
  'told-as-silent':
    'The outage was long enough for `silent-vip`, which told of it: for `vip-unstable` it does not count.',
  'away-seldom':
    'A VIP was away for a short while: fewer than three times within an hour, or less than 30 s in all.',
  'within-stray-grace': 'A node has held an address that it should not for less than two minutes.',
  // The election against the wire.
  'intent-stale': 'The Kubernetes API has not confirmed the intent for a minute.',
  'within-election-grace': 'The wire has differed from the election for less than two minutes.',
  // Findings that are not raised.
  'held-down': 'It was raised a short time ago; it is raised again when its hold-down is over.',
  'too-many-culprits':
    'The address has 16 findings of that kind there, or 32 on all segments, each with another culprit; this one is counted.',
  'too-many-of-kind': '500 warnings of that kind are active: no more are told.',
  'too-many-findings': 'No more findings are kept, and none of those that are is worth less.',
} as const;

export type NotFindingReason = keyof typeof NOT_FINDING_REASONS;
