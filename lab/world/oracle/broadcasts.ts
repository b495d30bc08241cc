// How many questions each agent puts to everyone on the LAN: each wakes every machine there.
import { ARP_REQUEST } from '../../../src/arp/packet.ts';
import type { Ipv4 } from '../../../src/net/address.ts';
import { Frame } from '../frame.ts';
import type { World } from '../world.ts';

export class BroadcastCount {
  readonly #counts = new Map<string, number>();

  /** A node's kernel asks for its router alone; all else that a node asks of everyone, its agent asks. */
  constructor(world: World) {
    const router: Ipv4 = world.plan.router.ip;
    for (const { host, agent } of world.nodes.values()) {
      if (!agent) continue;
      this.#counts.set(host.name, 0);
      host.listeners.add({
        frame: () => {},
        sent: (bytes) => {
          const { arp, isGroup } = new Frame(bytes);
          if (!isGroup || arp?.operation !== ARP_REQUEST) return;
          if (arp.targetIp === router || arp.targetIp === arp.senderIp) return;
          this.#counts.set(host.name, this.#counts.get(host.name)! + 1);
        },
      });
    }
  }

  /** By agent. */
  get counts(): ReadonlyMap<string, number> {
    return this.#counts;
  }

  get total(): number {
    return [...this.#counts.values()].reduce((sum, count) => sum + count, 0);
  }
}
