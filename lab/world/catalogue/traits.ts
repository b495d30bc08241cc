// How a LAN may be built, from the beginning to the end.
import { SECOND } from '../../../src/base/time.ts';
import type { Ipv4, Mac } from '../../../src/net/address.ts';
import { type ActionKind, allowed, demanded } from '../actions.ts';
import { announce } from '../address-claim.ts';
import type { CardPlan } from '../host.ts';
import { stationMac } from '../macs.ts';
import { Random } from '../random.ts';
import type { Action, NodePlan, Plan } from '../scenario.ts';
import { WIFI } from '../wifi.ts';

const ALWAYS = { at: 0, lasts: 0, ip: null } as const;

/** Of one node. */
function ofNode(
  told: string,
  cards: (card: CardPlan, plan: Plan, action: Action) => readonly CardPlan[],
  more: Pick<ActionKind, 'seenIn' | 'expect'> = {},
): ActionKind {
  return {
    weight: 'trait',
    ...more,
    invent: (random, { nodes }) => ({ ...ALWAYS, who: random.pick(nodes).name }),
    shape: (plan, action) => ({
      ...plan,
      nodes: plan.nodes.map((node) =>
        node.name === action.who ? { ...node, cards: cards(node.cards[0]!, plan, action) } : node,
      ),
    }),
    tell: ({ who }) => `${who} ${told}`,
  };
}

function macFor(plan: Plan, { who, kind }: Action) {
  return stationMac(new Random(`${plan.seed} ${kind} ${who}`));
}

/** A node that speaks with more MACs than one may be called that, as a warning, and nothing more. */
function mayDiffer({ who }: Action, { nodes, services }: Plan) {
  const addresses = [...services.map(({ ip }) => ip), ...addressOf(nodes, who)];
  return addresses.map((ip) => allowed(['node-mac-differs'], ip));
}

function addressOf(nodes: readonly NodePlan[], who: string): Ipv4[] {
  return nodes.flatMap(({ name, cards }) => (name === who ? (cards[0]!.ip ?? []) : []));
}

export const wifiNode = ofNode('is on Wi-Fi', (card) => [{ ...card, wiring: { kind: 'plain', link: WIFI } }]);

export const bondAlb = ofNode(
  'has a bond in mode balance-alb',
  (card, plan, action) => [{ ...card, wiring: { kind: 'bond-alb', second: macFor(plan, action) } }],
  { seenIn: 'metallb/bond-alb.learned', expect: mayDiffer },
);

export const behindExtender = ofNode(
  'is behind an extender that puts its own MAC in the place of others',
  (card, plan, action) => [{ ...card, wiring: { kind: 'extender', extender: macFor(plan, action) } }],
  { seenIn: 'metallb/behind-repeater.listed', expect: mayDiffer },
);

export const twoCards = ofNode(
  'has two cards in the LAN, and answers on both for everything',
  (card, plan, action) => [
    card,
    { name: 'eth1', mac: macFor(plan, action), ip: null, wiring: { kind: 'plain' } },
  ],
  { seenIn: 'metallb/two-cards-one-lan.uneven', expect: mayDiffer },
);

/** So that most nodes' MACs are to be learned. */
export const fewAgents: ActionKind = {
  weight: 'trait',
  invent: (_, { nodes }) => (nodes.length < 3 ? null : { ...ALWAYS, who: '' }),
  shape: (plan) => ({
    ...plan,
    nodes: plan.nodes.map((node, place) => (place < 2 ? node : { ...node, agent: null })),
  }),
  tell: () => 'only the first two nodes have an agent',
};

export const gatewayInPool: ActionKind = {
  weight: 'trait',
  seenIn: 'metallb/gateway-in-pool',
  invent: (_, { router }) => ({ ...ALWAYS, who: '', ip: router.ip }),
  shape: (plan, { ip }) => ({
    ...plan,
    pools: [...plan.pools, { name: 'gateway', addresses: `${ip}-${ip}` }],
  }),
  expect: ({ ip }) => [demanded(['pool-address-taken', 'gateway-in-pool'], ip, 60 * SECOND)],
  tell: ({ ip }) => `a pool holds the router's address ${ip}`,
};

/** A router with a wrong netmask answers for the whole LAN. */
export const proxyArp: ActionKind = {
  weight: 'fault',
  seenIn: 'metallb/proxy-arp-for-all',
  invent: (random) => ({ who: 'router', lasts: random.between(60, 90) * SECOND, ip: null }),
  begin: (world) => {
    world.router.proxyFor = () => true;
  },
  end: (world) => {
    world.router.proxyFor = () => false;
  },
  expect: () => [
    // Who only answers is found by the sweep.
    demanded(['proxy-arp'], null, 33 * SECOND),
    allowed(['foreign-claim', 'pool-address-taken', 'node-address-conflict'], null),
  ],
  tell: () => 'the router answers for all addresses of the LAN',
};

/** Not MetalLB's: the nodes' own keepalived, with `use_vmac`. */
const VRRP_MAC = '00:00:5e:00:01:33' as Mac;
const VRRP_IP = '192.168.1.239' as Ipv4;

export const vrrpOnNodes: ActionKind = {
  weight: 'trait',
  invent: () => ({ ...ALWAYS, who: '', ip: VRRP_IP }),
  shape: (plan) => ({
    ...plan,
    services: [
      ...plan.services,
      {
        name: 'lb/keepalived',
        ip: VRRP_IP,
        policy: 'Cluster',
        endpoints: plan.nodes.map(({ name }) => name),
        loadBalancerClass: 'example.org/keepalived',
      },
    ],
  }),
  begin: (world) => {
    const wiring = { kind: 'plain' } as const;
    const master = world.addHost('vrrp-master', { name: 'vrrp', mac: VRRP_MAC, ip: VRRP_IP, wiring });
    announce(world, master, VRRP_IP, 5);
    world.chatter(world.router, VRRP_IP);
  },
  tell: ({ ip }) => `keepalived has ${ip} on a node, with VRRP's virtual MAC`,
};
