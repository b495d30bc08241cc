// Strangers that use addresses of the pools.
import { SECOND } from '../../../src/base/time.ts';
import { type Ipv4, ipv4Number } from '../../../src/net/address.ts';
import type { ActionKind, Expectation } from '../actions.ts';
import { announce } from '../address-claim.ts';
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

/** Answers are seen by whoever asks, within its interval; quiet for a minute it is over. */
function foreign(ip: Action['ip']): Expectation[] {
  return [{ kinds: ['foreign-claim'], ip, required: true, within: 5 * SECOND, resolvedWithin: 75 * SECOND }];
}

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
  begin: settle,
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
  expect: ({ ip }) => [
    { kinds: ['pool-address-taken'], ip, required: true, within: 5 * SECOND, resolvedWithin: null },
  ],
  tell: ({ who, ip }) => `${who} is given ${ip}, a free address of the pool`,
};

/** Another cluster with the same pool announces a VIP, by MetalLB's own habits. */
export const secondCluster: ActionKind = {
  ...strangerOnVip,
  seenIn: 'metallb/two-clusters',
  begin: (world, action) => {
    settle(world, { ...action, who: 'other-cluster' });
    const host = world.host('other-cluster');
    for (let round = 0; round < 5; round += 1)
      world.queue.after(round * 1.1 * SECOND, () => announce(world, host, action.ip!, 1));
  },
  end: (world) => vanish(world, { ...NOBODY, who: 'other-cluster' }),
  tell: ({ ip }) => `a node of another cluster announces ${ip}`,
};

const NOBODY: Action = { kind: 'stranger-on-vip', at: 0, lasts: 0, who: '', ip: null };
