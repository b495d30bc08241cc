// Two pools share addresses: within a cluster MetalLB's webhook refuses that, across clusters nobody does (metallb#772).
import { rangeText } from '../../net/range.ts';
import type { Cluster } from '../model/cluster.ts';
import type { CheckedPool } from '../model/metallb.ts';
import { counted, type Problem, type Verdict } from './verdict.ts';
import { overlapOf, poolText } from './words.ts';

export function poolsOverlap(cluster: Cluster): Verdict {
  const pools = cluster.list('ipaddresspools');
  const also = cluster.facts.also ?? [];
  const pairs: [CheckedPool, CheckedPool][] = [
    ...pools.flatMap((pool, i) =>
      pools.slice(i + 1).map((other): [CheckedPool, CheckedPool] => [pool, other]),
    ),
    ...pools.flatMap((pool) => also.map((other): [CheckedPool, CheckedPool] => [pool, other])),
  ];
  const problems = pairs.flatMap(([pool, other]): Problem[] => {
    const shared = pool.pool.ranges.flatMap((range) => overlapOf(other.pool.ranges, range));
    if (shared.length === 0) return [];
    const isForeign = also.includes(other);
    const whose = isForeign ? `pool ${poolText(other)} of another cluster` : `pool ${poolText(other)}`;
    const why = isForeign
      ? 'both clusters may announce them'
      : 'MetalLB refuses the whole configuration and goes on with the one before';
    const message = `Pool ${poolText(pool)} and ${whose} share ${shared.map(rangeText).join(', ')}: ${why}.`;
    return [{ subjects: [pool, other], ip: null, message, remedy: 'Give each address to one pool alone.' }];
  });
  return { problems, looked: counted(pools.length + also.length, 'pool') };
}
