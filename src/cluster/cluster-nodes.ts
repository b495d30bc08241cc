// The nodes, and which MACs are theirs.
import type { ClusterNode, MemberlistSpeaker } from '../intent/intent.ts';
import type { AgentObject } from './objects/agent.ts';
import { DIGEST_KEY, isBefore, versionOfImage } from './objects/metallb-version.ts';
import type { NodeObject } from './objects/node.ts';
import type { SpeakerObject } from './objects/speaker.ts';

/**
 * What the watcher is told of the nodes. One without an agent is known by its addresses, and its MACs are learned from
 * who claims them; one with neither addresses nor MACs is left out, or the picture would never be complete.
 */
export function clusterNodes(
  nodes: Iterable<NodeObject>,
  agents: Iterable<AgentObject>,
  speakers: Iterable<SpeakerObject>,
): ClusterNode[] {
  const speakersOf = Map.groupBy(speakers, ({ node }) => node);
  const agentsOf = Map.groupBy(agents, ({ node }) => node);
  return [...nodes].flatMap(({ name, addresses }): ClusterNode[] => {
    const own = agentsOf.get(name) ?? [];
    const interfaces = own.flatMap((agent) => agent.interfaces);
    const macs = [...new Set(interfaces.map(({ mac }) => mac))];
    if (addresses.length === 0 && macs.length === 0) return [];
    const speaker = memberlistSpeaker(speakersOf.get(name) ?? []);
    const agentReady = own.some(({ ready }) => ready);
    return [{ name, addresses, macs, interfaces, agentReady, ...(speaker === null ? {} : { speaker }) }];
  });
}

/** Of the Pod that runs, where one replaces another. */
function memberlistSpeaker(speakers: readonly SpeakerObject[]): MemberlistSpeaker | null {
  const speaker = speakers.find(({ state }) => state === 'up') ?? speakers[0];
  const version = speaker?.version == null ? undefined : versionOfImage(`:${speaker.version}`);
  if (version === undefined || !speaker!.hasMemberlistKey || speaker!.settings?.memberlist !== true)
    return null;
  return { version: speaker!.version!, key: isBefore(version, DIGEST_KEY) ? 'prefix' : 'digest' };
}
