// Speakers learn by memberlist (TCP and UDP 7946) which of them live. Two that cannot hear each other both announce.
import type { Cluster } from '../model/cluster.ts';
import type { MemberlistFacts } from '../model/facts.ts';
import { counted, listed, skip, type Verdict } from './verdict.ts';

export function memberlistBlocked(cluster: Cluster): Verdict {
  const speakers = cluster.list('pods').filter(({ speaker }) => speaker !== null);
  const told = speakers.filter(({ speaker }) => speaker?.settings != null);
  if (told.length === 0) return skip('no speaker of MetalLB was found');
  const deaf = told.filter(({ speaker }) => speaker?.settings?.memberlist === false);
  const looked = counted(told.length, 'speaker');
  if (deaf.length > 0) {
    const message = `${counted(deaf.length, 'speaker')} ${deaf.length === 1 ? 'runs' : 'run'} without memberlist (METALLB_ML_BIND_ADDR is not set): no speaker notices that a node is dead, and its VIPs do not move (metallb#3116).`;
    const remedy =
      'Set METALLB_ML_BIND_ADDR and METALLB_ML_LABELS, as the manifests and the chart of MetalLB do (speaker.memberlist.enabled).';
    return { problems: [{ subjects: deaf, ip: null, message, remedy }], looked };
  }
  if (told.length === 1) return { problems: [], looked: `${looked}, which has no other speaker to hear` };
  const asked = cluster.facts.wire?.memberlist ?? null;
  if (asked === null)
    return skip(
      'only a node can test whether port 7946 (TCP and UDP) is open between nodes: run it there with --interface',
    );
  return ofAsked(cluster, asked);
}

function ofAsked(cluster: Cluster, { from, others }: MemberlistFacts): Verdict {
  if (others.length === 0) return skip(`no other node than ${from} has a ready speaker to ask`);
  if (others.every(({ reach }) => reach === 'away'))
    return skip(
      `${counted(others.length, 'other node')} with a ready speaker cannot be reached from ${from} at all`,
    );
  // One that refuses has no speaker just now; only what drops everything keeps two apart that live.
  const silent = others.filter(({ reach }) => reach === 'silent');
  const ports = [...new Set(others.map(({ port }) => port))].join(', ');
  const looked = `TCP ${ports} of ${counted(others.length, 'other node')}, from ${from}`;
  if (silent.length === 0) return { problems: [], looked };
  const names = listed(silent.map(({ node, ip }) => `${node} (${ip})`));
  const nodes = cluster.nodes.filter(({ name }) => silent.some(({ node }) => node === name));
  const message = `Nothing answers ${from} on the memberlist port of ${names}, TCP ${ports}, though a speaker is ready there: two nodes that cannot hear each other both announce.`;
  const remedy = `Open port ${ports}, TCP and UDP, between the nodes: look at their firewalls, and at network policies for hosts.`;
  return { problems: [{ subjects: nodes, ip: silent[0]!.ip, message, remedy }], looked };
}
