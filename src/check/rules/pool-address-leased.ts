// The table of the DHCP server has an address of a pool: leased now, leased once, or reserved.
import type { Ipv4 } from '../../net/address.ts';
import { numberOfIp, rangeContains } from '../../net/range.ts';
import type { Cluster } from '../model/cluster.ts';
import { counted, type Problem, skip, type Verdict } from './verdict.ts';

interface Entry {
  readonly ip: Ipv4;
  readonly what: string;
  readonly remedy: string;
}

export function poolAddressLeased(cluster: Cluster): Verdict {
  const { leases, reservations } = cluster.facts.dhcp;
  const { asked } = cluster.facts;
  if (leases === null && typeof asked !== 'object')
    return skip(
      'no lease table of a DHCP server was read: name it in dhcp.import of --config, or use --active',
    );
  const entries: Entry[] = [
    ...(leases ?? []).map(({ ip, mac, hostname, expiresAt }) => ({
      ip,
      what: `the DHCP server leased ${ip} to ${hostname ?? mac}${untilText(expiresAt)}`,
      remedy: `Change the DHCP range so that it leaves out ${ip}, then reconnect ${hostname ?? mac}: it gets another address.`,
    })),
    ...reservations.map(({ ip, mac, name }) => ({
      ip,
      what: `the DHCP server keeps ${ip} for ${name ?? mac}`,
      remedy: `Reserve an address outside of the pool for ${name ?? mac}.`,
    })),
    ...missing(cluster),
  ];
  const pools = cluster.list('ipaddresspools');
  const problems = entries.flatMap(({ ip, what, remedy }): Problem[] => {
    const pool = pools.find((one) => cluster.rangesOf(one).some((range) => rangeContains(range, ip)));
    if (pool === undefined) return [];
    const message = `${what}, an address of pool ${pool.pool.name}.`;
    return [{ subjects: [pool], ip, message: message[0]!.toUpperCase() + message.slice(1), remedy }];
  });
  const tables = `${counted(leases?.length ?? 0, 'lease')}, ${counted(reservations.length, 'reservation')}`;
  const offers = typeof asked === 'object' ? counted(asked.asked.length, 'address', 'addresses') : '';
  const looked = [leases === null ? '' : tables, offers === '' ? '' : `${offers} asked for`];
  return { problems, looked: looked.filter((text) => text !== '').join(', ') };
}

/**
 * Addresses that a server did not offer, though it heeds what it is asked for, and offered some on both sides. Not of VIPs: a server
 * that looks first sees that they are in use.
 */
function missing(cluster: Cluster): Entry[] {
  const { asked, dhcp } = cluster.facts;
  if (typeof asked !== 'object') return [];
  const vips = new Set<string>(cluster.vips().map(({ address }) => address));
  const listed = new Set<string>([...(dhcp.leases ?? []), ...dhcp.reservations].map(({ ip }) => ip));
  return asked.refused
    .filter(({ ip }) => !vips.has(ip) && !listed.has(ip))
    .filter((one) => isBetween(one, asked.offered))
    .map(({ ip, server }) => ({
      ip,
      what: `the DHCP server ${server} leases addresses around ${ip}, but not ${ip}: it may have leased or reserved it`,
      remedy: `Look for ${ip} in the table of ${server}; change the DHCP range so that it leaves out the address, and give the machine that has it another one.`,
    }));
}

interface Offered {
  readonly ip: Ipv4;
  readonly server: Ipv4;
}

function isBetween({ ip, server }: Offered, offered: readonly Offered[]): boolean {
  const number = numberOfIp(ip);
  const own = offered.filter((one) => one.server === server).map((one) => numberOfIp(one.ip));
  return own.some((one) => one < number) && own.some((one) => one > number);
}

/** @param expiresAt Unix time. */
function untilText(expiresAt: number | null): string {
  if (expiresAt === null) return '';
  if (!Number.isFinite(expiresAt)) return ' for ever';
  return ` until ${new Date(expiresAt * 1000).toISOString().replace('.000', '')}`;
}
