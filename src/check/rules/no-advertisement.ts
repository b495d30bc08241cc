// MetalLB gives addresses of such a pool to Services, and announces none of them.
import { selectsPool } from '../../cluster/metallb/metallb.ts';
import type { Cluster } from '../model/cluster.ts';
import { counted, type Problem, type Verdict } from './verdict.ts';
import { poolText } from './words.ts';

export function noAdvertisement(cluster: Cluster): Verdict {
  const pools = cluster.list('ipaddresspools');
  const problems = pools.flatMap((pool): Problem[] => {
    const isBy = (key: 'l2advertisements' | 'bgpadvertisements') =>
      cluster.list(key).some(({ advertisement }) => selectsPool(advertisement, pool.pool));
    if (isBy('l2advertisements')) return [];
    if (isBy('bgpadvertisements')) {
      const message = `Pool ${poolText(pool)} is announced only by BGP: no node answers ARP for it.`;
      const remedy = 'Do nothing if the routers of the LAN speak BGP with the nodes.';
      return [{ level: 'info', subjects: [pool], ip: null, message, remedy }];
    }
    const message = `No L2Advertisement and no BGPAdvertisement selects pool ${poolText(pool)}: MetalLB gives its addresses to Services, but no node announces them.`;
    const remedy = `Add an L2Advertisement with spec.ipAddressPools: [${pool.pool.name}], in the namespace of the pool.`;
    return [{ subjects: [pool], ip: null, message, remedy }];
  });
  return { problems, looked: counted(pools.length, 'pool') };
}
