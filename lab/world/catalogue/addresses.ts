// Strangers that use addresses of the pools.

import { ARP_REQUEST } from '../../../src/arp/packet.ts';
import { SECOND } from '../../../src/base/time.ts';
import { type Ipv4, ipv4Number, type Mac } from '../../../src/net/address.ts';
import { gratuitousRound } from '../../metallb-speaker.ts';
import { type ActionKind, demanded } from '../actions.ts';
import { announce } from '../address-claim.ts';
import { arpReply } from '../arp-frames.ts';
import type { Action, Plan } from '../scenario.ts';
import type { World } from '../world.ts';

/** One of the pool that no Service has. */
export function freeAddress({ services }: Plan): Ipv4 {
  const taken = services.map(({ ip }) => ipv4Number(ip) % 256);
  for (let last = 249; last > 240; last -= 1) {
    if (!taken.includes(last)) return `192.168.1.${last}` as Ipv4;
  }
  throw new RangeError('The pool is full');
}

function settle(world: World, { who, ip }: Action): void {
  const host = world.addHost(who, { name: 'lan', mac: world.macOf(who), ip, wiring: { kind: 'plain' } });
  world.chatter(host, world.plan.router.ip);
}

function vanish(world: World, { who }: Action): void {
  world.host(who).powered = false;
}

/** Quiet for a minute it is over. */
function foreign(ip: Action['ip'], within = 5 * SECOND) {
  return [demanded(['foreign-claim'], ip, within, 75 * SECOND)];
}

/** Its answers are seen once everybody is asked: every 30 s. */
const UNANNOUNCED = 38 * SECOND;

/** A machine is given the VIP by hand: it announces it, and answers beside the node. */
export const strangerOnVip: ActionKind = {
  weight: 'fault',
  invent: (random, { services }) => ({
    who: 'stranger',
    lasts: random.between(30, 60) * SECOND,
    ip: random.pick(services).ip,
  }),
  begin: (world, action) => {
    settle(world, action);
    announce(world, world.host(action.who), action.ip!, 2);
  },
  end: vanish,
  expect: ({ ip }) => foreign(ip),
  tell: ({ who, ip }) => `${who} is given the VIP ${ip}`,
};

/** The same without a word: only its answers show it. */
export const quietStrangerOnVip: ActionKind = {
  ...strangerOnVip,
  invent: (random, { services }) => ({
    who: 'stranger',
    lasts: random.between(60, 90) * SECOND,
    ip: random.pick(services).ip,
  }),
  begin: settle,
  expect: ({ ip }) => foreign(ip, UNANNOUNCED),
  tell: ({ who, ip }) => `${who} answers for the VIP ${ip}, and announces nothing`,
};

export const strangerInPool: ActionKind = {
  weight: 'fault',
  invent: (random, plan) => ({
    who: 'stranger',
    lasts: random.between(30, 60) * SECOND,
    ip: freeAddress(plan),
  }),
  begin: strangerOnVip.begin!,
  end: vanish,
  expect: ({ ip }) => [demanded(['pool-address-taken'], ip, 5 * SECOND)],
  tell: ({ who, ip }) => `${who} is given ${ip}, a free address of the pool`,
};

const ROUNDS = 5;
const ROUND = 1.1 * SECOND;

/** Another cluster has the same pool, and announces a VIP and a free address, by MetalLB's own habits. */
export const secondCluster: ActionKind = {
  ...strangerOnVip,
  seenIn: 'metallb/two-clusters',
  invent: (random, plan) => ({ ...strangerOnVip.invent(random, plan)!, who: 'other-cluster' }),
  begin: (world, action) => {
    settle(world, action);
    const host = world.host(action.who);
    const addresses = [action.ip!, freeAddress(world.plan)];
    for (const ip of addresses) host.add(ip);
    const round = () => {
      for (const ip of addresses) {
        for (const bytes of gratuitousRound(ip, { mac: host.card.mac, linkLocal: null }))
          host.send(host.card, bytes);
      }
    };
    for (let i = 0; i < ROUNDS; i += 1) world.queue.after(i * ROUND, round);
  },
  expect: ({ ip }, plan) => [...foreign(ip), demanded(['pool-address-taken'], freeAddress(plan), 5 * SECOND)],
  tell: ({ ip }) => `a node of another cluster announces ${ip}`,
};

/** Microsoft's load balancing in multicast mode: a reply that names a group's MAC, which Linux takes into its table. */
export const multicastMacOnVip: ActionKind = {
  ...quietStrangerOnVip,
  seenIn: 'lan/multicast-mac-claims-vip',
  begin: (world, { who, ip }) => {
    const host = world.addHost(who, {
      name: 'lan',
      mac: world.macOf(who),
      ip: null,
      wiring: { kind: 'plain' },
    });
    const { card } = host;
    const group = `03:bf:${card.mac.slice(6)}` as Mac;
    host.listeners.add({
      frame: ({ arp }) => {
        if (arp?.operation === ARP_REQUEST && arp.targetIp === ip && arp.senderIp !== ip)
          host.send(card, arpReply(group, ip!, arp, card.mac));
      },
    });
  },
  tell: ({ who, ip }) => `${who} answers for the VIP ${ip} with a group's MAC`,
};
