// Asks DHCP servers by DISCOVERs, which lease nothing, for a check: who answers, what they would lease of the pools, and from which
// range. Loaded when it is wanted: it captures.
import { freeOf, MAX_FREE } from '../audit/addresses.ts';
import type { AuditRow } from '../audit/audit.ts';
import type { Offer } from '../audit/frames.ts';
import type { Cluster } from '../check/model/cluster.ts';
import type { AnsweringServer, AskedDhcp, KnownDhcpRange } from '../check/model/facts.ts';
import { NoPacketSocketPermission } from '../host/capture/packet-socket.ts';
import { type Ipv4, isIpv4 } from '../net/address.ts';
import { rangeContains, rangeOf } from '../net/range.ts';
import { auditPlace, findRange, type Place, placesToAsk } from './dhcp-asking.ts';

/** Each takes a second or more. */
const MAX_VIPS = 64;
/** More servers than a LAN has. */
const MAX_SERVERS = 16;

interface Asking {
  /** Null: those that MetalLB would announce on. */
  readonly interfaces: readonly string[] | null;
  /** What is handed out is known: it need not be found out. */
  readonly knowsRange: boolean;
  readonly show: (text: string) => void;
}

export interface DhcpAnswers {
  /** A text: why none was asked. */
  readonly asked: AskedDhcp | string;
  readonly ranges: readonly KnownDhcpRange[];
}

/** @throws UsageError where an interface that is named cannot be used, or nothing can be sent there. */
export async function askDhcp(cluster: Cluster, asking: Asking): Promise<DhcpAnswers> {
  const addresses = addressesOf(cluster);
  const places = placesToAsk(asking.interfaces).flatMap((place) => {
    const own = addresses.filter((ip) => rangeContains(place.source.network, ip));
    return own.length === 0 ? [] : [{ place, own }];
  });
  if (places.length === 0)
    return { asked: 'no interface here has an address in the network of a VIP or a pool', ranges: [] };
  const answers = new Answers();
  const ranges: KnownDhcpRange[] = [];
  try {
    for (const { place, own } of places) {
      const found = asking.knowsRange ? null : await findRange(place, progressOn(place, asking));
      const { server = null } = found ?? {};
      ranges.push(...(found?.ranges ?? []).map((range) => ({ range, by: `as ${server} offers` })));
      // Where nobody answered so many questions, nobody answers these.
      if (found === null || server !== null) await askOn(place, own, cluster, answers, asking);
    }
  } catch (error) {
    if (!(error instanceof NoPacketSocketPermission)) throw error;
    return { asked: 'asking DHCP servers needs CAP_NET_RAW, which root has', ranges: [] };
  }
  return { asked: answers, ranges };
}

async function askOn(
  place: Place,
  addresses: readonly Ipv4[],
  cluster: Cluster,
  answers: Answers,
  asking: Asking,
): Promise<void> {
  const ofCluster = [
    ...cluster.list('ipaddresspools').flatMap((pool) => cluster.rangesOf(pool)),
    ...cluster.vips().map(({ address }) => rangeOf(address)),
    ...cluster.nodes.flatMap((node) => node.addresses.map(rangeOf)),
  ];
  await auditPlace(place, {
    addresses,
    isSpokenFor: (ip) => ofCluster.some((range) => rangeContains(range, ip)),
    onRow: (row) => answers.row(row),
    onOffer: (offer) => answers.offer(offer),
    onProgress: progressOn(place, asking),
  });
}

function progressOn(place: Place, { show }: Asking): (text: string) => void {
  return (text) => show(text === '' ? '' : `DHCP on ${place.interface}: ${text}`);
}

class Answers implements AskedDhcp {
  readonly #servers = new Map<Ipv4, AnsweringServer>();
  readonly #asked = new Set<Ipv4>();
  readonly offered: AskedDhcp['offered'][number][] = [];
  readonly refused: AskedDhcp['refused'][number][] = [];

  get servers(): readonly AnsweringServer[] {
    return [...this.#servers.values()];
  }

  get asked(): readonly Ipv4[] {
    return [...this.#asked];
  }

  row({ ip, server, verdict }: AuditRow): void {
    this.#asked.add(ip);
    if (server === null) return;
    if (verdict === 'would-lease') this.offered.push({ ip, server });
    if (verdict === 'safe') this.refused.push({ ip, server });
  }

  offer({ server: ip, mac, gateways, dnsServers }: Offer): void {
    if (!this.#servers.has(ip) && this.#servers.size >= MAX_SERVERS) return;
    this.#servers.set(ip, { ip, mac, gateways, dnsServers });
  }
}

/** VIPs before free addresses. */
function addressesOf(cluster: Cluster): Ipv4[] {
  const vips = cluster.vips();
  const pools = cluster
    .list('ipaddresspools')
    .map((pool) => ({ name: pool.name, ranges: cluster.rangesOf(pool) }));
  const free = freeOf(
    { pools, vips: vips.map(({ address }) => ({ address, service: null })), nodes: nodesOf(cluster) },
    MAX_FREE,
  );
  const own = vips.map(({ address }) => address).filter(isIpv4);
  return [...new Set([...own.slice(0, MAX_VIPS), ...free])];
}

function nodesOf(cluster: Cluster) {
  return cluster.nodes.map(({ name, addresses }) => ({ name, addresses, macs: [] }));
}
