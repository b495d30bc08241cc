// How a network card hangs on the LAN, and what that does to its frames: a plain cable; a bond in mode balance-alb, which
// answers each peer with the MAC of one of its cards; an extender, which puts its own MAC in the place of those behind it.
import { ARP_REPLY, type ArpPacket } from '../../src/arp/packet.ts';
import { type Ipv4, ipv4Number, MAC_LENGTH, type Mac, writeMac } from '../../src/net/address.ts';
import { ETHERTYPE_IPV4 } from '../../src/net/ethernet.ts';
import { Frame } from './frame.ts';
import { CABLE, type LinkHabits } from './link.ts';
import type { Attached, Port, Switch } from './switch.ts';

export type WiringPlan =
  | { readonly kind: 'plain'; readonly link?: LinkHabits }
  | { readonly kind: 'bond-alb'; readonly second: Mac }
  | { readonly kind: 'extender'; readonly extender: Mac; readonly link?: LinkHabits };

export interface Wiring {
  readonly ports: readonly Port[];
  /** MACs of cards below the one that the host speaks with: it knows them as its own. */
  readonly slaves: readonly Mac[];
  send(bytes: Uint8Array): void;
}

const SOURCE = MAC_LENGTH;
const ARP_SENDER_MAC = 14 + 8;
const ARP_TARGET_MAC = 14 + 18;

/** @param station its MAC is that of the card, as the host knows it. */
export function wire(
  lan: Switch,
  name: string,
  station: Attached & { readonly mac: Mac },
  plan: WiringPlan,
): Wiring {
  switch (plan.kind) {
    case 'plain': {
      const port = lan.connect(name, plan.link ?? CABLE, station);
      return { ports: [port], slaves: [], send: (bytes) => port.send(bytes) };
    }
    case 'bond-alb':
      return bond(lan, name, station, plan.second);
    case 'extender':
      return extender(lan, name, station, plan);
    default:
      return plan satisfies never;
  }
}

/** Receive load balancing (Linux, bond_alb.c): replies carry the card chosen for the peer, all else the active one. */
function bond(lan: Switch, name: string, station: Attached & { readonly mac: Mac }, second: Mac): Wiring {
  const active = lan.connect(`${name} first`, CABLE, station);
  // What comes for all comes by the active card; what comes for the other card's MAC is the host's as well.
  const other = lan.connect(`${name} second`, CABLE, {
    receive: (frame) => {
      if (frame.ethernet.destinationMac === second) station.receive(forMac(frame, station.mac));
    },
  });
  return {
    ports: [active, other],
    slaves: [second],
    send: (bytes) => {
      const { arp } = new Frame(bytes);
      const usesOther = arp?.operation === ARP_REPLY && arp.senderMac === station.mac && isOdd(arp.targetIp);
      if (!usesOther) return active.send(bytes);
      other.send(fromMac(bytes, second, arp));
    },
  };
}

function isOdd(peer: Ipv4): boolean {
  return ipv4Number(peer) % 2 === 1;
}

/** One station behind it, so that what comes for the extender's MAC is that station's. */
function extender(
  lan: Switch,
  name: string,
  station: Attached & { readonly mac: Mac },
  plan: WiringPlan & { readonly kind: 'extender' },
): Wiring {
  const port = lan.connect(name, plan.link ?? CABLE, {
    receive: (frame) => station.receive(frame.isGroup ? frame : forMac(frame, station.mac)),
  });
  return {
    ports: [port],
    slaves: [],
    send: (bytes) => port.send(fromMac(bytes, plan.extender, new Frame(bytes).arp)),
  };
}

function fromMac(bytes: Uint8Array, mac: Mac, arp: ArpPacket | null): Uint8Array {
  const changed = Uint8Array.from(bytes);
  writeMac(changed, SOURCE, mac);
  if (arp) writeMac(changed, ARP_SENDER_MAC, mac);
  return changed;
}

function forMac(frame: Frame, mac: Mac): Frame {
  const changed = Uint8Array.from(frame.bytes);
  writeMac(changed, 0, mac);
  if (frame.arp && frame.ethernet.etherType !== ETHERTYPE_IPV4) writeMac(changed, ARP_TARGET_MAC, mac);
  return new Frame(changed);
}
