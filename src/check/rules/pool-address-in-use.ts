// Somebody who is not of the cluster answers ARP for an address of a pool.

import type { Mac } from '../../net/address.ts';
import { rangeContains } from '../../net/range.ts';
import type { Cluster } from '../model/cluster.ts';
import { counted, skip, type Verdict } from './verdict.ts';

/** RFC 5798, 7.3: the virtual routers of VRRP, which nodes may run themselves. */
const VRRP_PREFIX = '00:00:5e:00:01:';

export function poolAddressInUse(cluster: Cluster): Verdict {
  const { wire } = cluster.facts;
  if (wire === null || wire.answers === null)
    return skip('the LAN was not probed for the pool addresses: name its interface with --interface');
  const own = ownMacs(cluster);
  const pools = cluster.list('ipaddresspools');
  const isStranger = (mac: Mac) =>
    !own.has(mac) && !mac.startsWith(VRRP_PREFIX) && !wire.answersForAll.includes(mac);
  const vips = new Set(cluster.vips().map(({ address }) => address));
  // Where no node's MAC is known, whoever answers for a VIP may be its announcer.
  const judged = wire.answers.filter(({ ip }) => own.size > 0 || !vips.has(ip));
  const problems = judged
    .filter(({ mac }) => isStranger(mac))
    .flatMap(({ ip, mac }) => {
      const pool = pools.find((one) => cluster.rangesOf(one).some((range) => rangeContains(range, ip)));
      if (pool === undefined) return [];
      const name = nameOfMac(cluster, mac);
      const vip = cluster.vips().find(({ address }) => address === ip);
      return [
        {
          level: vip === undefined ? ('warning' as const) : ('critical' as const),
          subjects: vip === undefined ? [pool] : [vip.service, pool],
          ip,
          message: `${mac}${name === null ? '' : ` ("${name}")`} answers for ${ip} of pool ${pool.pool.name}, and is not a node.`,
          remedy: `Find the device with the MAC ${mac} (in the router's list of devices) and give it an address outside of the pool.`,
        },
      ];
    });
  const looked = counted(judged.length, 'answer');
  if (judged.length === wire.answers.length) return { problems, looked };
  return {
    problems,
    looked,
    untold: 'no MAC of a node is known: the check cannot judge which machine answers for the VIPs',
  };
}

/** As it names itself to DHCP; null: that is not known. */
function nameOfMac({ facts: { dhcp } }: Cluster, mac: Mac): string | null {
  const lease = dhcp.leases?.find((one) => one.mac === mac && one.hostname !== null);
  return lease?.hostname ?? dhcp.reservations.find((one) => one.mac === mac)?.name ?? null;
}

function ownMacs(cluster: Cluster): Set<Mac> {
  const told = cluster.list('pods').flatMap(({ interfaces }) => interfaces.map(({ mac }) => mac));
  const nodes = new Set(cluster.nodes.flatMap(({ addresses }) => addresses));
  const answered = (cluster.facts.wire?.answers ?? []).filter(({ ip }) => nodes.has(ip));
  return new Set([...told, ...answered.map(({ mac }) => mac)]);
}
