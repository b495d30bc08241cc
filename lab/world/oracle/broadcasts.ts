// How many questions of the agents reach everyone on the LAN: those that are put to all, and polls of a machine that the switch does
// not know where to find. Each wakes every machine there.
import { ARP_REQUEST } from '../../../src/arp/packet.ts';
import type { Micros } from '../../../src/base/time.ts';
import type { Ipv4 } from '../../../src/net/address.ts';
import { Frame } from '../frame.ts';
import type { World } from '../world.ts';

export class BroadcastCount {
  /** When each was asked, in order. */
  readonly times: Micros[] = [];

  /** A node's kernel asks for its router alone; all else that a node asks of everyone, its agent asks. */
  constructor(world: World) {
    const router: Ipv4 = world.plan.router.ip;
    for (const { host, agent } of world.nodes.values()) {
      if (!agent) continue;
      host.listeners.add({
        frame: () => {},
        sent: (bytes, { wiring }) => {
          const { arp, isGroup, ethernet } = new Frame(bytes);
          if (arp?.operation !== ARP_REQUEST) return;
          if (!isGroup && world.lan.whereIs(ethernet.destinationMac, wiring.ports[0]!)) return;
          if (arp.targetIp === router || arp.targetIp === arp.senderIp) return;
          this.times.push(world.queue.now);
        },
      });
    }
  }

  get total(): number {
    return this.times.length;
  }

  /** The most within so long a time, and when that began, of those that `counts` allows. */
  most(within: Micros, counts: (from: Micros, until: Micros) => boolean = () => true) {
    let most = { count: 0, from: 0 };
    let first = 0;
    for (const [last, at] of this.times.entries()) {
      while (this.times[first]! <= at - within) first += 1;
      const count = last - first + 1;
      const from = this.times[first]!;
      if (count > most.count && counts(from, at)) most = { count, from };
    }
    return most;
  }
}
