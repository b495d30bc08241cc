// What an intent leaves unsaid, so that something cannot be judged: a sentence each, for people.
import type { Intent } from './intent.ts';

const NO_NODES =
  'No node is known: a machine that takes a VIP cannot be told from one, so foreign-claim and whatever else depends on the nodes is not judged. List all nodes under intent.static.nodes.';
const NOTHING_TO_WATCH = 'There is no VIP and no pool: nothing is watched but DHCP servers.';

/** Of a static intent, or one that is complete. None where everything can be judged. */
export function doubtsOf({ nodes, pools, vips }: Intent): string[] {
  if (vips.length === 0 && pools.length === 0) return [NOTHING_TO_WATCH];
  return nodes.length === 0 ? [NO_NODES] : [];
}
