// The Pods of a dead node are replaced after their tolerations of it have run out: 300 s where none is written.
import { type Backing, isOnOneNode } from '../model/backing.ts';
import type { Cluster } from '../model/cluster.ts';
import { nameOf } from '../model/object.ts';
import { type PodSpec, tolerates } from '../model/pod-spec.ts';
import { acrossBackings, hasOtherNodes } from './backings.ts';
import type { Problem, Turns } from './verdict.ts';
import { backingText, soleIp } from './words.ts';

/** What admission adds to a Pod that has none (defaulttolerationseconds), in seconds. */
const DEFAULT_SECONDS = 300;
/** A shorter time is taken to be meant. */
const SLOW_SECONDS = 60;
const TAINTS = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'];

const SHORTER = `Add to the Pod template: tolerations: [${TAINTS.map(
  (key) => `{ key: ${key}, operator: Exists, effect: NoExecute, tolerationSeconds: 30 }`,
).join(', ')}]. Or run two replicas on two nodes.`;

export function slowEviction(cluster: Cluster): Turns {
  return acrossBackings(cluster, (backing) =>
    isOnOneNode(backing) && backing.workload.replicas > 0 && hasOtherNodes(cluster)
      ? problemOf(backing)
      : undefined,
  );
}

function problemOf(backing: Backing): Problem | undefined {
  const { workload, services } = backing;
  const subjects = [workload, ...services];
  const ip = soleIp(backing);
  if (workload.kind === 'Pod') {
    const message = `${backingText(backing)}, has no controller: when its node dies, it never comes back.`;
    return { subjects, ip, message, remedy: 'Let a Deployment create it.' };
  }
  if (workload.kind === 'StatefulSet') {
    const message = `${backingText(backing)}, runs on one node. When that node dies, its Pod is never replaced by itself: a StatefulSet waits until the node is back, or until somebody says that it is gone.`;
    const remedy = `Run two replicas on two nodes. When a node is surely off: kubectl taint nodes NODE node.kubernetes.io/out-of-service=nodeshutdown:NoExecute.`;
    return { subjects, ip, message, remedy };
  }
  const spec = backing.pods[0]?.spec ?? workload.spec;
  const seconds = evictionSeconds(spec);
  if (seconds !== null && seconds < SLOW_SECONDS) return undefined;
  if (seconds === null) {
    const message = `${backingText(backing)}, runs on one node and tolerates a dead node for ever: its Pod is never replaced.`;
    return { level: 'critical', subjects, ip, message, remedy: SHORTER };
  }
  const why = isDefault(workload.spec)
    ? `the default, because ${nameOf(workload)} sets no other`
    : 'by its tolerations';
  const message = `${backingText(backing)}, runs on one node. When that node dies, its Pod is replaced late: 50 s until the node counts as dead, then ${seconds} s of toleration (${why}).`;
  return { subjects, ip, message, remedy: SHORTER };
}

/** How long a Pod stays on a node that counts as dead; null: for ever. */
export function evictionSeconds(spec: PodSpec): number | null {
  const each = TAINTS.map((key) => {
    const taint = { key, value: '', effect: 'NoExecute' };
    const matching = spec.tolerations.filter((toleration) => tolerates([toleration], taint));
    if (matching.length === 0) return DEFAULT_SECONDS;
    const limited = matching.flatMap(({ seconds }) => seconds ?? []);
    return limited.length === 0 ? Number.POSITIVE_INFINITY : Math.min(...limited);
  });
  const longest = Math.max(...each);
  return Number.isFinite(longest) ? longest : null;
}

function isDefault({ tolerations }: PodSpec): boolean {
  return TAINTS.every((key) => !tolerates(tolerations, { key, value: '', effect: 'NoExecute' }));
}
