// Left over from the time before the VIP: the node's own address still serves, and one such Pod fits on a node.
import { isServiceLb } from '../model/backing.ts';
import type { Cluster } from '../model/cluster.ts';
import { nameOf } from '../model/object.ts';
import type { PodSpec } from '../model/pod-spec.ts';
import type { Workload } from '../model/workload.ts';
import { acrossBackings } from './backings.ts';
import type { Problem, Turns } from './verdict.ts';
import { backingText, soleIp } from './words.ts';

/** What an ingress serves, and what one that was forgotten still takes. */
const WEB_PORTS = [80, 443];

export function* hostNetworkBehindVip(cluster: Cluster): Turns {
  const verdict = yield* acrossBackings(cluster, (backing) => {
    const { workload, services } = backing;
    const how = howOf(workload.spec);
    // On purpose: each node serves for itself, as ingress-nginx on bare metal does.
    const isMeant = workload.kind === 'DaemonSet' && services.every(({ local }) => local);
    if (how === null || isMeant) return undefined;
    return {
      subjects: [workload, ...services],
      ip: soleIp(backing),
      message: `${backingText(backing)}, ${how}: the node's own address serves beside the VIP, and two such Pods cannot share a node, not even during a rollout.`,
      remedy:
        'Remove hostNetwork and hostPort: the Service has the VIP now. First check that no client uses the address of the node.',
    };
  });
  return { ...verdict, problems: [...verdict.problems, ...forgotten(cluster)] };
}

function howOf({ hostNetwork, hostPorts }: PodSpec): string | null {
  if (hostNetwork) return "uses the node's network (hostNetwork: true)";
  return hostPorts.length === 0 ? null : `takes ports of the node (hostPort ${hostPorts.join(', ')})`;
}

/** Others that take the ports of the web on a node, while a VIP serves the same ones. */
function forgotten(cluster: Cluster): Problem[] {
  const backings = cluster.backings();
  const behind = new Set<Workload>(backings.map(({ workload }) => workload));
  const served = new Set(backings.flatMap(({ services }) => services.flatMap(({ ports }) => ports)));
  const makers = [...cluster.list('deployments'), ...cluster.list('daemonsets')];
  return makers
    .filter((one) => !behind.has(one) && !isServiceLb(one))
    .flatMap((workload) => {
      const taken = workload.spec.hostPorts.filter((port) => WEB_PORTS.includes(port) && served.has(port));
      const ports = [...new Set(taken)];
      if (ports.length === 0) return [];
      const message = `${nameOf(workload)} takes port ${ports.join(' and ')} of its nodes and is behind no VIP: requests to the address of a node reach it, not what the VIP serves.`;
      return [
        {
          subjects: [workload],
          ip: null,
          message,
          remedy: 'If it is not needed any more, remove it or its hostPort.',
        },
      ];
    });
}
