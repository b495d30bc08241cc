// What phones and computers do all day.
import { SECOND } from '../../../src/base/time.ts';
import type { ActionKind } from '../actions.ts';
import { CABLE, NOISY } from '../link.ts';
import type { Random } from '../random.ts';
import type { Plan } from '../scenario.ts';

function ofPhone(least: number, most: number): ActionKind['invent'] {
  return (random: Random, { stations }: Plan) => {
    const phones = stations.filter(({ kind }) => kind === 'phone');
    if (phones.length === 0) return null;
    return { who: random.pick(phones).name, lasts: random.between(least, most) * SECOND, ip: null };
  };
}

export const phoneLeaves: ActionKind = {
  weight: 'gentle',
  invent: ofPhone(20, 90),
  begin: (world, { who, lasts }) => world.station(who).leave(lasts % (2 * SECOND) === 0),
  end: (world, { who }) => world.station(who).join(),
  tell: ({ who }) => `${who} leaves the LAN`,
};

export const phoneSleeps: ActionKind = {
  weight: 'gentle',
  invent: ofPhone(20, 120),
  begin: (world, { who }) => world.station(who).sleep(),
  end: (world, { who }) => world.station(who).wake(),
  tell: ({ who }) => `${who} sleeps`,
};

export const phoneChangesMac: ActionKind = {
  weight: 'gentle',
  invent: ofPhone(2, 10),
  begin: (world, { who }) => world.station(who).leave(false),
  end: (world, { who }) => {
    world.station(who).randomizeMac();
    world.station(who).join();
  },
  tell: ({ who }) => `${who} comes back with another MAC`,
};

/** A LAN where some frames are lost, and some overtake others: up to this much is healthy. */
export const noise: ActionKind = {
  weight: 'gentle',
  invent: (random, { nodes }) => ({
    who: random.pick(nodes).name,
    lasts: random.between(20, 60) * SECOND,
    ip: null,
  }),
  begin: (world, { who }) => {
    for (const port of world.node(who).host.card.wiring.ports) port.habits = NOISY;
  },
  end: (world, { who }) => {
    for (const port of world.node(who).host.card.wiring.ports) port.habits = CABLE;
  },
  tell: ({ who }) => `the cable of ${who} is bad`,
};
