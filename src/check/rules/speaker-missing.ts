// A node without a ready speaker announces nothing, and hears nothing of the others.
import type { Cluster } from '../model/cluster.ts';
import type { NodeEntry } from '../model/inventory.ts';
import { isMetalLbPart } from '../model/metallb.ts';
import { placementBarrier } from '../model/node.ts';
import type { Taint } from '../model/pod-spec.ts';
import type { Workload } from '../model/workload.ts';
import { counted, type Problem, skip, type Verdict } from './verdict.ts';

const OS = 'kubernetes.io/os';
const LINUX = 'linux';

export function speakerMissing(cluster: Cluster): Verdict {
  const daemon = cluster.list('daemonsets').find((one) => isMetalLbPart('speaker', one));
  const { states } = cluster.speakers();
  if (daemon === undefined && states.size === 0) return skip('no speaker of MetalLB was found');
  // The speaker runs on Linux alone.
  const nodes = cluster.nodes.filter(({ labels }) => (labels[OS] ?? LINUX) === LINUX);
  const without = nodes.filter(({ name }) => states.get(name) !== 'up');
  // Files may leave Pods out: what keeps them from a node shows without them.
  const isTold = (node: NodeEntry) =>
    !cluster.inventory.isOfFiles || states.size > 0 || barrierOf(node, daemon) !== null;
  const problems = without.filter(isTold).map((node) => problemOf(node, daemon));
  return { problems, looked: counted(nodes.length, 'node') };
}

function barrierOf(node: NodeEntry, daemon: Workload | undefined) {
  return daemon === undefined ? null : placementBarrier(daemon.spec, node);
}

function problemOf(node: NodeEntry, daemon: Workload | undefined): Problem {
  const barrier = barrierOf(node, daemon);
  const subjects = daemon === undefined ? [node] : [node, daemon];
  switch (barrier?.kind) {
    case 'taint':
      return {
        subjects,
        ip: null,
        message: `Node ${node.name} runs no speaker: the DaemonSet does not tolerate its taint ${taintText(barrier.taint)}.`,
        remedy: `Add to the speaker's tolerations: ${tolerationText(barrier.taint)}.`,
      };
    case 'selector':
    case 'affinity':
      return {
        subjects,
        ip: null,
        message: `Node ${node.name} runs no speaker: the ${barrier.kind === 'selector' ? 'nodeSelector' : 'node affinity'} of the DaemonSet leaves it out.`,
        remedy: 'Let the speaker run on every node, or label the node so that it is selected.',
      };
    default: {
      const state = node.ready ? 'its Pod is missing or not ready' : 'the node is not ready';
      return {
        subjects,
        ip: null,
        message: `Node ${node.name} runs no ready speaker: ${state}.`,
        remedy: `See why: kubectl -n ${daemon?.namespace ?? 'metallb-system'} get pods -o wide --field-selector spec.nodeName=${node.name}.`,
      };
    }
  }
}

function taintText({ key, value, effect }: Taint): string {
  return `${key}${value === '' ? '' : `=${value}`}:${effect}`;
}

function tolerationText({ key, value, effect }: Taint): string {
  const how = value === '' ? 'operator: Exists' : `operator: Equal, value: "${value}"`;
  return `{ key: ${key}, ${how}, effect: ${effect} }`;
}
