// A Node: its addresses, its health, and what keeps it from announcing.
import { at, items, textAt } from '../../base/json.ts';
import { type IpAddress, isHostAddress } from '../../net/address.ts';
import type { Interning } from './interning.ts';
import { addressOf, conditionOf, isReady, type Labels, labelsOf, type ObjectId } from './object-id.ts';
import { kept, type SkipReason, type Trimmed } from './trimmed.ts';

export interface NodeObject {
  readonly name: string;
  /** Its InternalIPs. A node without any still takes part in MetalLB's election. */
  readonly addresses: readonly IpAddress[];
  /** Its kubelet is heard and content. MetalLB does not ask. */
  readonly ready: boolean;
  readonly networkUnavailable: boolean;
  /** The label counts by being there, whatever its value. */
  readonly excluded: boolean;
  /** The marks of failover tests that are on it. */
  readonly testMarks: readonly string[];
  readonly labels: Labels;
  /** The networks that its Pods have their addresses from, as CIDRs; none where the network plugin keeps its own book. */
  readonly podNetworks: readonly string[];
}

/** Keeps MetalLB from announcing anything from the node. */
export const EXCLUDE_LABEL = 'node.kubernetes.io/exclude-from-external-load-balancers';

/** Keeps a speaker that was deleted from coming straight back: MetalLB's speakers don't tolerate it. */
export const TEST_TAINT = 'vipwatch.dev/failover-test';
/** How the mark of a failover test begins: the value of the label or of the taint that it put there, and of no other. */
export const MARK_PREFIX = 'vipwatch-';

const NO_MARKS: readonly string[] = [];
const NO_NETWORKS: readonly string[] = [];

export function trimNode(raw: unknown, { name }: ObjectId, interning: Interning): Trimmed<NodeObject> {
  const problems: SkipReason[] = [];
  const addresses: IpAddress[] = [];
  for (const entry of items(at(raw, 'status', 'addresses'))) {
    if (textAt(entry, 'type') !== 'InternalIP') continue;
    const address = addressOf(at(entry, 'address'));
    if (address !== undefined && isHostAddress(address)) addresses.push(address);
    else problems.push('bad-address');
  }
  if (addresses.length === 0) problems.push('no-address');
  const labels = labelsOf(raw, interning);
  const node: NodeObject = {
    name,
    addresses: [...new Set(addresses)],
    ready: isReady(raw),
    networkUnavailable: textAt(conditionOf(raw, 'NetworkUnavailable'), 'status') === 'True',
    excluded: Object.hasOwn(labels, EXCLUDE_LABEL),
    testMarks: testMarksOf(raw, labels),
    labels,
    podNetworks: podNetworksOf(raw),
  };
  return kept(node, problems);
}

function podNetworksOf(raw: unknown): readonly string[] {
  const networks = items(at(raw, 'spec', 'podCIDRs')).filter((one) => typeof one === 'string');
  return networks.length === 0 ? NO_NETWORKS : networks;
}

function testMarksOf(raw: unknown, labels: Labels): readonly string[] {
  const taints = items(at(raw, 'spec', 'taints')).filter((taint) => textAt(taint, 'key') === TEST_TAINT);
  const values = [labels[EXCLUDE_LABEL], ...taints.map((taint) => textAt(taint, 'value'))];
  const marks = values.filter((value) => value?.startsWith(MARK_PREFIX)) as string[];
  return marks.length === 0 ? NO_MARKS : marks;
}
