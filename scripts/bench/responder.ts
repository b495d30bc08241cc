// Answers ARP for the VIPs of a cluster on eth0, each with the MAC of the node that MetalLB's election gives it:
// `node responder.ts NODES SERVICES [NODE]`, for those of one NODE alone where it is given; without SERVICES, 0, for the nodes' own
// addresses instead. Says `ready`. The line `intrude N` on standard input has a machine of its own claim the VIP of Service N:
// `intruded N AT`, in milliseconds.
import { createInterface } from 'node:readline';
import { ARP_REPLY, ARP_REQUEST, decodeArp, encodeArp } from '../../src/arp/packet.ts';
import { elect } from '../../src/cluster/metallb/election.ts';
import { chooseInterfaces } from '../../src/host/capture/interfaces.ts';
import { LiveCapture } from '../../src/host/capture/live-capture.ts';
import { Clock, systemClocks } from '../../src/host/clock.ts';
import { BROADCAST_MAC, type Ipv4, type Mac, parseIp, parseMac, ZERO_MAC } from '../../src/net/address.ts';
import { decodeEthernet, ETHERTYPE_ARP, encodeEthernet } from '../../src/net/ethernet.ts';
import type { CapturedFrame } from '../../src/net/frame.ts';
import { nodeAddress, nodeMac, vipOf } from './cluster-objects.ts';

const [nodes = 1, services = 1, only] = process.argv.slice(2).map(Number);
/** All but node 1, which announces nothing. */
const candidates = Array.from({ length: nodes - 1 }, (_, i) => [`node-${i + 2}`, 0] as const);
/** Worked out when first asked for: with a thousand nodes that takes a millisecond. */
const owners = new Map<Ipv4, Mac | null>();
for (let service = 1; service <= services; service += 1) owners.set(parseIp(vipOf(service)) as Ipv4, null);

if (services === 0)
  for (const [name] of candidates) {
    const node = Number(name.slice('node-'.length));
    owners.set(parseIp(nodeAddress(node)) as Ipv4, parseMac(nodeMac(node))!);
  }

const capture = new LiveCapture({
  choose: (all) => chooseInterfaces(all, ['eth0']),
  clock: new Clock(systemClocks()),
  handler: answer,
  onBatch: () => {},
  onChange: () => {},
  onError: (error) => {
    throw error;
  },
});
console.log('ready');
for await (const line of createInterface({ input: process.stdin })) intrude(Number(line.split(' ')[1]));
await capture.close();

/** As a machine that just took the address: an announcement (RFC 5227, section 2.3). */
function intrude(service: number): void {
  const vip = parseIp(vipOf(service)) as Ipv4;
  const mac = parseMac(
    `02:00:00:99:${Buffer.from([service >> 8, service & 255])
      .toString('hex')
      .replace(/(..)(..)/, '$1:$2')}`,
  )!;
  const header = { destinationMac: BROADCAST_MAC, sourceMac: mac, vlans: [], etherType: ETHERTYPE_ARP };
  const packet = {
    operation: ARP_REQUEST,
    senderMac: mac,
    senderIp: vip,
    targetMac: ZERO_MAC,
    targetIp: vip,
  };
  const frame = encodeEthernet(header, encodeArp(packet), { padTo60: true });
  const at = performance.timeOrigin + performance.now();
  capture.send(capture.captured()[0]!.link, frame);
  console.log(`intruded ${service} ${at}`);
}

function answer(frame: CapturedFrame): void {
  if (frame.outgoing) return;
  const ethernet = decodeEthernet(frame.bytes, frame.start, frame.end);
  if (!ethernet.ok || ethernet.value.etherType !== ETHERTYPE_ARP) return;
  const packet = decodeArp(frame.bytes, ethernet.value.payloadStart, frame.end);
  if (!packet.ok || packet.value.operation !== ARP_REQUEST) return;
  const { senderMac, senderIp, targetIp } = packet.value;
  const mac = ownerOf(targetIp);
  if (mac === undefined || (only !== undefined && mac !== nodeMac(only))) return;
  const header = { destinationMac: senderMac, sourceMac: mac, vlans: [], etherType: ETHERTYPE_ARP };
  const reply = {
    operation: ARP_REPLY,
    senderMac: mac,
    senderIp: targetIp,
    targetMac: senderMac,
    targetIp: senderIp,
  };
  const link = capture.captured()[0]?.link;
  if (link) capture.send(link, encodeEthernet(header, encodeArp(reply), { padTo60: true }));
}

function ownerOf(vip: Ipv4): Mac | undefined {
  const known = owners.get(vip);
  if (known !== null) return known;
  const winner = elect(candidates, vip)!;
  const mac = parseMac(nodeMac(Number(winner.slice('node-'.length))))!;
  owners.set(vip, mac);
  return mac;
}
