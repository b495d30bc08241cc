// Nobody on the LAN asks by ARP for an address that is of another network.
import { selectsPool } from '../../cluster/metallb/metallb.ts';
import { rangeOverlap, rangeText } from '../../net/range.ts';
import type { Cluster } from '../model/cluster.ts';
import type { CheckedPool } from '../model/metallb.ts';
import { FEW_NODES } from './backings.ts';
import { counted, skip, type Verdict } from './verdict.ts';
import { poolText } from './words.ts';

export function poolOffSubnet(cluster: Cluster): Verdict {
  if (!cluster.areNodesAll()) return skip(FEW_NODES);
  const networks = [...cluster.nodeNetworks(), ...(cluster.facts.wire?.networks ?? [])];
  if (networks.length === 0)
    return skip('the networks of the nodes are not known: neither vipwatch agents nor Calico publish them');
  const pools = cluster.list('ipaddresspools').filter((pool) => !isRouted(cluster, pool));
  const problems = pools.flatMap((pool) => {
    const off = pool.pool.ranges.filter(
      (range) =>
        networks.some(({ family }) => family === range.family) &&
        !networks.some((network) => rangeOverlap(network, range) !== undefined),
    );
    if (off.length === 0) return [];
    const message = `No node has an interface on the network of ${off.map(rangeText).join(', ')}, of pool ${poolText(pool)}: MetalLB answers ARP for it, but nobody on the LAN asks.`;
    const remedy =
      "Give the pool addresses of the nodes' network, outside of the DHCP range; or announce it by BGP.";
    return [{ subjects: [pool], ip: null, message, remedy }];
  });
  return { problems, looked: counted(pools.length, 'pool') };
}

/** Announced by BGP alone. */
function isRouted(cluster: Cluster, { pool }: CheckedPool): boolean {
  const isL2 = cluster.list('l2advertisements').some(({ advertisement }) => selectsPool(advertisement, pool));
  const isBgp = cluster
    .list('bgpadvertisements')
    .some(({ advertisement }) => selectsPool(advertisement, pool));
  return isBgp && !isL2;
}
