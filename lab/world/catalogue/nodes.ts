// What becomes of whole nodes, and of their cables.
import { SECOND } from '../../../src/base/time.ts';
import { type ActionKind, allowed, demanded } from '../actions.ts';
import { announce } from '../address-claim.ts';
import { anyOwner } from '../owners.ts';
import type { Plan } from '../scenario.ts';
import type { World } from '../world.ts';

const STARTS_AFTER = [4 * SECOND, 9 * SECOND] as const;

function powerOff(world: World, who: string): void {
  const { host, speaker, agent } = world.node(who);
  speaker.kill();
  agent?.crash();
  host.powered = false;
  for (const card of host.cards) card.pull();
  world.cluster.nodeLost(who);
}

function powerOn(world: World, who: string): void {
  const { host, speaker, agent } = world.node(who);
  host.powered = true;
  for (const card of host.cards) card.plugBack();
  world.cluster.nodeBack(who);
  world.queue.after(host.random.between(...STARTS_AFTER), () => {
    speaker.start();
    world.lookAgain();
  });
  world.queue.after(host.random.between(...STARTS_AFTER), () => agent?.start());
}

export const powerCut: ActionKind = {
  weight: 'move',
  invent: (random, plan) => ({
    who: anyOwner(random, plan),
    lasts: random.between(30, 80) * SECOND,
    ip: null,
  }),
  begin: (world, { who }) => powerOff(world, who),
  end: (world, { who }) => powerOn(world, who),
  tell: ({ who }) => `${who} loses its power`,
};

/** Installed anew on another machine: the same name and address, another MAC, no journal. */
export const rebuildNode: ActionKind = {
  weight: 'move',
  seenIn: 'metallb/node-rebuilt.listed',
  invent: (random, plan) => ({
    who: anyOwner(random, plan),
    lasts: random.between(60, 100) * SECOND,
    ip: null,
  }),
  begin: (world, { who }) => powerOff(world, who),
  end: (world, { who }) => {
    const { host, agent } = world.node(who);
    host.card.mac = world.macOf(`${who} rebuilt`);
    agent?.loseDisk();
    powerOn(world, who);
    world.queue.after(SECOND, () => announce(world, host, host.card.ip!, 2));
  },
  expect: (_, { nodes, services }) =>
    [...nodes.map(({ cards }) => cards[0]!.ip), ...services.map(({ ip }) => ip)].map((ip) =>
      allowed(['node-mac-differs'], ip),
    ),
  tell: ({ who }) => `${who} is replaced by a new machine`,
};

/** Its speaker lives on, alone, and takes everything; back on the LAN, there are two of it for a while. */
export const pullCable: ActionKind = {
  weight: 'fault',
  invent: (random, plan) => ({
    who: anyOwner(random, plan),
    lasts: random.between(20, 60) * SECOND,
    ip: null,
  }),
  begin: (world, { who }) => {
    const { host, agent } = world.node(who);
    for (const card of host.cards) card.pull();
    agent?.interfacesChanged();
  },
  end: (world, { who }) => {
    const { host, agent } = world.node(who);
    for (const card of host.cards) card.plugBack();
    agent?.interfacesChanged();
  },
  expect: (_, plan) => afterSplit(plan),
  tell: ({ who }) => `somebody pulls the cable of ${who}`,
};

/** The LAN falls into two: some nodes on each side. */
export const partition: ActionKind = {
  weight: 'fault',
  seenIn: 'metallb/partition.quiet-lan',
  invent: (random, plan) => ({
    who: anyOwner(random, plan),
    lasts: random.between(20, 60) * SECOND,
    ip: null,
  }),
  begin: (world, { who }) => setSide(world, who, 1),
  end: (world, { who }) => setSide(world, who, 0),
  expect: (_, plan) => afterSplit(plan),
  tell: ({ who }) => `${who} and all that follow it are cut off from the rest`,
};

function setSide(world: World, from: string, side: number): void {
  const names = [...world.nodes.keys()];
  for (const name of names.slice(names.indexOf(from))) setSideOf(world, name, side);
}

function setSideOf(world: World, node: string, side: number): void {
  for (const card of world.node(node).host.cards) {
    for (const port of card.wiring.ports) port.side = side;
  }
}

/**
 * Its port of the switch is dead, while its link is up: it hears nobody. It owns nothing and may own nothing, so that its agent
 * goes on asking, and must not call silent what it alone does not hear.
 */
export const cutOff: ActionKind = {
  weight: 'fault',
  invent: (random, { nodes }) => ({
    who: random.pick(nodes).name,
    lasts: random.between(30, 60) * SECOND,
    ip: null,
  }),
  shape: (plan, { who }) => {
    const endpoints = plan.nodes.map(({ name }) => name).filter((name) => name !== who);
    return {
      ...plan,
      services: plan.services.map((service) => ({ ...service, policy: 'Local', endpoints })),
    };
  },
  begin: (world, { who }) => setSideOf(world, who, 1),
  end: (world, { who }) => setSideOf(world, who, 0),
  tell: ({ who }) => `${who} hears nobody, and nobody hears it`,
};

/**
 * Once they hear each other again, both own it until the speakers rejoin, 8 to 26 s later: how long, the truth tells. Meanwhile
 * whoever is cut off may call silent what it does not hear.
 */
function afterSplit({ services }: Plan) {
  return services.flatMap(({ ip }) => [
    allowed(['split-brain'], ip),
    allowed(['silent-vip'], ip),
    allowed(['wrong-announcer'], ip),
  ]);
}

/** A second machine is given a node's address by hand. */
export const nodeAddressTaken: ActionKind = {
  weight: 'fault',
  invent: (random, { nodes }) => {
    const node = random.pick(nodes);
    return { who: 'second-host', lasts: random.between(60, 90) * SECOND, ip: node.cards[0]!.ip };
  },
  begin: (world, { who, ip }) => {
    const host = world.addHost(who, { name: 'lan', mac: world.macOf(who), ip, wiring: { kind: 'plain' } });
    announce(world, host, ip!, 2);
    world.chatter(host, world.plan.router.ip);
  },
  end: (world, { who }) => {
    world.host(who).powered = false;
  },
  expect: ({ ip }, { nodes, services }) => {
    // Where no agent publishes the node's MACs, two cards would do the same, and either of the two may be taken for the node.
    const areLearned = nodes.some(({ cards, agent }) => cards[0]!.ip === ip && agent === null);
    if (!areLearned) return [demanded(['node-address-conflict'], ip, 35 * SECOND)];
    const strange = services.map((service) => allowed(['foreign-claim'], service.ip));
    return [demanded(['node-address-conflict', 'node-mac-differs'], ip, 35 * SECOND), ...strange];
  },
  tell: ({ who, ip }) => `${who} is given ${ip}, the address of a node`,
};

/** A node is given another node's address by hand. */
export const nodeTakesNodesAddress: ActionKind = {
  weight: 'fault',
  seenIn: 'metallb/node-takes-nodes-address',
  invent: (random, { nodes }) => {
    const [taker, owner] = random.shuffled(nodes);
    return { who: taker!.name, lasts: random.between(60, 90) * SECOND, ip: owner!.cards[0]!.ip };
  },
  begin: (world, { who, ip }) => {
    const { host } = world.node(who);
    host.add(ip!);
    announce(world, host, ip!, 3);
  },
  end: (world, { who, ip }) => world.node(who).host.remove(ip!),
  expect: ({ ip }) => [demanded(['node-address-conflict'], ip, 35 * SECOND)],
  tell: ({ who, ip }) => `${who} is given ${ip}, the address of another node`,
};
