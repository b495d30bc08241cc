// What is meant to be served, and by whom: as people and controllers change it.
import { SECOND } from '../../../src/base/time.ts';
import { type ActionKind, allowed, demanded } from '../actions.ts';
import { ownerOf } from '../owners.ts';
import type { Action } from '../scenario.ts';
import type { World } from '../world.ts';

export const excludeNode: ActionKind = {
  weight: 'move',
  invent: (random, { nodes }) => ({
    who: random.pick(nodes).name,
    lasts: random.between(20, 80) * SECOND,
    ip: null,
  }),
  begin: (world, { who }) => world.cluster.exclude(who, true),
  end: (world, { who }) => world.cluster.exclude(who, false),
  tell: ({ who }) => `${who} is labelled, so that it announces nothing`,
};

/** Its Pod moves to another node, and under `externalTrafficPolicy: Local` the address follows. */
export const moveEndpoint: ActionKind = {
  weight: 'move',
  invent: (random, { nodes, services }) => {
    const service = random.pick(services);
    return { who: random.pick(nodes).name, lasts: random.between(30, 90) * SECOND, ip: service.ip };
  },
  begin: (world, action) => {
    change(world, action, { policy: 'Local', endpoints: [action.who] });
  },
  end: (world, action) => {
    const { policy, endpoints } = world.plan.services.find(({ ip }) => ip === action.ip)!;
    change(world, action, { policy, endpoints });
  },
  tell: ({ who, ip }) => `the one Pod behind ${ip} is on ${who} now, and local traffic alone is wanted`,
};

function change(
  world: World,
  { ip }: Action,
  changed: Pick<Parameters<World['cluster']['setService']>[0], 'policy' | 'endpoints'>,
): void {
  const service = world.cluster.services.find((one) => one.ip === ip);
  if (service) world.cluster.setService({ ...service, ...changed });
}

/** Deleted, and made again. */
export const deleteService: ActionKind = {
  weight: 'move',
  invent: (random, { services }) => ({
    who: '',
    lasts: random.between(30, 90) * SECOND,
    ip: random.pick(services).ip,
  }),
  begin: (world, { ip }) => {
    const service = world.cluster.services.find((one) => one.ip === ip);
    if (service) world.cluster.removeService(service.name);
  },
  end: (world, { ip }) => {
    world.cluster.setService(world.plan.services.find((one) => one.ip === ip)!);
  },
  tell: ({ ip }) => `the Service of ${ip} is deleted`,
};

/** Every change makes all owners announce again. */
export const resync: ActionKind = {
  weight: 'gentle',
  invent: () => ({ who: '', lasts: 0, ip: null }),
  begin: (world) => {
    for (const { speaker } of world.nodes.values()) speaker.configChanged();
  },
  tell: () => 'MetalLB announces everything again',
};

/** Deleted, and the node that had it answers on: MetalLB's bug, or an address left on an interface. */
export const strayAddress: ActionKind = {
  weight: 'fault',
  seenIn: 'metallb/released-address-still-answered',
  invent: (random, plan) => {
    if (plan.services.length < 2) return null;
    const service = random.pick(plan.services);
    const who = ownerOf(plan, service)!;
    return { who, lasts: random.between(140, 170) * SECOND, ip: service.ip };
  },
  begin: (world, action) => {
    deleteService.begin!(world, action);
    world.node(action.who).host.add(action.ip!);
  },
  end: (world, action) => {
    world.node(action.who).host.remove(action.ip!);
    deleteService.end!(world, action);
  },
  expect: ({ ip }) => [demanded(['stray-address'], ip, 135 * SECOND)],
  tell: ({ who, ip }) => `the Service of ${ip} is deleted, and ${who} goes on answering for it`,
};

/** The new owner announces it, and on the old one the kernel has it as well. */
export const leftOnOldNode: ActionKind = {
  weight: 'fault',
  seenIn: 'metallb/left-on-old-leader',
  invent: (random, plan) => {
    const service = random.pick(plan.services);
    const others = plan.nodes.filter(({ name }) => name !== ownerOf(plan, service));
    return { who: random.pick(others).name, lasts: random.between(60, 90) * SECOND, ip: service.ip };
  },
  begin: (world, { who, ip }) => world.node(who).host.add(ip!),
  end: (world, { who, ip }) => world.node(who).host.remove(ip!),
  expect: ({ ip }) => [
    demanded(['split-brain'], ip, 20 * SECOND, 40 * SECOND),
    allowed(['wrong-announcer'], ip),
  ],
  tell: ({ who, ip }) => `${ip} is on an interface of ${who}, and its kernel answers`,
};

/** kube-proxy in IPVS mode without strictARP: every node has every VIP on an interface. */
export const ipvsWithoutStrictArp: ActionKind = {
  ...leftOnOldNode,
  seenIn: 'metallb/ipvs-no-strictarp',
  invent: (random, plan) => ({ ...leftOnOldNode.invent(random, plan)!, who: '' }),
  begin: (world, { ip }) => {
    for (const { host } of world.nodes.values()) host.add(ip!);
  },
  end: (world, { ip }) => {
    for (const { host } of world.nodes.values()) host.remove(ip!);
  },
  tell: ({ ip }) => `${ip} is on an interface of every node, and their kernels answer`,
};
