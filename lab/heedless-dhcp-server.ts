// A stand-in for DHCP servers that ignore the address that a client asks for (systemd-networkd's): it offers one by a hash of the
// client's hardware address. Written for the lab; nothing of networkd is in it. On eth0 of the host that it runs on.
import { hash } from 'node:crypto';
import { OPTION } from '../src/dhcp/option.ts';
import { BOOT_REQUEST, decodeDhcp, encodeDhcp } from '../src/dhcp/packet.ts';
import { chooseInterfaces } from '../src/host/capture/interfaces.ts';
import { LiveCapture } from '../src/host/capture/live-capture.ts';
import { Clock, systemClocks } from '../src/host/clock.ts';
import { BROADCAST_IPV4, BROADCAST_MAC, type Ipv4, writeIp } from '../src/net/address.ts';
import { decodeEthernet, ETHERTYPE_IPV4, encodeEthernet } from '../src/net/ethernet.ts';
import { decodeIpv4, encodeIpv4 } from '../src/net/ipv4.ts';
import { PROTOCOL_UDP } from '../src/net/protocol-numbers.ts';
import { ipOfNumber, numberOfIp } from '../src/net/range.ts';
import { decodeUdp, encodeUdp } from '../src/net/udp.ts';

const [first, last] = process.argv.slice(2).map((text) => numberOfIp(text as Ipv4));
if (first === undefined || last === undefined) throw new Error('usage: heedless-dhcp-server FIRST LAST');
const capture: LiveCapture = new LiveCapture({
  choose: (all) => chooseInterfaces(all, ['eth0']),
  clock: new Clock(systemClocks()),
  handler: ({ bytes, start, end }) => answer(bytes.subarray(start, end)),
  onBatch: () => {},
  onChange: () => {},
  onError: (error) => console.error(error),
});
const own = capture.captured()[0]!;
const server = own.info.addresses[0]!.ip as Ipv4;
console.log('serving');

function answer(frame: Uint8Array): void {
  const ethernet = decodeEthernet(frame);
  const ip = ethernet.ok ? decodeIpv4(frame, ethernet.value.payloadStart) : ethernet;
  if (!ip.ok || ip.value.protocol !== PROTOCOL_UDP) return;
  const udp = decodeUdp(frame, ip.value.payloadStart, ip.value.payloadEnd);
  const asked = udp.ok ? decodeDhcp(frame, udp.value.payloadStart, udp.value.payloadEnd) : udp;
  if (!asked.ok || asked.value.operation !== BOOT_REQUEST || asked.value.messageType !== 1) return;
  const digest = BigInt(`0x${hash('sha256', asked.value.clientMac).slice(0, 8)}`);
  const value = new Uint8Array(4);
  writeIp(value, 0, server);
  const offer = encodeDhcp({
    ...asked.value,
    operation: 2,
    yourIp: ipOfNumber(4, first! + (digest % (last! - first! + 1n))) as Ipv4,
    options: [
      { code: OPTION.messageType, value: Uint8Array.of(2) },
      { code: OPTION.serverIdentifier, value },
    ],
  });
  const addresses = { source: server, destination: BROADCAST_IPV4 };
  const datagram = encodeUdp({ sourcePort: 67, destinationPort: 68 }, offer, addresses);
  const header = {
    sourceMac: own.info.mac!,
    destinationMac: BROADCAST_MAC,
    vlans: [],
    etherType: ETHERTYPE_IPV4,
  };
  const packet = encodeIpv4({ ...addresses, protocol: PROTOCOL_UDP, timeToLive: 64 }, datagram);
  capture.send(own.link, encodeEthernet(header, packet));
}
