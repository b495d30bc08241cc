// Asks the LAN of an interface, for a check: who answers for the addresses of pools, and where the gateway is.
import type { Cluster } from '../check/model/cluster.ts';
import type { WireFacts } from '../check/model/facts.ts';
import {
  askNeighbours,
  confirmNeighbours,
  gatewaysOf,
  type Neighbour,
  networksOf,
} from '../host/neighbours.ts';
import { type IpAddress, type Mac, parseIp, parseMac } from '../net/address.ts';
import { hostsOf, type IpRange, ipOfNumber, parseRange, rangeContains, rangeOf } from '../net/range.ts';
import { askMemberlist } from './check-memberlist.ts';
import { UsageError } from './terminal.ts';

/** Free addresses of pools that are asked for, beside VIPs and nodes: each batch of 16 takes more than a second. */
const MAX_FREE = 256;
/** Nobody is known to have them: whoever answers for both answers for every address. */
const UNUSED = 2;

/** @throws UsageError where there is no such interface, or it has no IPv4 address. */
export async function askWire(name: string, cluster: Cluster): Promise<WireFacts> {
  const own = networksOf(name);
  if (own === undefined) throw new UsageError(`There is no interface ${name}`);
  const networks = own.map(parseRange).filter((range) => typeof range !== 'string');
  if (networks.length === 0) throw new UsageError(`The interface ${name} has no IPv4 address`);
  const isOnLink = (ip: IpAddress) => networks.some((network) => rangeContains(network, ip));
  const mine = own.flatMap((cidr) => cidr.split('/')[0] ?? []);
  const nodes = cluster.nodes.flatMap(({ addresses }) => addresses);
  const pools = cluster.list('ipaddresspools').flatMap((pool) => cluster.rangesOf(pool));
  const vips = cluster.vips().map(({ address }) => address);
  const gateways = gatewaysOf(name).flatMap((text) => parseIp(text) ?? []);
  const taken = [...pools, ...[...vips, ...nodes, ...gateways].map(rangeOf)];
  const unused = unusedOf(networks[0]!, taken, mine);
  const wanted = new Set([...nodes, ...vips, ...firstOf(pools, MAX_FREE), ...unused]);
  const asked = [...wanted].filter((ip) => isOnLink(ip) && !mine.includes(ip));
  const found = (await askNeighbours(asked)).filter(({ interface: on }) => on === name);
  const isOfPool = ({ ip }: Neighbour) => isIn(pools, parseIp(ip));
  const confirmed = await confirmNeighbours(found.filter(isOfPool));
  const answers = [...found.filter((one) => !isOfPool(one)), ...confirmed].flatMap((one) => {
    const [ip, mac] = [parseIp(one.ip), parseMac(one.mac)];
    return ip !== undefined && mac !== undefined ? [{ ip, mac }] : [];
  });
  return {
    interface: name,
    networks,
    gateways,
    answers: answers.filter(({ ip }) => !unused.includes(ip)),
    answersForAll: forAll(answers, unused),
    memberlist: await askMemberlist(cluster, mine),
  };
}

function isIn(ranges: readonly IpRange[], ip: IpAddress | undefined): boolean {
  return ip !== undefined && ranges.some((range) => rangeContains(range, ip));
}

/** From the end of the network, where fewest machines are. */
function unusedOf(network: IpRange, taken: readonly IpRange[], mine: readonly string[]): IpAddress[] {
  const { family, first, last } = hostsOf(network);
  const unused: IpAddress[] = [];
  for (let number = last; number >= first && unused.length < UNUSED; number -= 1n) {
    const ip = ipOfNumber(family, number);
    if (!mine.includes(ip) && !taken.some((range) => rangeContains(range, ip))) unused.push(ip);
  }
  return unused;
}

function firstOf(ranges: readonly IpRange[], most: number): IpAddress[] {
  const addresses: IpAddress[] = [];
  for (const { family, first, last } of ranges) {
    if (family === 6) continue;
    for (let number = first; number <= last && addresses.length < most; number += 1n)
      addresses.push(ipOfNumber(family, number));
  }
  return addresses;
}

function forAll(
  answers: readonly { readonly ip: IpAddress; readonly mac: Mac }[],
  unused: readonly IpAddress[],
): Mac[] {
  const each = unused.map((ip) => answers.find((answer) => answer.ip === ip)?.mac);
  const [mac] = each;
  return mac !== undefined && each.length === UNUSED && each.every((one) => one === mac) ? [mac] : [];
}
