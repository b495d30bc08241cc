// What runs behind VIPs: from a Service's selector to the Pods, and to who makes them.
import type { Inventory, ServiceEntry } from './inventory.ts';
import { isSelected, keyOf, type StringMap } from './object.ts';
import { type Autoscaler, type Pod, soloWorkload, type Workload } from './workload.ts';

export interface Backing {
  readonly workload: Workload;
  /** Of the LoadBalancer Services that lead to it. */
  readonly services: readonly ServiceEntry[];
  /** None where Pods are not known, as in files. */
  readonly pods: readonly Pod[];
  /** As many Pods as there are at least: an autoscaler's manifest leaves the workload's own number out. */
  readonly replicas: number;
}

const MAKERS = ['deployments', 'statefulsets', 'daemonsets'] as const;

export function backingsOf(inventory: Inventory): Backing[] {
  const workloads = MAKERS.flatMap((key) => inventory.list(key)).filter((one) => !isServiceLb(one));
  // What has ended holds no node.
  const pods = inventory.list('pods').filter(({ phase }) => phase !== 'Succeeded' && phase !== 'Failed');
  const workloadsBy = indexOf(workloads, ({ podLabels }) => podLabels);
  const podsBy = indexOf(pods, ({ labels }) => labels);
  const services = new Map<Workload, ServiceEntry[]>();
  const podsOf = new Map<Workload, Set<Pod>>();
  const note = (workload: Workload, service: ServiceEntry) => {
    services.set(workload, [...(services.get(workload) ?? []), service]);
    if (!podsOf.has(workload)) podsOf.set(workload, new Set());
  };
  const solos = new Map<Pod, Workload>();
  for (const service of inventory.list('services')) {
    const makers = workloadsBy(service.selector).filter((one) => isNear(one, service));
    const selected = podsBy(service.selector).filter((one) => isNear(one, service));
    for (const workload of makers) note(workload, service);
    for (const pod of selected) {
      const maker = makers.find(({ podLabels }) => isSelected(podLabels, pod.labels));
      const workload = maker ?? (pod.owner === null ? soloOf(pod, solos) : undefined);
      if (workload === undefined) continue;
      if (maker === undefined) note(workload, service);
      podsOf.get(workload)!.add(pod);
    }
  }
  const autoscalers = Map.groupBy(inventory.list('horizontalpodautoscalers'), ({ target }) => target.name);
  return [...services].map(([workload, all]) => ({
    workload,
    services: [...new Set(all)],
    pods: [...podsOf.get(workload)!],
    replicas: replicasOf(workload, autoscalers.get(workload.name) ?? []),
  }));
}

/** One that is scaled to none stays so. */
function replicasOf(workload: Workload, autoscalers: readonly Autoscaler[]): number {
  const { kind, replicas } = workload;
  const own = autoscalers.filter((one) => one.target.kind === kind && isNear(one, workload));
  return replicas === 0 ? 0 : Math.max(replicas, ...own.map(({ minReplicas }) => minReplicas));
}

function soloOf(pod: Pod, solos: Map<Pod, Workload>): Workload {
  const workload = solos.get(pod) ?? soloWorkload(pod);
  solos.set(pod, workload);
  return workload;
}

/** Of the same namespace, or one of a file that leaves it out. */
function isNear(one: { readonly namespace: string }, other: { readonly namespace: string }): boolean {
  return one.namespace === other.namespace || one.namespace === '' || other.namespace === '';
}

/** RKE2 builds servicelb of k3s under its own name. */
const SERVICELB_PREFIXES = ['svccontroller.k3s.cattle.io/', 'svccontroller.rke2.cattle.io/'];

/** The Pods of k3s's own load balancer, which only pass traffic on. */
export function isServiceLb(workload: Workload): boolean {
  return servedByServiceLb(workload) !== null;
}

/** The Service that one of these DaemonSets is for, as `namespace/name`, or by its name alone before k3s wrote down more; null: none. */
export function servedByServiceLb({ labels, podLabels }: Workload): string | null {
  const all = { ...podLabels, ...labels };
  for (const prefix of SERVICELB_PREFIXES) {
    const name = all[`${prefix}svcname`];
    if (name !== undefined) return keyOf({ namespace: all[`${prefix}svcnamespace`] ?? '', name });
  }
  return null;
}

/** By one of their labels, so that ten thousand Services take no longer than they must. */
function indexOf<Item>(items: readonly Item[], labelsOf: (item: Item) => StringMap) {
  const byLabel = new Map<string, Item[]>();
  for (const item of items) {
    for (const [key, value] of Object.entries(labelsOf(item))) {
      const label = `${key}=${value}`;
      const known = byLabel.get(label);
      if (known === undefined) byLabel.set(label, [item]);
      else known.push(item);
    }
  }
  return (selector: StringMap): Item[] => {
    const wanted = Object.entries(selector).map(([key, value]) => byLabel.get(`${key}=${value}`) ?? []);
    if (wanted.length === 0) return [];
    const fewest = wanted.reduce((least, one) => (one.length < least.length ? one : least));
    return fewest.filter((item) => isSelected(selector, labelsOf(item)));
  };
}

/** Its Pods are on one node, or it has one Pod only. A DaemonSet runs wherever it can. */
export function isOnOneNode({ workload, pods, replicas }: Backing): boolean {
  if (workload.kind === 'DaemonSet') return false;
  const nodes = new Set(pods.flatMap(({ node }) => node ?? []));
  return nodes.size === 0 ? replicas <= 1 : nodes.size === 1;
}
