// A configuration to begin with: shown by `vipwatch run --help`, and the first part of `vipwatch config example`.

export const FIRST_CONFIG = `intent:
  source: static
  static:
    pools: [{ name: main-pool, addresses: [192.168.1.240-192.168.1.245] }]
    vips:  [{ address: 192.168.1.240, service: traefik/traefik }]
    # List all nodes: any other machine that claims a VIP is foreign.
    nodes:
      - { name: cp, addresses: [192.168.1.10] }
      - { name: w1, addresses: [192.168.1.11] }
dhcp: { ranges: [192.168.1.2-192.168.1.239], servers: [192.168.1.1] }
`;
