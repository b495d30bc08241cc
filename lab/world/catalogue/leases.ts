// DHCP that gives away what is MetalLB's, and what looks like it.
import { MILLISECOND, type Micros, SECOND } from '../../../src/base/time.ts';
import { DHCPNAK, DHCPREQUEST } from '../../../src/dhcp/option.ts';
import type { Ipv4 } from '../../../src/net/address.ts';
import { type ActionKind, allowed, demanded, type Expectation } from '../actions.ts';
import { announce } from '../address-claim.ts';
import { fromServer, toEveryone } from '../dhcp-frames.ts';
import { DhcpServer } from '../dhcp-server.ts';
import type { Random } from '../random.ts';
import type { Action, Plan } from '../scenario.ts';
import type { Station } from '../station.ts';
import { WIFI } from '../wifi.ts';
import type { World } from '../world.ts';
import { freeAddress } from './addresses.ts';

const PLAIN = { kind: 'plain' } as const;

/** Wi-Fi may lose a broadcast: the client asks again after 4 s, and then after 8. */
const LEASED_WITHIN: Micros = 14 * SECOND;

/** Half of all phones look whether an address is free before they take it. */
function isCareful({ at }: Action): boolean {
  return at % 2 === 1;
}

function newPhone(world: World, action: Action, name = action.who, clientId: string | null = null): Station {
  const phone = world.addStation({
    name,
    kind: 'phone',
    mac: world.macOf(name),
    wifi: true,
    ip: null,
    claim: { probes: isCareful(action) ? 3 : 0, announcements: 2 },
    clientId,
    present: false,
  });
  world.chatter(phone.host, world.plan.router.ip);
  return phone;
}

function leaseTo(world: World, phone: Station, ip: Ipv4): void {
  world.dhcpServer!.reserve(phone.client!.id, ip);
  phone.join();
}

function comesTo(ip: (plan: Plan, random: Random) => Ipv4): ActionKind['invent'] {
  return (random, plan) =>
    plan.router.dhcp && {
      who: 'new-phone',
      lasts: random.between(40, 90) * SECOND,
      ip: ip(plan, random),
    };
}

const aVip = (plan: Plan, random: Random) => random.pick(plan.services).ip;

/** What else is right while a lease covers a VIP. One that declines it is rid of it. */
function leasedVip(action: Action): Expectation[] {
  const { ip } = action;
  return [
    { ...demanded(['lease-on-vip'], ip, LEASED_WITHIN), holds: !isCareful(action) },
    allowed(['dhcp-range-overlaps-pool', 'lease-in-pool'], null),
    allowed(['dhcp-decline', 'foreign-claim', 'lease-conflict'], ip),
  ];
}

export const leaseOnVip: ActionKind = {
  weight: 'fault',
  invent: comesTo(aVip),
  begin: (world, action) => leaseTo(world, newPhone(world, action), action.ip!),
  end: (world, { who }) => world.station(who).leave(false),
  expect: (action) => leasedVip(action),
  tell: ({ who, ip }) => `DHCP leases the VIP ${ip} to ${who}`,
};

/** A server that the client did not choose refuses, and the client does not care. */
export const nakByAnother: ActionKind = {
  ...leaseOnVip,
  seenIn: 'lan/nak-by-another-server',
  begin: (world, action) => {
    const mac = world.macOf('second-server');
    const host = world.addHost('second-server', { name: 'lan', mac, ip: SECOND_SERVER, wiring: PLAIN });
    const phone = newPhone(world, action);
    host.listeners.add({
      frame: ({ dhcp }) => {
        const { clientMac, messageType, transactionId } = dhcp?.message ?? {};
        if (messageType !== DHCPREQUEST || clientMac !== phone.host.card.mac) return;
        const spec = {
          type: DHCPNAK,
          clientMac,
          clientId: null,
          transactionId: transactionId!,
          server: SECOND_SERVER,
        };
        const bytes = fromServer(spec, toEveryone(mac, SECOND_SERVER));
        world.queue.after(60 * MILLISECOND, () => host.send(host.card, bytes));
      },
    });
    leaseTo(world, phone, action.ip!);
  },
  end: (world, { who }) => {
    world.station(who).leave(false);
    world.host('second-server').powered = false;
  },
  expect: (action) => [...leasedVip(action), allowed(['rogue-dhcp-server'], SECOND_SERVER)],
  tell: ({ who, ip }) => `DHCP leases the VIP ${ip} to ${who}, and another server refuses`,
};

const SECOND_SERVER = '192.168.1.3' as Ipv4;
const CLONED_ID = 'ffcafe00020001';

const CLONES_IP = '192.168.1.230' as Ipv4;

