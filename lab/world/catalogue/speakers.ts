// What becomes of MetalLB's speakers.
import { SECOND } from '../../../src/base/time.ts';
import { type ActionKind, allowed, demanded, type Expectation } from '../actions.ts';
import { anyOwner, ownedBy } from '../owners.ts';
import type { Random } from '../random.ts';
import type { Action, Plan } from '../scenario.ts';
import type { World } from '../world.ts';

/** On a node that owns a VIP, for so many seconds. */
function onAnOwner(least: number, most: number): ActionKind['invent'] {
  return (random: Random, plan: Plan) => ({
    who: anyOwner(random, plan),
    lasts: random.between(least, most) * SECOND,
    ip: null,
  });
}

/** SIGKILL, and nobody restarts it for a while: another node takes over after some five seconds. */
export const killSpeaker: ActionKind = {
  weight: 'move',
  invent: onAnOwner(20, 60),
  begin: (world, { who }) => world.node(who).speaker.kill(),
  end: (world, { who }) => world.node(who).speaker.start(),
  tell: ({ who }) => `the speaker on ${who} is killed`,
};

/** Its container is started again before the others notice: silence, and the same owner again. */
export const crashSpeaker: ActionKind = {
  ...killSpeaker,
  invent: onAnOwner(1, 3),
  tell: ({ who }) => `the speaker on ${who} crashes`,
};

/** Its Pod is deleted, and another one starts: the addresses are handed over, and come back. */
export const restartSpeaker: ActionKind = {
  weight: 'move',
  invent: onAnOwner(3, 8),
  begin: (world, { who }) => world.node(who).speaker.terminate(),
  end: (world, { who }) => world.node(who).speaker.start(),
  tell: ({ who }) => `the speaker on ${who} is restarted`,
};

/** SIGSTOP, and SIGCONT: its successor yields at once, and nobody announces anything. */
export const stopSpeaker: ActionKind = {
  weight: 'move',
  invent: onAnOwner(12, 40),
  begin: (world, { who }) => world.node(who).speaker.stop(),
  end: (world, { who }) => world.node(who).speaker.resume(),
  tell: ({ who }) => `the speaker on ${who} is stopped for a while`,
};

/** The others take three times as long as usual to notice. */
export const slowDetection: ActionKind = {
  weight: 'fault',
  invent: onAnOwner(45, 70),
  begin: (world, { who }) => {
    world.memberlist.slowBy = 9 * SECOND;
    world.node(who).speaker.kill();
  },
  end: (world, { who }) => {
    world.memberlist.slowBy = 0;
    world.node(who).speaker.start();
  },
  // 15.4 s at most until another one announces, and 5 s until that is settled.
  expect: ({ who }, plan) =>
    ownedBy(plan, who).flatMap((ip) => [
      demanded(['slow-failover'], ip, 23 * SECOND),
      allowed(['silent-vip'], ip),
    ]),
  tell: ({ who }) => `the speaker on ${who} is killed, and the others are slow to notice`,
};

/** A firewall keeps it from the others: two owners for what it owned, or for what it takes then. */
export const silenceSpeaker: ActionKind = {
  weight: 'fault',
  invent: onAnOwner(60, 90),
  begin: (world, { who }) => silence(world, who, true),
  end: (world, { who }) => silence(world, who, false),
  // 6.4 s until both announce, 5 s of grace, an interval; rejoined after 26 s at the latest, and 30 s quiet.
  expect: (_, { services }) =>
    services.flatMap(({ ip }) => [
      demanded(['split-brain'], ip, 16 * SECOND, 62 * SECOND),
      allowed(['wrong-announcer'], ip),
    ]),
  tell: ({ who }) => `the speaker on ${who} cannot talk to the others`,
};

function silence(world: World, who: string, silenced: boolean): void {
  world.node(who).speaker.silenced = silenced;
  world.memberlist.changed();
}

/** It announced, and hears no question any more: MetalLB does not notice. */
export const muteSpeaker: ActionKind = {
  weight: 'fault',
  seenIn: 'metallb/mute.control',
  invent: onAnOwner(60, 90),
  begin: (world, { who }) => {
    world.node(who).speaker.mute = true;
  },
  end: (world, { who }) => {
    world.node(who).speaker.mute = false;
  },
  // 15 s of grace, an interval, and the look of a detector.
  expect: ({ who }, plan) => silent(ownedBy(plan, who), 20),
  tell: ({ who }) => `the speaker on ${who} hears no questions`,
};

