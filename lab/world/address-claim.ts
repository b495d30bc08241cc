// How a machine comes to use an address (RFC 5227): it asks whether anybody has it, and then tells that it has it.
import { MILLISECOND, type Micros, SECOND } from '../../src/base/time.ts';
import { type Ipv4, UNSPECIFIED_IPV4 } from '../../src/net/address.ts';
import { acdAnnouncement, acdProbe } from './arp-frames.ts';
import type { Host, Listener } from './host.ts';
import type { Surroundings } from './surroundings.ts';

/** How carefully, by the system that it runs. */
export interface ClaimHabits {
  /** 0: it just takes the address. */
  readonly probes: number;
  readonly announcements: number;
}

const PROBE_EVERY = [SECOND, 2 * SECOND] as const;
const FIRST_AFTER: Micros = 200 * MILLISECOND;
const ANNOUNCE_EVERY: Micros = 2 * SECOND;

/** @param done told whether the address is free; where it is, the host has it by then. */
export function claimAddress(
  world: Surroundings,
  host: Host,
  ip: Ipv4,
  { probes, announcements }: ClaimHabits,
  done: (free: boolean) => void,
): void {
  let isTaken = false;
  const { card } = host;
  const listener: Listener = {
    frame: ({ arp }) => {
      if (!arp || arp.senderMac === card.mac) return;
      // Somebody has it, or is just about to.
      const isProbe = arp.senderIp === UNSPECIFIED_IPV4 && arp.targetIp === ip;
      if (arp.senderIp === ip || isProbe) isTaken = true;
    },
  };
  host.listeners.add(listener);
  const step = (left: number) => {
    if (isTaken || left === 0) {
      host.listeners.delete(listener);
      if (!isTaken) {
        card.ip = ip;
        world.lookAgain();
        announce(world, host, ip, announcements);
      }
      return done(!isTaken);
    }
    host.send(card, acdProbe(card.mac, ip));
    world.queue.after(host.random.between(...PROBE_EVERY), () => step(left - 1));
  };
  world.queue.after(probes === 0 ? 0 : FIRST_AFTER, () => step(probes));
}

export function announce(world: Surroundings, host: Host, ip: Ipv4, times: number): void {
  if (times === 0) return;
  host.send(host.card, acdAnnouncement(host.card.mac, ip));
  world.queue.after(ANNOUNCE_EVERY, () => announce(world, host, ip, times - 1));
}
