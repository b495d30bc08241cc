// A machine that says whatever comes to its mind: nothing that is kept of it may grow without bound.
import { MILLISECOND, SECOND } from '../../../src/base/time.ts';
import { DHCPREQUEST } from '../../../src/dhcp/option.ts';
import type { Ipv4 } from '../../../src/net/address.ts';
import { type ActionKind, allowed, demanded } from '../actions.ts';
import { acdAnnouncement } from '../arp-frames.ts';
import { fromClient, toEveryone } from '../dhcp-frames.ts';
import { stationMac } from '../macs.ts';
import { freeAddress } from './addresses.ts';

/** More than are kept of one address, and more than are told. */
const CLAIMANTS = 30;
/** More than are kept of a segment. */
const DHCP_SERVERS = 300;
const EVERY = 20 * MILLISECOND;

export const flood: ActionKind = {
  weight: 'fault',
  invent: (random, { services }) => ({ who: 'flooder', lasts: 10 * SECOND, ip: random.pick(services).ip }),
  begin: (world, { who, ip }) => {
    const wiring = { kind: 'plain' } as const;
    const host = world.addHost(who, { name: 'lan', mac: world.macOf(who), ip: null, wiring });
    const random = host.random.fork('flood');
    for (let i = 0; i < CLAIMANTS; i += 1) {
      const mac = stationMac(random);
      world.queue.after(i * EVERY, () => {
        for (const claimed of [ip!, freeAddress(world.plan)])
          host.send(host.card, acdAnnouncement(mac, claimed));
      });
    }
    for (let i = 0; i < DHCP_SERVERS; i += 1) {
      const clientMac = stationMac(random);
      const server = `10.66.${i >> 8}.${i % 256}` as Ipv4;
      const asks = { type: DHCPREQUEST, clientMac, clientId: null, transactionId: i + 1, server };
      const spec = { ...asks, requested: '192.168.1.99' as Ipv4 };
      world.queue.after(i * EVERY, () => host.send(host.card, fromClient(spec, toEveryone(clientMac))));
    }
  },
  end: (world, { who }) => {
    world.host(who).powered = false;
  },
  expect: ({ ip }) => [
    demanded(['foreign-claim'], ip, 5 * SECOND),
    allowed(['pool-address-taken', 'rogue-dhcp-server', 'lease-conflict'], null),
  ],
  tell: ({ who, ip }) => `${who} claims ${ip} with many MACs, and names hundreds of DHCP servers`,
};