/** The same, and every few seconds something makes it announce anew. */
export const muteSpeakerAnnounces: ActionKind = {
  ...muteSpeaker,
  seenIn: 'metallb/announced-but-mute.resync',
  begin: (world, action) => {
    muteSpeaker.begin!(world, action);
    for (let after = 4 * SECOND; after < action.lasts; after += 6 * SECOND)
      world.queue.after(after, () => world.node(action.who).speaker.configChanged());
  },
  tell: ({ who }) => `the speaker on ${who} hears no questions, and announces again and again`,
};

/** A Wi-Fi card that stops to hear what is for all, as some do: the node talks on with those that it knows. */
export const deafNode: ActionKind = {
  ...muteSpeaker,
  seenIn: 'metallb/wifi-deaf',
  begin: (world, { who }) => setDeaf(world, who, true),
  end: (world, { who }) => setDeaf(world, who, false),
  tell: ({ who }) => `${who} hears no broadcasts`,
};

function setDeaf(world: World, who: string, deaf: boolean): void {
  world.node(who).host.deaf = deaf;
  for (const port of world.node(who).host.card.wiring.ports)
    port.nap = deaf ? ({ isGroup }) => (isGroup ? null : 0) : null;
}

function silent(vips: readonly Action['ip'][], seconds: number): Expectation[] {
  return vips.map((ip) => demanded(['silent-vip'], ip, seconds * SECOND, 10 * SECOND));
}

/** Every speaker at once, as by a broken upgrade. */
export const killAllSpeakers: ActionKind = {
  weight: 'fault',
  invent: (random) => ({ who: '', lasts: random.between(60, 90) * SECOND, ip: null }),
  begin: (world) => {
    for (const { speaker } of world.nodes.values()) speaker.kill();
  },
  end: (world) => {
    for (const { speaker } of world.nodes.values()) speaker.start();
  },
  // 30 s of grace once it is known that no speaker runs.
  expect: (_, { services }) =>
    silent(
      services.map(({ ip }) => ip),
      36,
    ),
  tell: () => 'all speakers are killed',
};

/** How often it crashes, and how long it stays away each time. */
const CRASHES = [0, 30, 60, 90];
const AWAY = 12;

/** Its addresses go to others and come back, again and again. */
export const crashLoop: ActionKind = {
  weight: 'fault',
  invent: onAnOwner(120, 120),
  begin: (world, { who }) => {
    for (const at of CRASHES) {
      world.queue.after(at * SECOND, () => {
        world.node(who).speaker.kill();
        world.lookAgain();
      });
      world.queue.after((at + AWAY) * SECOND, () => world.node(who).speaker.start());
    }
  },
  end: () => {},
  expect: ({ who }, plan) =>
    ownedBy(plan, who).map((ip) => demanded(['vip-flapping', 'vip-unstable'], ip, 110 * SECOND)),
  tell: ({ who }) => `the speaker on ${who} crashes again and again`,
};

/** Nobody else may have its addresses: they are away for a while each time, too short to be called silent. */
export const crashLoopAlone: ActionKind = {
  ...crashLoop,
  seenIn: 'metallb/speaker-crash-loop',
  shape: (plan, { who }) => ({
    ...plan,
    services: plan.services.map((service) => ({ ...service, policy: 'Local', endpoints: [who] })),
  }),
  /** An agent on its own node does not hear whether it answers. */
  expect: ({ who }, { services, nodes }) => {
    const isHeard = nodes.some(({ name, agent }) => agent && name !== who);
    const kinds = ['vip-flapping', 'vip-unstable'] as const;
    const announced = services.filter(({ loadBalancerClass }) => loadBalancerClass === undefined);
    return announced.map(({ ip }) => (isHeard ? demanded(kinds, ip, 110 * SECOND) : allowed(kinds, ip)));
  },
  tell: ({ who }) => `the speaker on ${who}, the only one that may announce, crashes again and again`,
};

/** Its watch of the API is dead: it goes on by what it knew, while the others obey. */
export const staleSpeaker: ActionKind = {
  weight: 'fault',
  invent: onAnOwner(170, 170),
  begin: (world, { who }) => {
    world.node(who).speaker.heedsApi = false;
    world.cluster.exclude(who, true);
  },
  end: (world, { who }) => {
    world.node(who).speaker.heedsApi = true;
    world.cluster.exclude(who, false);
  },
  expect: ({ who }, plan) =>
    ownedBy(plan, who).flatMap((ip) => [
      demanded(['split-brain'], ip, 20 * SECOND, 62 * SECOND),
      allowed(['wrong-announcer'], ip),
    ]),
  tell: ({ who }) => `${who} must announce no more, and its speaker does not hear of it`,
};
