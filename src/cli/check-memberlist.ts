// Asks from this machine, where it is a node, whether the speakers of the other nodes can be reached: that they hear each other
// cannot be seen from anywhere else.
import type { Cluster } from '../check/model/cluster.ts';
import type { MemberlistFacts } from '../check/model/facts.ts';
import { reachTcp } from '../host/tcp-reach.ts';
import type { IpAddress } from '../net/address.ts';

/** Others that are asked; each answers within seconds. */
const MAX_OTHERS = 256;
const AT_ONCE = 16;

/** Null where this machine is no node, or where no speaker tells of memberlist. @param mine its addresses. */
export async function askMemberlist(
  cluster: Cluster,
  mine: readonly string[],
): Promise<MemberlistFacts | null> {
  const own = cluster.nodes.find(({ addresses }) => addresses.some((ip) => mine.includes(ip)));
  if (own === undefined) return null;
  const wanted = othersThatRun(cluster, own.name).slice(0, MAX_OTHERS);
  const others: MemberlistFacts['others'][number][] = [];
  for (let from = 0; from < wanted.length; from += AT_ONCE) {
    const batch = wanted.slice(from, from + AT_ONCE);
    const asked = batch.map(async ({ node, ip, port }) => ({
      ...{ node, ip, port },
      reach: await reachTcp(ip, port),
    }));
    others.push(...(await Promise.all(asked)));
  }
  return { from: own.name, others };
}

/** One that is not ready may be off, and answers nothing for that reason alone. */
function othersThatRun(cluster: Cluster, own: string): { node: string; ip: IpAddress; port: number }[] {
  const speakers = cluster.list('pods').flatMap(({ speaker }) => speaker ?? []);
  return cluster.nodes.flatMap(({ name: node, ready, addresses: [ip] }) => {
    const speaker = speakers.find((one) => one.node === node && one.state === 'up');
    if (node === own || !ready || ip === undefined || speaker?.settings?.memberlist !== true) return [];
    return [{ node, ip, port: speaker.memberlistPort }];
  });
}
