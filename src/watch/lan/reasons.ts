// "Looked, not a finding": why something that resembles a finding is none, each reason with the line that docs/metrics.md tells
// of it. The words are a metric's label, and so a contract with the outside.

export const NOT_FINDING_REASONS = {
  // Claims.
  'acd-probe': 'A machine checks whether an address is free before it takes it (ARP Probe, RFC 5227).',
  dad: 'The same with IPv6 (Duplicate Address Detection, RFC 4862).',
  'judged-a-moment-ago':
    'The same MAC claimed the same address in the same way less than 50 ms before, or another DHCP server was reported on that segment; or 500 warnings of one kind are active and this one was seen less than 5 s before.',
  'request-from-node': 'A node used a VIP as the sender of its own request, without answering for it.',
  'cluster-node': 'The machine is a cluster node.',
  'nodes-unknown': 'No node of the cluster is known.',
  'vrrp-of-nodes':
    "A VRRP virtual MAC alone holds the VIP: it is the nodes' own keepalived. Beside a node's answer it is a claim.",
  'another-load-balancer':
    'The VIP is of another load balancer class or outside all pools: another machine may announce it.',
  'awaiting-own-address':
    "An unknown MAC alone answered for a VIP: the judgement waits 2 s while the nodes' own addresses are probed, to see whether the MAC is a node's.",
  'awaiting-own-answer':
    "An unknown MAC answered for a node's own address: the judgement waits half a second, in which the node may answer the same request.",
  'awaiting-both-answers':
    'Two machines were seen on a leased address: it is probed for a few seconds, to see whether both answer or one stood in for the other.',
  'awaiting-other-half':
    'The announcement may be half of a pair, as MetalLB announces: the judgement waits for the other half, 20 ms at most.',
  'second-half-of-nodes':
    'The request of the same pair came from a node: a bond in mode balance-alb, whose replies have the MAC of another card.',
  'answers-for-nodes':
    'The MAC answers for several nodes: it is a Wi-Fi extender or another translator in front of them.',
  'too-many-waiting':
    'A judgement that waits for a fact finds no place, or loses it: 1,024 judgements of its class wait (of VLANs that only tags name, as many again), or 128 of its class about its address. The first judgement of an address has a place as long as another address has two.',
  'awaiting-node-macs': "The judgement waits until all nodes' MACs are known, 30 s at most.",
  'maybe-unknown-node': 'The machine may be the one node whose MAC cannot be learned.',
  'no-longer-watched': 'The address left the intent while the judgement waited.',
  'awaiting-proxy-check':
    'An answer for a free pool address waits 2 s, to tell a machine that uses the address from a router with proxy ARP.',
  'proxy-arp': 'The machine does proxy ARP, which is another finding.',
  'node-mac-unconfirmed':
    "The node's learned MAC was heard less than a minute ago: the new MAC may be a replaced network card.",
  // DHCP messages.
  'dhcp-discover': 'A client looks for an address.',
  'dhcp-audit':
    'An audit of vipwatch asks for an address, or a server answers it: the audit takes no address.',
  'dhcp-inform': 'A client asks for settings and not for an address, or a server answers it.',
  'dhcp-no-address': 'The message names no address.',
  'proxy-dhcp': 'A client asks where to boot from, or a server answers it: this leases no address.',
  'dhcp-unmatched-refusal': 'A server refused a request that was not seen.',
  'dhcp-other-message': 'A message of another type, or from the wrong side.',
  'expected-dhcp-server': 'The DHCP server is the expected one.',
  'unnamed-dhcp-server':
    'A DHCP server does not name itself (option 54), and `dhcp.servers` does not say which ones are expected.',
  'too-many-dhcp-servers': '32 expected DHCP servers are known on its segment: no further one is kept there.',
  'offer-outside-pools': 'The offered address is in no pool.',
  'decline-outside-pools': 'The declined address is in no pool.',
  'lease-outside-pools': 'The leased address is in no pool.',
  'awaiting-dhcp-refusal':
    'A client asked for its old address: it has the address once it uses it, or after 10 s.',
  'dhcp-unknown-client': 'A DHCPv6 message does not say which machine it comes from or is for.',
  'delegated-prefix':
    "DHCPv6 delegated a prefix, and no pool contains it: the LAN's own network may be part of it.",
  'dhcp-refusal-by-another-server':
    'A server refused a client that had taken the offer of another server: the client ignores the refusal.',
  // Leased addresses that another machine claims.
  'lessee-behind-repeater': 'The claimant is the repeater in front of the lessee.',
  'told-by-lease-on-pool': 'The address is a VIP or in a pool: `lease-on-vip` or `lease-in-pool` reports it.',
  'lessee-silent': 'The lessee was not heard for ten minutes.',
  'lessee-not-heard-since': 'The lessee was not heard since the claim: it may be asleep or gone.',
  'unconfirmed-lease':
    'No server answered the client that asked for its old address, and the client does not use the address.',
  // Takeovers.
  'within-grace': 'Another node began to answer for a VIP: it may be a handover.',
  'did-not-hold': 'Another node answered for a moment, and the announcer stayed the same.',
  'not-witnessed':
    'The old announcer was neither heard nor probed before the takeover: nobody saw when the gap began.',
  // VIPs that nobody answers for.
  'by-design': 'The VIP is of another load balancer class, or only BGP advertises it.',
  'election-open': "It is not known which node MetalLB's rules elect.",
  'own-node-elected':
    "This very node is elected: its agent does not hear its answers, and no other machine's request for the VIP stayed without an answer.",
  'other-interface': 'The VIP is announced on an interface on which this agent does not probe.',
  'too-few-questions': 'Fewer than three probes are unanswered.',
  'within-silence-grace':
    'The VIP has not been silent for long enough. The time is longer, by up to 45 s, if frames were lost meanwhile.',
  isolated: 'No other machine is heard: this node itself is cut off.',
  'failover-test': 'A VIP was away for a short while during a failover test of it.',
  'frames-lost':
    'A VIP seemed to be away while frames were lost in a flood or because a link was down: the answers may be among them.',
  'told-as-silent':
    'The outage was long enough for `silent-vip`, which reported it: it does not count for `vip-unstable`.',
  'away-seldom':
    'A VIP was away for a short while: fewer than three times within an hour, or less than 30 s in all.',
  'within-stray-grace': 'A node has held an address that it should not hold for less than two minutes.',
  // The election against the wire.
  'intent-stale': 'The Kubernetes API has not confirmed the intent for a minute.',
  'within-election-grace': 'The wire has differed from the election for less than two minutes.',
  // Findings that are not raised.
  'held-down': 'The finding was raised a short time ago; it is raised again when its hold-down is over.',
  'too-many-culprits':
    'The address already has 16 findings of that kind on the segment, or 32 on all segments, each with another culprit; this culprit is only counted.',
  'too-many-of-kind': '500 warnings of that kind are active: no more are reported.',
  'too-many-findings': 'No more findings are kept, and no kept finding is less important.',
} as const;

export type NotFindingReason = keyof typeof NOT_FINDING_REASONS;
