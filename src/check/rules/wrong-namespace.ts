// MetalLB reads its configuration in its own namespace alone. Its webhook refuses anything else; without it that is ignored.
import type { Cluster } from '../model/cluster.ts';
import { nameOf } from '../model/object.ts';
import { counted, skip, type Verdict } from './verdict.ts';

const KEYS = ['ipaddresspools', 'l2advertisements', 'bgpadvertisements'] as const;

export function wrongNamespace(cluster: Cluster): Verdict {
  const own = cluster.metallbNamespace();
  if (own === null)
    return skip('the namespace of MetalLB is not known: name it by intent.kubernetes.metallbNamespace');
  const objects = KEYS.flatMap((key) => cluster.list(key));
  const problems = objects
    .filter(({ namespace }) => namespace !== '' && namespace !== own)
    .map((object) => ({
      subjects: [object],
      ip: null,
      message: `${nameOf(object)} is outside of ${own}, where MetalLB runs: MetalLB does not read it.`,
      remedy: `Move it to the namespace ${own}.`,
    }));
  return { problems, looked: counted(objects.length, 'object') };
}
