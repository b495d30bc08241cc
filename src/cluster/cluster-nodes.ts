// The nodes, and which MACs are theirs.

import type { ClusterNode } from '../intent/intent.ts';
import type { AgentObject } from './objects/agent.ts';
import type { NodeObject } from './objects/node.ts';

/**
 * What the watcher is told of the nodes. One without an agent is known by its addresses, and its MACs are learned from
 * who claims them; one with neither addresses nor MACs is left out, or the picture would never be complete.
 */
export function clusterNodes(nodes: Iterable<NodeObject>, agents: Iterable<AgentObject>): ClusterNode[] {
  const agentsOf = Map.groupBy(agents, ({ node }) => node);
  return [...nodes].flatMap(({ name, addresses }): ClusterNode[] => {
    const own = agentsOf.get(name) ?? [];
    const interfaces = own.flatMap((agent) => agent.interfaces);
    const macs = [...new Set(interfaces.map(({ mac }) => mac))];
    if (addresses.length === 0 && macs.length === 0) return [];
    return [{ name, addresses, macs, interfaces, agentReady: own.some(({ ready }) => ready) }];
  });
}
