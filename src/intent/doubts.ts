// What an intent leaves unsaid, so that something cannot be judged: a sentence each, for people.
import type { Intent } from './intent.ts';

const NO_NODES =
  'No node is known: a machine that takes a VIP cannot be told from one, so foreign-claim and whatever else depends on the nodes is not judged.';
const LIST_NODES = 'List all nodes under intent.static.nodes.';
const NOTHING_TO_WATCH = 'There is no VIP and no pool: nothing is watched but DHCP servers.';

/** Of an intent that is complete. None where everything can be judged. */
export function doubtsOf({ nodes, pools, vips }: Intent, from: 'file' | 'cluster'): string[] {
  if (vips.length === 0 && pools.length === 0) return [NOTHING_TO_WATCH];
  if (nodes.length > 0) return [];
  return [from === 'file' ? `${NO_NODES} ${LIST_NODES}` : NO_NODES];
}
