// What IPv4 calls the protocol and IPv6 the next header (IANA, Assigned Internet Protocol Numbers).
export const PROTOCOL_HOP_BY_HOP = 0;
export const PROTOCOL_ICMP = 1;
export const PROTOCOL_TCP = 6;
export const PROTOCOL_UDP = 17;
export const PROTOCOL_ESP = 50;
export const PROTOCOL_ICMPV6 = 58;

// UDP ports (IANA, Service Name and Transport Protocol Port Number Registry).
export const DHCP_SERVER_PORT = 67;
export const DHCP_CLIENT_PORT = 68;
export const DHCPV6_CLIENT_PORT = 546;
export const DHCPV6_SERVER_PORT = 547;
