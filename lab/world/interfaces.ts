// A host's cards, as its kernel tells an agent of them.
import type { InterfaceInfo } from '../../src/host/capture/interfaces.ts';
import { isIpv4 } from '../../src/net/address.ts';
import type { Card } from './host.ts';

const PREFIX_LENGTH = 24;

/** The cards of a bond. */
export function slavesOf(card: Card, place: number): InterfaceInfo[] {
  return card.wiring.slaves.map((mac, i) => ({
    ...interfaceOf(card, place),
    index: 100 + i,
    name: `slave${i}`,
    mac,
    masterIndex: place + 2,
    addresses: [],
  }));
}

export function interfaceOf(card: Card, place: number): InterfaceInfo {
  return {
    index: place + 2,
    name: card.name,
    kind: card.wiring.slaves.length > 0 ? 'bond' : null,
    ethernet: true,
    mac: card.mac,
    up: true,
    running: card.running,
    carrierLosses: card.carrierLosses,
    broadcast: true,
    noArp: false,
    loopback: false,
    masterIndex: null,
    vlan: null,
    addresses: card.ip !== null && isIpv4(card.ip) ? [{ ip: card.ip, prefixLength: PREFIX_LENGTH }] : [],
  };
}
