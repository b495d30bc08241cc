// A Service must not get the address of the router, of a server of the LAN, or one that no machine can have.
import type { IpAddress } from '../../net/address.ts';
import { type IpRange, ipOfNumber, rangeContains } from '../../net/range.ts';
import type { Cluster } from '../model/cluster.ts';
import { counted, skip, type Verdict } from './verdict.ts';
import { poolText } from './words.ts';

export function poolHasGateway(cluster: Cluster): Verdict {
  const needed = neededAddresses(cluster);
  if (needed.size === 0)
    return skip(
      'the addresses of the router and of the servers are not known: --interface finds the router, --active asks DHCP for it and for the servers, dhcp.servers names some',
    );
  const pools = cluster.list('ipaddresspools');
  const problems = pools.flatMap((pool) =>
    [...needed]
      .filter(([ip]) => cluster.rangesOf(pool).some((range) => rangeContains(range, ip)))
      .map(([ip, what]) => ({
        subjects: [pool],
        ip,
        message: `Pool ${poolText(pool)} holds ${ip}, ${what}: MetalLB may give it to a Service.`,
        remedy: `Leave ${ip} out of the pool.`,
      })),
  );
  return {
    problems,
    looked: `${counted(pools.length, 'pool')}, ${counted(needed.size, 'address', 'addresses')}`,
  };
}

/** With what each is. */
function neededAddresses(cluster: Cluster): Map<IpAddress, string> {
  const { dhcp, wire, asked } = cluster.facts;
  const servers = typeof asked === 'object' ? asked.servers : [];
  // The LAN's DNS server may well be a Service of this cluster, at its VIP.
  const vips = new Set<IpAddress>(cluster.vips().map(({ address }) => address));
  const notServed = (addresses: readonly IpAddress[]) => addresses.filter((address) => !vips.has(address));
  const needed = new Map<IpAddress, string>();
  const note = (addresses: readonly IpAddress[], what: string) => {
    for (const address of addresses) if (!needed.has(address)) needed.set(address, what);
  };
  note(wire?.gateways ?? [], 'the default gateway');
  for (const { ip, gateways } of servers) note(gateways, `the gateway that the DHCP server ${ip} names`);
  note(notServed(dhcp.expectedServers ?? []), 'a DHCP server');
  for (const { ip, dnsServers } of servers) {
    note(notServed([ip]), 'a DHCP server');
    note(notServed(dnsServers), `a DNS server that the DHCP server ${ip} names`);
  }
  for (const network of [...cluster.nodeNetworks(), ...(wire?.networks ?? [])]) {
    const [first, last] = edgesOf(network);
    if (first === undefined || last === undefined) continue;
    note([first], 'the address of the network itself');
    note([last], 'the broadcast address of the network');
  }
  return needed;
}

/** Networks of one or two addresses have none (RFC 3021), nor has IPv6. */
function edgesOf({ family, first, last }: IpRange): IpAddress[] {
  return family === 6 || last - first < 2n ? [] : [ipOfNumber(family, first), ipOfNumber(family, last)];
}
