// Whose business it is to announce a VIP.
import type { Vip } from './intent.ts';

/** Whatever serves another load balancer class, a machine beside the cluster perhaps, answers rightly. */
export function isAnothersToAnnounce(vip: Vip): boolean {
  const election = vip.elector?.elect() ?? null;
  if (election === null || election.node !== null) return false;
  return election.reason === 'other-load-balancer-class' || election.reason === 'outside-pools';
}

/** What announces it, by the cluster's objects. Null: something else does, or a static file does not say. */
export function providerOf(vip: Vip): 'metallb' | null {
  return vip.elector === undefined || isAnothersToAnnounce(vip) ? null : 'metallb';
}
