// A Service waits for an address, and the pools that could give one are used up.
import type { Cluster } from '../model/cluster.ts';
import { keyOf } from '../model/object.ts';
import { counted, listed, skip, type Verdict } from './verdict.ts';

export function poolTooSmall(cluster: Cluster): Verdict {
  const pools = cluster.list('ipaddresspools').filter(({ pool }) => pool.autoAssign);
  const known = pools.filter(({ available }) => available !== null);
  if (pools.length > 0 && known.length === 0)
    return skip('the pools do not tell how many addresses are free: MetalLB from 0.15 does');
  const waiting = cluster
    .list('services')
    .filter(
      ({ ingress, isChoosy, loadBalancerClass }) =>
        ingress.length === 0 && !isChoosy && loadBalancerClass === null,
    );
  const looked = `${counted(pools.length, 'pool')}, ${counted(waiting.length, 'waiting Service')}`;
  if (pools.length === 0 || waiting.length === 0 || pools.some(({ available }) => available !== 0))
    return { problems: [], looked };
  const names = listed(pools.map(({ pool }) => pool.name));
  const message = `${listed(waiting.map(keyOf))} ${waiting.length === 1 ? 'waits' : 'wait'} for an address, and ${names} ${pools.length === 1 ? 'has' : 'have'} none left.`;
  const remedy =
    'Add addresses to a pool, outside of the DHCP range, or delete a Service that is not needed.';
  return { problems: [{ subjects: [...waiting, ...pools], ip: null, message, remedy }], looked };
}
