// What becomes of vipwatch's own agents, of their clocks and of the API that they read.
import { MILLISECOND, SECOND } from '../../../src/base/time.ts';
import type { ActionKind } from '../actions.ts';
import { Random } from '../random.ts';
import type { Plan } from '../scenario.ts';

function ofAgent(least: number, most: number): ActionKind['invent'] {
  return (random: Random, { nodes }: Plan) => ({
    who: random.pick(nodes).name,
    lasts: random.between(least * 1_000, most * 1_000) * MILLISECOND,
    ip: null,
  });
}

export const crashAgent: ActionKind = {
  weight: 'gentle',
  invent: ofAgent(1, 40),
  begin: (world, { who }) => world.node(who).agent?.crash(),
  end: (world, { who }) => world.node(who).agent?.start(),
  tell: ({ who }) => `the agent on ${who} crashes`,
};

export const restartAgent: ActionKind = {
  weight: 'gentle',
  invent: ofAgent(1, 8),
  begin: (world, { who }) => world.node(who).agent?.stop(),
  end: (world, { who }) => world.node(who).agent?.start(),
  tell: ({ who }) => `the agent on ${who} is restarted`,
};

/** Its node is installed anew, or its volume is: it remembers nothing. */
export const loseDisk: ActionKind = {
  ...crashAgent,
  begin: (world, { who }) => {
    world.node(who).agent?.crash();
    world.node(who).agent?.loseDisk();
  },
  tell: ({ who }) => `the agent on ${who} crashes and loses its journal`,
};

export const stallAgent: ActionKind = {
  weight: 'gentle',
  invent: ofAgent(0.3, 30),
  begin: (world, { who }) => world.node(who).agent?.stall(),
  end: (world, { who }) => world.node(who).agent?.goOn(),
  tell: ({ who }) => `the agent on ${who} hangs`,
};

/** By NTP, or by somebody's hand; later back again. */
export const stepClock: ActionKind = {
  weight: 'gentle',
  invent: ofAgent(20, 60),
  begin: (world, { who, at }) => world.node(who).agent?.stepClock(stepOf(who, at)),
  end: (world, { who, at }) => world.node(who).agent?.stepClock(-stepOf(who, at)),
  tell: ({ who, at }) => `the clock of ${who} is set by ${stepOf(who, at) / SECOND} s`,
};

function stepOf(who: string, at: number): number {
  return new Random(`clock ${who} ${at}`).between(-120, 120) * SECOND;
}

export const apiLate: ActionKind = {
  weight: 'gentle',
  invent: ofAgent(20, 60),
  begin: (world, { who }) => world.node(who).agent?.setApiLate(3 * SECOND),
  end: (world, { who }) => world.node(who).agent?.setApiLate(0),
  tell: ({ who }) => `the API tells ${who} of everything three seconds late`,
};

export const apiAway: ActionKind = {
  weight: 'gentle',
  invent: (random) => ({ who: '', lasts: random.between(10, 90) * SECOND, ip: null }),
  begin: (world) => world.api.leave(),
  end: (world) => world.api.comeBack(),
  tell: () => 'the API server is away',
};
