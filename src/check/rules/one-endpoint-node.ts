// The VIP moves, and there is nothing behind it elsewhere.
import type { Cluster } from '../model/cluster.ts';
import { keyOf } from '../model/object.ts';
import { hasOtherNodes } from './backings.ts';
import { counted, type Verdict } from './verdict.ts';

export function oneEndpointNode(cluster: Cluster): Verdict {
  const services = cluster.list('services').filter(({ ingress }) => ingress.length > 0);
  const looked = counted(services.length, 'Service');
  if (!hasOtherNodes(cluster)) return { problems: [], looked: `${looked}; there is one node only` };
  const problems = services.flatMap((service) => {
    const [only, another] = cluster.endpointNodes(service);
    if (only === undefined || another !== undefined) return [];
    const ip = service.ingress[0]!;
    return [
      {
        subjects: [service],
        ip,
        message: `All endpoints of ${keyOf(service)} are on ${only}: when it dies, ${ip} moves in seconds, but nothing behind it answers.`,
        remedy:
          'Run two replicas on two nodes: replicas: 2, with topologySpreadConstraints or a podAntiAffinity on kubernetes.io/hostname.',
      },
    ];
  });
  return { problems, looked };
}
