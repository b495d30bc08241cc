// Who is who on the LAN under chaos: the cluster that the stand-in for the API server serves, and the makers of trouble, whose
// MACs tell the judge what they are.
import { nodeAddress, nodeMac, vipOf } from '../../scripts/bench/cluster-objects.ts';
import type { Ipv4, Mac } from '../../src/net/address.ts';

export const NODES = 4;
export const VIPS = 8;
/** Node 1 has no VIP: the agent in the cluster runs there. */
export const CLUSTER_AGENT = { address: nodeAddress(1), mac: nodeMac(1) };
/** A machine beside the cluster, whose agent goes by a list. */
export const LIST_AGENT = { address: '10.0.9.9', mac: '02:00:00:02:00:09' };
export const MONITOR = { address: '10.0.9.20', mac: '02:00:00:02:00:20' };
export const ROUTER = '10.0.0.1' as Ipv4;
/** Each as one client: the agents bound what one may take. */
export const ATTACKERS = Array.from({ length: 12 }, (_, i) => `10.0.77.${i + 1}`);
export const ATTACKER_MAC = '02:00:00:02:00:77';

const FORGED = '02:66:';
const CULPRIT = '02:c0:';

export const vips = Array.from({ length: VIPS }, (_, i) => vipOf(i + 1) as Ipv4);
export const nodes = Array.from({ length: NODES }, (_, i) => ({
  name: `node-${i + 1}`,
  addresses: [nodeAddress(i + 1)],
  macs: [nodeMac(i + 1)],
}));

/** Of a flood. */
export function forgedMac(number: number): Mac {
  return `${FORGED}${hexPairs(number)}` as Mac;
}

/** Of a conflict that is played. */
export function culpritMac(number: number): Mac {
  return `${CULPRIT}${hexPairs(number)}` as Mac;
}

export function isMadeUp(mac: string): boolean {
  return mac.startsWith(FORGED) || mac.startsWith(CULPRIT);
}

/** Four pairs. */
function hexPairs(number: number): string {
  const hex = (number >>> 0).toString(16).padStart(8, '0');
  return hex.match(/../g)!.join(':');
}
