// The table of the DHCP server has an address of a pool: leased now, leased once, or reserved.
import type { Ipv4 } from '../../net/address.ts';
import { rangeContains } from '../../net/range.ts';
import type { Cluster } from '../model/cluster.ts';
import { counted, type Problem, skip, type Verdict } from './verdict.ts';

interface Entry {
  readonly ip: Ipv4;
  readonly what: string;
  readonly remedy: string;
}

export function poolAddressLeased(cluster: Cluster): Verdict {
  const { leases, reservations } = cluster.facts.dhcp;
  if (leases === null) return skip('no table of a DHCP server was read: name it by dhcp.import in --config');
  const entries: Entry[] = [
    ...leases.map(({ ip, mac, hostname, expiresAt }) => ({
      ip,
      what: `the DHCP server leased ${ip} to ${hostname ?? mac}${untilText(expiresAt)}`,
      remedy: `Take ${ip} out of the DHCP range, then reconnect ${hostname ?? mac}: it gets another address.`,
    })),
    ...reservations.map(({ ip, mac, name }) => ({
      ip,
      what: `the DHCP server keeps ${ip} for ${name ?? mac}`,
      remedy: `Reserve an address outside of the pool for ${name ?? mac}.`,
    })),
  ];
  const pools = cluster.list('ipaddresspools');
  const problems = entries.flatMap(({ ip, what, remedy }): Problem[] => {
    const pool = pools.find((one) => cluster.rangesOf(one).some((range) => rangeContains(range, ip)));
    if (pool === undefined) return [];
    const message = `${what}, an address of pool ${pool.pool.name}.`;
    return [{ subjects: [pool], ip, message: message[0]!.toUpperCase() + message.slice(1), remedy }];
  });
  return {
    problems,
    looked: `${counted(leases.length, 'lease')}, ${counted(reservations.length, 'reservation')}`,
  };
}

/** @param expiresAt Unix time. */
function untilText(expiresAt: number | null): string {
  if (expiresAt === null) return '';
  if (!Number.isFinite(expiresAt)) return ' for ever';
  return ` until ${new Date(expiresAt * 1000).toISOString().replace('.000', '')}`;
}
