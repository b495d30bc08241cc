// DHCP that gives away what is MetalLB's.
import { SECOND } from '../../../src/base/time.ts';
import type { Ipv4 } from '../../../src/net/address.ts';
import type { ActionKind, Expectation } from '../actions.ts';
import { DhcpServer } from '../dhcp-server.ts';
import type { Action, Plan } from '../scenario.ts';
import type { World } from '../world.ts';
import { freeAddress } from './addresses.ts';

/** A phone that comes to the LAN, and how carefully it takes an address. */
function newPhone(world: World, { who, at }: Action) {
  const probes = at % 2 === 0 ? 0 : 3;
  return world.addStation({
    name: who,
    kind: 'phone',
    mac: world.macOf(who),
    wifi: true,
    ip: null,
    claim: { probes, announcements: 2 },
    present: false,
  });
}

function leaseOf(world: World, action: Action): void {
  const phone = newPhone(world, action);
  world.dhcpServer!.reserve(phone.client!.id, action.ip!);
  phone.join();
  world.chatter(phone.host, world.plan.router.ip);
}

function comeTo(ip: (plan: Plan) => Ipv4): ActionKind['invent'] {
  return (random, plan) =>
    plan.router.dhcp && {
      who: 'new-phone',
      lasts: random.between(40, 90) * SECOND,
      ip: ip(plan),
    };
}

function may(kinds: readonly string[], ip: Action['ip']): Expectation {
  return { kinds, ip, required: false, within: 0, resolvedWithin: null };
}

export const leaseOnVip: ActionKind = {
  weight: 'fault',
  invent: (random, plan) => comeTo(({ services }) => random.pick(services).ip)(random, plan),
  begin: leaseOf,
  end: (world, { who }) => world.station(who).leave(false),
  expect: ({ ip }) => [
    { kinds: ['lease-on-vip'], ip, required: true, within: 3 * SECOND, resolvedWithin: null },
    may(['dhcp-range-overlaps-pool', 'lease-in-pool'], null),
    may(['dhcp-decline', 'foreign-claim', 'lease-conflict'], ip),
  ],
  tell: ({ who, ip }) => `DHCP leases the VIP ${ip} to ${who}`,
};

export const leaseInPool: ActionKind = {
  weight: 'fault',
  invent: comeTo(freeAddress),
  begin: leaseOf,
  end: (world, { who }) => world.station(who).leave(false),
  expect: ({ ip }) => [
    {
      kinds: ['lease-in-pool', 'dhcp-range-overlaps-pool'],
      ip: null,
      required: true,
      within: 3 * SECOND,
      resolvedWithin: null,
    },
    may(['pool-address-taken'], ip),
  ],
  tell: ({ who, ip }) => `DHCP leases ${ip}, a free address of the pool, to ${who}`,
};

/** Somebody plugs in a router with a DHCP server of its own, and a phone takes its offer. */
export const rogueServer: ActionKind = {
  weight: 'fault',
  invent: comeTo(() => '192.168.1.2' as Ipv4),
  begin: (world, action) => {
    const wiring = { kind: 'plain' } as const;
    const host = world.addHost('rogue', { name: 'lan', mac: world.macOf('rogue'), ip: action.ip, wiring });
    new DhcpServer(world, host, {
      first: '192.168.1.200' as Ipv4,
      last: '192.168.1.220' as Ipv4,
      leaseSeconds: 3_600,
      checks: false,
      authoritative: false,
    });
    world.dhcpServer!.serving = false;
    const phone = newPhone(world, action);
    phone.join();
  },
  end: (world, { who }) => {
    world.station(who).leave(false);
    world.host('rogue').powered = false;
    world.dhcpServer!.serving = true;
  },
  expect: ({ ip }) => [
    { kinds: ['rogue-dhcp-server'], ip, required: true, within: 20 * SECOND, resolvedWithin: null },
  ],
  tell: ({ who }) => `another DHCP server is on the LAN, and ${who} takes its offer`,
};
