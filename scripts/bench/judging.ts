// What judging one frame costs, by what is in it: none may cost so much more than another that a flood of it blinds the agent.
import { ARP_REPLY, encodeArp } from '../../src/arp/packet.ts';
import { BROADCAST_MAC, type Ipv4, ipv4At, type Mac, macAt, parseIp } from '../../src/net/address.ts';
import { ETHERTYPE_ARP, encodeEthernet } from '../../src/net/ethernet.ts';
import type { CapturedFrame } from '../../src/net/frame.ts';
import { type IpRange, parseRange } from '../../src/net/range.ts';
import { Watcher } from '../../src/watch/watcher.ts';
import { encodeDhcpMessage } from '../../test/watch/dhcp-message.ts';
import { printTable, type Row } from './table.ts';

/** More than the finding book holds, so that most are judged with a full one. */
const FRAMES = 12_000;
const WARM_UP = 4_000;
/** Of the cheapest DHCP frame, a DISCOVER, in CPU time. */
const MOST = 5;
const ROUNDS = 4;
const START = 1_772_000_000_000_000;
const EVERY = 500;

const ip = (text: string) => parseIp(text) as Ipv4;
const station = (i: number): Mac => macAt(Uint8Array.of(2, 1, 0, i >> 16, i >> 8, i), 0);
const server = (i: number): Ipv4 => ipv4At(Uint8Array.of(10, 9, i >> 8, i), 0);
const VIP = ip('192.168.1.50');

function announcement(sender: Mac, address: Ipv4): Uint8Array {
  const packet = { operation: ARP_REPLY, senderMac: sender, senderIp: address, targetMac: BROADCAST_MAC };
  const header = { destinationMac: BROADCAST_MAC, sourceMac: sender, vlans: [], etherType: ETHERTYPE_ARP };
  return encodeEthernet(header, encodeArp({ ...packet, targetIp: address }), { padTo60: true });
}

/** The i-th frame of a flood: from another machine each time. */
const FLOODS: Readonly<Record<string, (i: number) => Uint8Array>> = {
  'ARP announcement of any address': (i) => announcement(station(i), server(i)),
  'ARP announcement of a VIP': (i) => announcement(station(i), VIP),
  'DHCP DISCOVER': (i) => encodeDhcpMessage({ type: 'discover', client: station(i) }),
  'DHCP REQUEST for a VIP': (i) =>
    encodeDhcpMessage({ type: 'request', client: station(i), requested: VIP, server: ip('192.168.1.1') }),
  'DHCP REQUEST for a pool address': (i) =>
    encodeDhcpMessage({
      type: 'request',
      client: station(i),
      requested: ip(`192.168.1.${51 + (i % 9)}`),
      server: ip('192.168.1.1'),
    }),
  'DHCP OFFER of a strange server': (i) =>
    encodeDhcpMessage({ type: 'offer', client: station(i), server: server(i), yourIp: ip('192.168.1.99') }),
};

/** Microseconds of CPU time for one frame. */
function costOf(frameAt: (i: number) => Uint8Array): number {
  const watcher = new Watcher({ dhcp: { ranges: [], servers: null } });
  const intent = {
    pools: [{ name: 'main-pool', ranges: [parseRange('192.168.1.50-192.168.1.59') as IpRange] }],
    vips: [{ address: VIP, service: 'traefik/traefik' }],
    nodes: [{ name: 'cp', addresses: [ip('192.168.1.10')], macs: ['02:00:00:00:00:10' as Mac] }],
  };
  watcher.setIntent(intent, START);
  const link = { interface: 'eth0', vlan: null };
  const frames = Array.from({ length: FRAMES + WARM_UP }, (_, i): CapturedFrame => {
    const bytes = frameAt(i);
    const lengths = { start: 0, end: bytes.length, wireLength: bytes.length };
    return { bytes, ...lengths, at: START + i * EVERY, link, strippedVlan: null, outgoing: false };
  });
  for (const frame of frames.slice(0, WARM_UP)) watcher.frame(frame);
  const before = process.cpuUsage();
  for (const frame of frames.slice(WARM_UP)) watcher.frame(frame);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / FRAMES;
}

// In turn, the best of each: the first time the code is still being compiled, and others share the machine.
const costs = Object.keys(FLOODS).map((what) => ({ what, cost: Number.POSITIVE_INFINITY }));
for (let round = 0; round < ROUNDS; round += 1)
  for (const row of costs) row.cost = Math.min(row.cost, costOf(FLOODS[row.what]!));
const { cost: unit } = costs.find(({ what }) => what === 'DHCP DISCOVER')!;
const rows: Row[] = costs.map(({ what, cost }) => ({
  what,
  measured: `${cost.toFixed(1)} µs, ${(cost / unit).toFixed(1)}x`,
  limit: { text: `at most ${MOST}x a DISCOVER`, holds: cost <= MOST * unit },
}));
printTable('Judging one frame of a flood, each from another machine', rows);
