// What becomes of MetalLB's speakers.
import { SECOND } from '../../../src/base/time.ts';
import type { ActionKind } from '../actions.ts';

/** SIGKILL, and nobody restarts it for a while: another node takes over after some five seconds. */
export const killSpeaker: ActionKind = {
  healthy: true,
  seenIn: null,
  invent: (random, { nodes }) => ({
    who: random.pick(nodes).name,
    lasts: random.between(20, 60) * SECOND,
    ip: null,
  }),
  begin: (world, { who }) => world.node(who).speaker.kill(),
  end: (world, { who }) => world.node(who).speaker.start(),
  tell: ({ who }) => `the speaker on ${who} is killed`,
};

/** Its Pod is deleted, and another one starts: the addresses are handed over, and come back. */
export const restartSpeaker: ActionKind = {
  healthy: true,
  seenIn: null,
  invent: (random, { nodes }) => ({
    who: random.pick(nodes).name,
    lasts: random.between(3, 8) * SECOND,
    ip: null,
  }),
  begin: (world, { who }) => world.node(who).speaker.terminate(),
  end: (world, { who }) => world.node(who).speaker.start(),
  tell: ({ who }) => `the speaker on ${who} is restarted`,
};
