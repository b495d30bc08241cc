// Which load balancers are there, beside MetalLB.
import { isServiceLb } from '../model/backing.ts';
import type { Cluster } from '../model/cluster.ts';
import { isMetalLbPart } from '../model/metallb.ts';
import type { CheckedObject } from '../model/object.ts';
import type { Workload } from '../model/workload.ts';

export interface LoadBalancer {
  readonly name: string;
  readonly object: CheckedObject;
}

const IMAGES: readonly (readonly [name: string, image: RegExp])[] = [
  ['the cloud provider of kube-vip', /kube-vip-cloud-provider/],
  ['PureLB', /purelb[/-](allocator|lbnodeagent)/],
  ['OpenELB', /openelb/],
];

/** Those that give addresses to Services without a loadBalancerClass. */
export function loadBalancers(cluster: Cluster): LoadBalancer[] {
  const makers: Workload[] = [...cluster.list('deployments'), ...cluster.list('daemonsets')];
  const byImage = IMAGES.flatMap(([name, image]) => {
    const object = makers.find(({ spec }) =>
      spec.containers.some((container) => image.test(container.image)),
    );
    return object === undefined ? [] : [{ name, object }];
  });
  const metallb = metallbObject(cluster);
  const serviceLb = makers.find(isServiceLb);
  const [cilium] = cluster.list('ciliumpools');
  return [
    ...(metallb && cluster.speakers().settings?.loadBalancerClass == null
      ? [{ name: 'MetalLB', object: metallb }]
      : []),
    ...(serviceLb === undefined ? [] : [{ name: "k3s's servicelb", object: serviceLb }]),
    ...(cilium === undefined ? [] : [{ name: 'LB-IPAM of Cilium', object: cilium }]),
    ...byImage,
  ];
}

/** What shows that MetalLB is there; undefined: nothing does. */
export function metallbObject(cluster: Cluster): CheckedObject | undefined {
  const daemon = cluster.list('daemonsets').find((one) => isMetalLbPart('speaker', one));
  return (
    daemon ??
    cluster.list('pods').find(({ speaker }) => speaker !== null) ??
    cluster.list('ipaddresspools')[0]
  );
}
