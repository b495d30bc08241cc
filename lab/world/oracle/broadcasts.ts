// How many questions the agents put to everyone on the LAN: each wakes every machine there.
import { ARP_REQUEST } from '../../../src/arp/packet.ts';
import type { Ipv4 } from '../../../src/net/address.ts';
import { Frame } from '../frame.ts';
import type { World } from '../world.ts';

export class BroadcastCount {
  #total = 0;

  /** A node's kernel asks for its router alone; all else that a node asks of everyone, its agent asks. */
  constructor(world: World) {
    const router: Ipv4 = world.plan.router.ip;
    for (const { host, agent } of world.nodes.values()) {
      if (!agent) continue;
      host.listeners.add({
        frame: () => {},
        sent: (bytes) => {
          const { arp, isGroup } = new Frame(bytes);
          if (!isGroup || arp?.operation !== ARP_REQUEST) return;
          if (arp.targetIp === router || arp.targetIp === arp.senderIp) return;
          this.#total += 1;
        },
      });
    }
  }

  get total(): number {
    return this.#total;
  }
}
