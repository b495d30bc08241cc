// MetalLB would give a node's own address to a Service. 0.15.0 refused such a pool, 0.15.1 accepts it again (metallb#2780).
import { rangeContains } from '../../net/range.ts';
import type { Cluster } from '../model/cluster.ts';
import { counted, type Verdict } from './verdict.ts';
import { poolText } from './words.ts';

export function poolHasNode(cluster: Cluster): Verdict {
  const pools = cluster.list('ipaddresspools');
  const problems = pools.flatMap((pool) =>
    cluster.nodes.flatMap((node) =>
      node.addresses
        .filter((ip) => cluster.rangesOf(pool).some((range) => rangeContains(range, ip)))
        .map((ip) => ({
          subjects: [pool, node],
          ip,
          message: `Pool ${poolText(pool)} holds ${ip}, which is the address of node ${node.name}: MetalLB may give it to a Service.`,
          remedy: `Leave ${ip} out of the pool.`,
        })),
    ),
  );
  return { problems, looked: `${counted(pools.length, 'pool')}, ${counted(cluster.nodes.length, 'node')}` };
}
