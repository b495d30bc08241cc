// What becomes of MetalLB's speakers.
import { SECOND } from '../../../src/base/time.ts';
import type { ActionKind, Expectation } from '../actions.ts';
import type { Random } from '../random.ts';
import type { Action, Plan } from '../scenario.ts';
import type { World } from '../world.ts';

function onOneNode(least: number, most: number): ActionKind['invent'] {
  return (random: Random, { nodes }: Plan) => ({
    who: random.pick(nodes).name,
    lasts: random.between(least, most) * SECOND,
    ip: null,
  });
}

/** SIGKILL, and nobody restarts it for a while: another node takes over after some five seconds. */
export const killSpeaker: ActionKind = {
  weight: 'move',
  invent: onOneNode(20, 60),
  begin: (world, { who }) => world.node(who).speaker.kill(),
  end: (world, { who }) => world.node(who).speaker.start(),
  tell: ({ who }) => `the speaker on ${who} is killed`,
};

/** Its container is started again before the others notice: silence, and the same owner again. */
export const crashSpeaker: ActionKind = {
  weight: 'move',
  invent: onOneNode(1, 3),
  begin: (world, { who }) => world.node(who).speaker.kill(),
  end: (world, { who }) => world.node(who).speaker.start(),
  tell: ({ who }) => `the speaker on ${who} crashes`,
};

/** Its Pod is deleted, and another one starts: the addresses are handed over, and come back. */
export const restartSpeaker: ActionKind = {
  weight: 'move',
  invent: onOneNode(3, 8),
  begin: (world, { who }) => world.node(who).speaker.terminate(),
  end: (world, { who }) => world.node(who).speaker.start(),
  tell: ({ who }) => `the speaker on ${who} is restarted`,
};

/** SIGSTOP, and SIGCONT: its successor yields at once, and nobody announces anything. */
export const stopSpeaker: ActionKind = {
  weight: 'move',
  invent: onOneNode(12, 40),
  begin: (world, { who }) => world.node(who).speaker.stop(),
  end: (world, { who }) => world.node(who).speaker.resume(),
  tell: ({ who }) => `the speaker on ${who} is stopped for a while`,
};

/** A firewall keeps it from the others: two owners for what it owned, or for what it takes then. */
export const silenceSpeaker: ActionKind = {
  weight: 'fault',
  invent: onOneNode(60, 90),
  begin: (world, { who }) => silence(world, who, true),
  end: (world, { who }) => silence(world, who, false),
  expect: (_, { services }) => services.flatMap(({ ip }) => splitOf(ip)),
  tell: ({ who }) => `the speaker on ${who} cannot talk to the others`,
};

function silence(world: World, who: string, silenced: boolean): void {
  world.node(who).speaker.silenced = silenced;
  world.memberlist.changed();
}

/** 6.4 s until both announce, 5 s of grace, an interval; rejoined after 26 s at the latest, and 30 s quiet. */
function splitOf(ip: Action['ip']): Expectation[] {
  return [
    { kinds: ['split-brain'], ip, required: true, within: 16 * SECOND, resolvedWithin: 62 * SECOND },
    { kinds: ['wrong-announcer'], ip, required: false, within: 0, resolvedWithin: null },
  ];
}

/** It announces, and hears no question: MetalLB does not notice. */
export const muteSpeaker: ActionKind = {
  weight: 'fault',
  seenIn: 'metallb/announced-but-mute.resync',
  invent: onOneNode(60, 90),
  begin: (world, { who }) => {
    world.node(who).speaker.mute = true;
  },
  end: (world, { who }) => {
    world.node(who).speaker.mute = false;
  },
  expect: ({ who }, plan) => silent(plan, who),
  tell: ({ who }) => `the speaker on ${who} hears no questions`,
};

/** 15 s of grace, an interval, and the look of a detector. */
function silent({ services }: Plan, _who: string): Expectation[] {
  return services.map(({ ip }) => ({
    kinds: ['silent-vip'],
    ip,
    required: true,
    within: 20 * SECOND,
    resolvedWithin: 10 * SECOND,
  }));
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
  expect: (action, plan) => silent(plan, action.who).map((one) => ({ ...one, within: 35 * SECOND })),
  tell: () => 'all speakers are killed',
};

/** Away for twelve seconds of each half minute: its addresses go and come. */
export const crashLoop: ActionKind = {
  weight: 'fault',
  seenIn: 'metallb/speaker-crash-loop',
  invent: onOneNode(120, 121),
  begin: (world, action) => {
    for (const at of [0, 30, 60, 90]) {
      world.queue.after(at * SECOND, () => {
        world.node(action.who).speaker.kill();
        world.lookAgain();
      });
      world.queue.after((at + 12) * SECOND, () => world.node(action.who).speaker.start());
    }
  },
  end: () => {},
  expect: (_, { services }) =>
    services.map(({ ip }) => ({
      kinds: ['vip-flapping', 'vip-unstable'],
      ip,
      required: true,
      within: 110 * SECOND,
      resolvedWithin: null,
    })),
  tell: ({ who }) => `the speaker on ${who} crashes again and again`,
};

/** Its watch of the API is dead: it goes on by what it knew, while the others obey. */
export const staleSpeaker: ActionKind = {
  weight: 'fault',
  invent: onOneNode(170, 171),
  begin: (world, { who }) => {
    world.node(who).speaker.heedsApi = false;
    world.cluster.exclude(who, true);
  },
  end: (world, { who }) => {
    world.node(who).speaker.heedsApi = true;
    world.cluster.exclude(who, false);
  },
  expect: (_, { services }) =>
    services.map(({ ip }) => ({
      kinds: ['wrong-announcer', 'split-brain'],
      ip,
      required: true,
      within: 135 * SECOND,
      resolvedWithin: 62 * SECOND,
    })),
  tell: ({ who }) => `${who} must announce no more, and its speaker does not hear of it`,
};
