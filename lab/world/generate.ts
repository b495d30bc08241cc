// A scenario from a seed.
import { MINUTE, type Micros, SECOND } from '../../src/base/time.ts';
import type { Ipv4 } from '../../src/net/address.ts';
import type { ActionKind } from './actions.ts';
import { ACTION_NAMES, type ActionName, CATALOGUE } from './catalogue.ts';
import { stationMac } from './macs.ts';
import { Random } from './random.ts';
import type { Action, NodePlan, Plan, Scenario, StationPlan } from './scenario.ts';

export interface Wishes {
  /**
   * What it is about: a fault, or what the field knows and nothing is wrong with. Null: a healthy LAN and its everyday life.
   * @default as chance has it
   */
  readonly about?: ActionName | null;
}

const NAMES = ['cp', 'w1', 'w2', 'w3', 'w4', 'w5', 'w6'] as const;
const PHONES = ['ana', 'ben', 'cleo', 'dan'] as const;
const POOL = { name: 'main', addresses: '192.168.1.240-192.168.1.249' };
/** Until all agents know of each other and the first bursts are over. */
const QUIET_BEGINNING: Micros = 25 * SECOND;
/** For what must be found, and resolved again. */
const QUIET_END: Micros = 100 * SECOND;

const rowOf = (name: ActionName): ActionKind => CATALOGUE[name];
/** Each is enough for one scenario: two of them would be each other's excuse. */
export const SUBJECTS = ACTION_NAMES.filter((name) => rowOf(name).weight === 'fault' || rowOf(name).seenIn);
const everyday = (weight: ActionKind['weight']) =>
  ACTION_NAMES.filter((name) => rowOf(name).weight === weight && !SUBJECTS.includes(name));
const MOVES = everyday('move');
const GENTLE = everyday('gentle');
const TRAITS = everyday('trait');

export function generate(seed: string, wishes: Wishes = {}): Scenario {
  const random = new Random(`scenario ${seed}`);
  const choice = random.fork('choice');
  const isHealthy = choice.chance(0.4);
  const drawn = choice.pick(SUBJECTS);
  const about = wishes.about === undefined ? (isHealthy ? null : drawn) : wishes.about;
  const weight = about && rowOf(about).weight;
  const isBusy = weight === 'fault' || weight === 'move';
  const names: ActionName[] = about ? [about] : [];
  if (weight !== 'trait' && choice.chance(0.25)) names.push(choice.pick(TRAITS));
  if (!isBusy && choice.chance(0.7)) names.push(choice.pick(MOVES));
  const gentle = choice.between(0, isBusy ? 1 : 4);
  for (let i = 0; i < gentle; i += 1) names.push(choice.pick(GENTLE));
  const plan = planOf(seed, random.fork('plan'));
  return { ...plan, actions: invented(random.fork('actions'), plan, names) };
}

function planOf(seed: string, random: Random): Plan {
  const names = NAMES.slice(0, random.between(2, random.chance(0.2) ? 7 : 4));
  const nodes = names.map((name, i): NodePlan => {
    const card = {
      name: 'eth0',
      mac: stationMac(random),
      ip: address(10 + i),
      wiring: { kind: 'plain' },
    } as const;
    return { name, cards: [card], agent: { clockAhead: random.between(-300, 300) * SECOND } };
  });
  const services = Array.from({ length: random.between(1, 3) }, (_, i) => ({
    name: `web/site-${i}`,
    ip: address(240 + i),
    policy: 'Cluster' as const,
    endpoints: random.shuffled(names).slice(0, random.between(1, names.length)),
  }));
  const stations = Array.from({ length: random.between(0, 3) }, (_, i) => stationOf(random, i));
  const dhcp = {
    first: address(100),
    last: address(199),
    leaseSeconds: random.pick([120, 600, 86_400]),
    checks: random.chance(0.5),
    authoritative: random.chance(0.5),
  };
  return {
    seed,
    length: random.between(4, 5) * MINUTE,
    nodes,
    pools: [POOL],
    services,
    router: { ip: address(1), mac: stationMac(random), dhcp },
    stations,
  };
}

function stationOf(random: Random, place: number): StationPlan {
  const isPhone = random.chance(0.7);
  return {
    name: isPhone ? `${PHONES[place]}-phone` : `${PHONES[place]}-desk`,
    kind: isPhone ? 'phone' : 'computer',
    mac: stationMac(random),
    wifi: isPhone || random.chance(0.4),
    ip: isPhone || random.chance(0.5) ? null : address(50 + place),
    claim: { probes: random.pick([0, 3]), announcements: random.pick([0, 2]) },
    clientId: null,
    present: random.chance(0.8),
  };
}

function invented(random: Random, plan: Plan, names: readonly ActionName[]): Action[] {
  const actions: Action[] = [];
  for (const [place, kind] of names.entries()) {
    const row: ActionKind = CATALOGUE[kind];
    const what = row.invent(random.fork(`${place} ${kind}`), plan);
    if (!what) continue;
    if (row.weight === 'trait') {
      actions.push({ kind, at: 0, ...what });
      continue;
    }
    const latest = Math.max(QUIET_BEGINNING, plan.length - QUIET_END - what.lasts);
    const action = { kind, at: random.between(QUIET_BEGINNING, latest), ...what };
    if (!actions.some((other) => isEntangled(action, other))) actions.push(action);
  }
  return actions.toSorted((a, b) => a.at - b.at);
}

/** Two things at once that happen to one machine, or twice the same: the end of the one would undo the other. */
function isEntangled(a: Action, b: Action): boolean {
  const isSame = a.kind === b.kind || (a.who !== '' && a.who === b.who);
  return isSame && b.lasts > 0 && a.at <= b.at + b.lasts && b.at <= a.at + a.lasts;
}

function address(last: number): Ipv4 {
  return `192.168.1.${last}` as Ipv4;
}