/** Two machines of one image have the same identifier: that the second takes another address frees nothing. */
export const clones: ActionKind = {
  ...leaseOnVip,
  seenIn: 'lan/clones-share-client-id',
  // Whoever renews is refused, since the server knows one client with the other's address: by then the VIP would be given up.
  shape: ({ router, ...plan }) => ({
    ...plan,
    router: { ...router, dhcp: router.dhcp && { ...router.dhcp, leaseSeconds: 3_600 } },
  }),
  begin: (world, action) => {
    leaseTo(world, newPhone(world, action, action.who, CLONED_ID), action.ip!);
    const clone = newPhone(world, action, 'clone', CLONED_ID);
    world.queue.after(15 * SECOND, () => {
      world.dhcpServer!.reserve(clone.client!.id, CLONES_IP);
      clone.join();
    });
  },
  end: (world, { who }) => {
    world.station(who).leave(false);
    world.station('clone').leave(false);
  },
  // The first may be given the second one's address, too, when it asks anew.
  expect: (action, plan) => [...leaseOnVip.expect!(action, plan), allowed(['lease-conflict'], CLONES_IP)],
  tell: ({ who, ip }) => `DHCP leases the VIP ${ip} to ${who}, whose clone gets another address`,
};

export const leaseInPool: ActionKind = {
  weight: 'fault',
  invent: comesTo(freeAddress),
  begin: leaseOnVip.begin!,
  end: leaseOnVip.end!,
  expect: ({ ip }) => [
    demanded(['lease-in-pool', 'dhcp-range-overlaps-pool'], null, LEASED_WITHIN),
    allowed(['pool-address-taken'], ip),
  ],
  tell: ({ who, ip }) => `DHCP leases ${ip}, a free address of the pool, to ${who}`,
};

/** The server refuses what it knows nothing of, or is silent. */
function withServer(authoritative: boolean): Pick<ActionKind, 'shape'> {
  return {
    shape: ({ router, ...plan }) => ({
      ...plan,
      router: { ...router, dhcp: router.dhcp && { ...router.dhcp, authoritative } },
    }),
  };
}

/** It had the address elsewhere, asks for it, and is refused: nobody gave it away. */
export const comesFromElsewhere: ActionKind = {
  weight: 'gentle',
  seenIn: 'guard/nak-to-init-reboot',
  ...withServer(true),
  invent: comesTo(aVip),
  begin: (world, action) => {
    const phone = newPhone(world, action);
    phone.client!.remember(action.ip!);
    phone.join();
  },
  end: leaseOnVip.end!,
  tell: ({ who, ip }) => `${who} comes from another LAN, where it had ${ip}`,
};

/** The same, and no server says a word: whoever loses the DISCOVER that ends its asking takes that for consent. */
export const unansweredFromElsewhere: ActionKind = {
  ...comesFromElsewhere,
  seenIn: 'lan/init-reboot-unanswered',
  ...withServer(false),
  expect: ({ ip }, { nodes }) => {
    const lossy = nodes.filter(({ cards }) =>
      cards.some(({ wiring }) => wiring.kind === 'plain' && wiring.link === WIFI),
    );
    return lossy.map(({ name }) => allowed(['lease-on-vip'], ip, name));
  },
};

/** Its address is answered for by a proxy while it sleeps, as Apple's devices do for each other. */
export const sleepProxy: ActionKind = {
  weight: 'gentle',
  seenIn: 'lan/sleep-proxy-then-wake',
  invent: (random, plan) => comesTo(() => '192.168.1.231' as Ipv4)(random, plan),
  begin: (world, action) => {
    const { who, ip, lasts } = action;
    leaseTo(world, newPhone(world, action), ip!);
    const proxy = world.addHost('sleep-proxy', {
      name: 'lan',
      mac: world.macOf('sleep-proxy'),
      ip: '192.168.1.161' as Ipv4,
      wiring: PLAIN,
    });
    world.chatter(world.router, ip!);
    world.queue.after(lasts / 3, () => {
      world.station(who).host.powered = false;
      proxy.add(ip!);
      announce(world, proxy, ip!, 2);
    });
    world.queue.after((2 * lasts) / 3, () => {
      proxy.remove(ip!);
      world.station(who).host.powered = true;
      announce(world, world.station(who).host, ip!, 2);
    });
  },
  end: (world, { who }) => {
    world.station(who).leave(false);
    world.host('sleep-proxy').powered = false;
  },
  tell: ({ who }) => `${who} sleeps, and a proxy answers for it`,
};

/** Somebody plugs in a router with a DHCP server of its own, and a phone takes its offer. */
export const rogueServer: ActionKind = {
  weight: 'fault',
  invent: comesTo(() => '192.168.1.2' as Ipv4),
  begin: (world, action) => {
    const card = { name: 'lan', mac: world.macOf('rogue'), ip: action.ip, wiring: PLAIN };
    new DhcpServer(world, world.addHost('rogue', card), {
      first: '192.168.1.200' as Ipv4,
      last: '192.168.1.220' as Ipv4,
      leaseSeconds: 3_600,
      checks: false,
      authoritative: false,
    });
    world.dhcpServer!.serving = false;
    newPhone(world, action).join();
  },
  end: (world, { who }) => {
    world.station(who).leave(false);
    world.host('rogue').powered = false;
    world.dhcpServer!.serving = true;
  },
  expect: ({ ip }) => [demanded(['rogue-dhcp-server'], ip, 20 * SECOND)],
  tell: ({ who }) => `another DHCP server is on the LAN, and ${who} takes its offer`,
};
