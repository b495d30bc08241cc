// A LAN with more machines than an agent keeps in mind: `node lab/full-lan.ts LEASES CLAIMS RATE` asks for so many leases by
// DHCP, then claims so many addresses by ARP, from eth0 of the host that it runs on. From then on it says on one line each what
// it is told to on standard input: `frames RATE SECONDS` sends that many ARP requests and answers with how many were sent.
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { DHCPREQUEST } from '../src/dhcp/option.ts';
import { readInterfaces } from '../src/host/capture/netlink-socket.ts';
import { PacketSocket } from '../src/host/capture/packet-socket.ts';
import type { Ipv4, Mac } from '../src/net/address.ts';
import { arpRequest } from './world/arp-frames.ts';
import { clientIdOfMac, fromClient, toEveryone } from './world/dhcp-frames.ts';

const ASKED_FOR = '10.99.255.254' as Ipv4;
/** As long as a name may be in DHCP. */
const LONG_NAME = 'x'.repeat(240);
const TURN_MS = 10;

const eth0 = readInterfaces().find(({ name }) => name === 'eth0');
if (!eth0) throw new Error('this host has no eth0');
const socket = new PacketSocket(eth0.index, 128 * 1024);
const [leases = 0, claims = 0, rate = 0] = process.argv.slice(2).map(Number);

await send(leases, rate, (n) => {
  const clientMac = macOf(0xa0, n);
  const asked = { type: DHCPREQUEST, clientMac, clientId: clientIdOfMac(clientMac), transactionId: n };
  return fromClient(
    { ...asked, requested: ipOf(100, n), hostname: `${n}-${LONG_NAME}` },
    toEveryone(clientMac),
  );
});
await send(claims, rate, (n) => arpRequest(macOf(0xb0, n), ipOf(102, n), ASKED_FOR));
console.log('filled');

for await (const line of createInterface({ input: process.stdin })) {
  const [, perSecond = 0, seconds = 0] = line.split(' ').map(Number);
  await send(perSecond * seconds, perSecond, (n) =>
    arpRequest(macOf(0xc0, n % 100), ipOf(101, n % 100), ASKED_FOR),
  );
  console.log(`sent ${perSecond * seconds}`);
}
socket.close();

/** Evenly, as far as timers allow. */
async function send(count: number, perSecond: number, frame: (n: number) => Uint8Array): Promise<void> {
  const startedAt = performance.now();
  for (let n = 0; n < count; ) {
    const due = Math.min(count, Math.floor(((performance.now() - startedAt) / 1000) * perSecond));
    for (; n < due; n += 1) while (socket.send(frame(n)) !== 'sent') await pause(1);
    await pause(TURN_MS);
  }
}

function macOf(first: number, n: number): Mac {
  const rest = n.toString(16).padStart(8, '0').match(/../g)!;
  return `02:${first.toString(16)}:${rest.join(':')}` as Mac;
}

function ipOf(second: number, n: number): Ipv4 {
  return `10.${second + (n >> 16)}.${(n >> 8) & 255}.${n & 255}` as Ipv4;
}
