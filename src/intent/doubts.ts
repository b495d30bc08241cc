// What an intent leaves unsaid, so that something cannot be judged: a sentence each, for people.
import type { Intent } from './intent.ts';

const NO_NODES =
  'No node is known: vipwatch cannot tell a node from a machine that takes a VIP. It does not judge foreign-claim and the other kinds that need the nodes.';
const LIST_NODES = 'List all nodes under intent.static.nodes.';
const NOTHING_TO_WATCH = 'There is no VIP and no pool: only DHCP servers are watched.';

/** Of an intent that is complete. None where everything can be judged. */
export function doubtsOf({ nodes, pools, vips }: Intent, from: 'file' | 'cluster'): string[] {
  if (vips.length === 0 && pools.length === 0) return [NOTHING_TO_WATCH];
  if (nodes.length > 0) return [];
  return [from === 'file' ? `${NO_NODES} ${LIST_NODES}` : NO_NODES];
}
