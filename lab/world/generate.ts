// A scenario from a seed.
import { MINUTE, type Micros, SECOND } from '../../src/base/time.ts';
import { type Ipv4, type Mac, macAt } from '../../src/net/address.ts';
import { type ActionName, CATALOGUE } from './catalogue.ts';
import { Random } from './random.ts';
import type { Action, NodePlan, Scenario } from './scenario.ts';

export interface Wishes {
  /** What may happen. @default everything */
  readonly kinds?: readonly ActionName[];
  /** How much. @default 1 to 4 */
  readonly actions?: number;
}

const NAMES = ['cp', 'w1', 'w2', 'w3', 'w4', 'w5', 'w6'] as const;
const POOL = { name: 'main', addresses: '192.168.1.240-192.168.1.249' };
/** Until all agents know of each other and the first bursts are over. */
const QUIET_BEGINNING: Micros = 20 * SECOND;
/** For what must be found, and resolved again. */
const QUIET_END: Micros = 100 * SECOND;
const ALL_KINDS = Object.keys(CATALOGUE) as ActionName[];

export function generate(seed: string, { kinds = ALL_KINDS, actions }: Wishes = {}): Scenario {
  const random = new Random(`scenario ${seed}`);
  const names = NAMES.slice(0, random.between(2, 7));
  const nodes = names.map((name, i): NodePlan => {
    const mac = stationMac(random);
    const card = { name: 'eth0', mac, ip: address(10 + i), wiring: { kind: 'plain' } } as const;
    return { name, cards: [card], agent: { clockAhead: random.between(-300, 300) * SECOND } };
  });
  const services = Array.from({ length: random.between(1, 3) }, (_, i) => ({
    name: `web/site-${i}`,
    ip: address(240 + i),
    policy: 'Cluster' as const,
    endpoints: random.shuffled(names).slice(0, random.between(1, names.length)),
  }));
  const plan = {
    seed,
    length: random.between(4, 6) * MINUTE,
    nodes,
    pools: [POOL],
    services,
    router: { ip: address(1), mac: stationMac(random), dhcp: null },
    stations: [],
  };
  const count = actions ?? random.between(1, 4);
  return { ...plan, actions: invented(random, plan, kinds, count) };
}

function invented(
  random: Random,
  plan: Omit<Scenario, 'actions'>,
  kinds: readonly ActionName[],
  count: number,
): Action[] {
  const actions: Action[] = [];
  for (let i = 0; i < count; i += 1) {
    const kind = random.pick(kinds);
    const what = CATALOGUE[kind].invent(random, plan);
    const latest = plan.length - QUIET_END - (what?.lasts ?? 0);
    if (!what || latest < QUIET_BEGINNING) continue;
    actions.push({ kind, at: random.between(QUIET_BEGINNING, latest), ...what });
  }
  return actions.toSorted((a, b) => a.at - b.at);
}

function address(last: number): Ipv4 {
  return `192.168.1.${last}` as Ipv4;
}

/** Administered locally, and one station's. */
function stationMac(random: Random): Mac {
  const bytes = random.bytes(6);
  bytes[0] = 0x02;
  return macAt(bytes, 0);
}
