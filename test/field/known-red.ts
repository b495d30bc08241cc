// What today's rules get wrong on those LANs, by class. A case that turns right leaves this list: the test fails until it has.
export const KNOWN_RED: Readonly<Record<string, readonly string[]>> = {
  'another MAC of the same node is taken for a stranger': [
    'lan/node-behind-extender',
    'lan/two-cards-in-one-lan.lab',
    'metallb/behind-repeater.listed',
    'metallb/bond-alb.learned',
    'metallb/node-rebuilt.listed',
    'metallb/two-cards-one-lan.uneven',
  ],
  'announced and never answered counts as up': [
    'metallb/announced-but-mute.resync',
    'metallb/never-answered.two-nodes',
  ],
  'away again and again is never told of': ['metallb/speaker-crash-loop'],
  'a takeover is dated by when a MAC became known': ['metallb/node-rebuilt.quick'],
  'a node that holds what it should not is never told of': ['metallb/released-address-still-answered'],
  'a split brain on a quiet LAN is raised once a question': ['metallb/partition.quiet-lan'],
  'MACs that several machines share': ['lan/glbp-mac', 'lan/hsrp-version-2-mac', 'metallb/nodes-vrrp-vmac'],
  'multicast sender MACs are no claims': ['lan/multicast-mac-claims-pool', 'lan/multicast-mac-claims-vip'],
  'a proxy-ARP router is known by the pool alone': ['lan/proxy-arp-beyond-a-small-pool'],
  'the remedy does not fit what is known': [
    'metallb/fabric-answers-for-dead-node.masked',
    'metallb/gateway-in-pool',
    'metallb/node-takes-nodes-address',
    'metallb/proxy-arp-for-all',
    'metallb/two-clusters',
  ],
  'DHCPv6 is not heard': ['lan/dhcpv6-request-for-vip'],
};
