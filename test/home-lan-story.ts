// How the story of test/data/home-lan-phone-gets-vip.pcap goes on: the phone leaves, and w2 goes on to ask for the VIP, which w1
// alone answers; five minutes later the phone is back, and still takes the VIP for its own address. The frames are made here; the
// first ones are those of the real capture.
import { readFileSync } from 'node:fs';
import { ARP_REPLY, ARP_REQUEST, type ArpPacket, encodeArp } from '../src/arp/packet.ts';
import { MILLISECOND, MINUTE, type Micros, SECOND } from '../src/base/time.ts';
import { BROADCAST_MAC, type Mac, ZERO_MAC } from '../src/net/address.ts';
import { ETHERTYPE_ARP, encodeEthernet } from '../src/net/ethernet.ts';
import type { CapturedFrame } from '../src/net/frame.ts';
import { CaptureReader } from '../src/pcap/reader.ts';
import { pcapHeader, pcapRecord } from '../src/pcap/writer.ts';
import { ownCapture } from './captures.ts';
import { ip, mac, PHONE, VIP, W1 } from './watch/lan.ts';

export const HOME_LAN_STORY = ownCapture('home-lan-phone-leaves-and-returns.pcap');

/** That the capture was taken at. */
const W2 = { mac: mac('fe'), ip: ip('192.168.1.12') };
const ROUTER_IP = ip('192.168.1.1');
const ASKED_EVERY = 20 * SECOND;
const AWAY = 5 * MINUTE;
const ANSWERS_AFTER = MILLISECOND;

export function homeLanStory(): Uint8Array {
  const records: Uint8Array[] = [];
  let at: Micros = 0;
  const keep = (frame: CapturedFrame) => {
    at = frame.at;
    records.push(pcapRecord(at, frame.bytes.subarray(frame.start, frame.end)));
  };
  const reader = new CaptureReader(keep, { interfaceName: 'eth0' });
  reader.push(readFileSync(ownCapture('home-lan-phone-gets-vip.pcap')));
  reader.end();
  const add = (to: Mac, packet: ArpPacket) => {
    at += ANSWERS_AFTER;
    const header = { destinationMac: to, sourceMac: packet.senderMac, vlans: [], etherType: ETHERTYPE_ARP };
    records.push(pcapRecord(at, encodeEthernet(header, encodeArp(packet), { padTo60: true })));
  };
  const ask = (...answerers: Mac[]) => {
    add(BROADCAST_MAC, question(W2.mac, W2.ip, VIP));
    for (const senderMac of answerers) {
      const answer = { operation: ARP_REPLY, senderMac, senderIp: VIP, targetMac: W2.mac, targetIp: W2.ip };
      add(W2.mac, answer);
    }
  };
  const back = at + AWAY;
  while (at + ASKED_EVERY < back) {
    at += ASKED_EVERY;
    ask(W1);
  }
  at = back;
  add(BROADCAST_MAC, question(PHONE, VIP, ROUTER_IP));
  at += SECOND;
  ask(W1, PHONE);
  return Buffer.concat([pcapHeader(), ...records]);
}

function question(
  senderMac: Mac,
  senderIp: ArpPacket['senderIp'],
  targetIp: ArpPacket['targetIp'],
): ArpPacket {
  return { operation: ARP_REQUEST, senderMac, senderIp, targetMac: ZERO_MAC, targetIp };
}
