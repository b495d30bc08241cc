// Plays a scenario and keeps what the oracle judges: what the agents said, and how it really was.
import { type Micros, SECOND } from '../../../src/base/time.ts';
import type { Ipv4 } from '../../../src/net/address.ts';
import type { Finding } from '../../../src/watch/finding/finding.ts';
import type { Counters, WatchEvent } from '../../../src/watch/view.ts';
import type { Agent } from '../agent.ts';
import type { Plan, Scenario } from '../scenario.ts';
import type { Truth } from '../truth.ts';
import { START, World, type WorldOptions } from '../world.ts';
import { BroadcastCount } from './broadcasts.ts';

/** An agent's words, with when it really was. */
export interface Said {
  readonly agent: string;
  readonly event: WatchEvent;
  readonly at: Micros;
  /** How much the times that the event names are ahead. */
  readonly ahead: Micros;
}

/** What the truth of the VIPs leaves open. */
export interface Moment {
  readonly at: Micros;
  /** On which side of a partition each machine is. */
  readonly sides: ReadonlyMap<string, number>;
  /** Agents that run, and whose node is on the LAN. */
  readonly awake: ReadonlySet<string>;
  /** The VIPs that a Service has, by the API. */
  readonly served: ReadonlySet<Ipv4>;
  readonly apiAway: boolean;
}

/** From one start of an agent to its end. */
export interface Life {
  readonly agent: string;
  readonly from: Micros;
  until: Micros;
  /** The findings that its journal gave back to it. */
  readonly restored: readonly Finding[];
}

/** Whether an agent takes a VIP for answered. */
export interface Look {
  readonly agent: string;
  readonly at: Micros;
  readonly ip: string;
  readonly up: boolean | null;
}

export interface Sizes {
  readonly agent: string;
  readonly tables: Counters['tables'];
  /** The most MACs that one address is kept for. */
  readonly owners: number;
  /** The most findings of one kind on one address that are open. */
  readonly culprits: number;
  readonly journalRows: number;
}

export interface Played {
  readonly scenario: Scenario;
  /** As its traits shaped it. */
  readonly plan: Plan;
  readonly from: Micros;
  readonly until: Micros;
  readonly said: readonly Said[];
  readonly notes: readonly { readonly at: Micros; readonly what: string }[];
  readonly truth: Truth;
  readonly moments: readonly Moment[];
  readonly lives: readonly Life[];
  readonly looks: readonly Look[];
  readonly sizes: readonly Sizes[];
  /** What the agents asked of everyone. */
  readonly broadcasts: BroadcastCount;
}

const SAMPLED_EVERY = SECOND;
const LOOKED_EVERY = 5;

/** Notices whenever what it is not told of may be different. */
class WatchedWorld extends World {
  onLook: () => void = () => {};

  override lookAgain(): void {
    super.lookAgain();
    this.onLook();
  }
}

/** @param onWorld told of the world before it begins, for whoever wants to hear its frames. */
export function play(
  scenario: Scenario,
  options: Pick<WorldOptions, 'onFrame'> = {},
  onWorld: (world: World) => void = () => {},
): Played {
  const said: Said[] = [];
  const notes: { at: Micros; what: string }[] = [];
  const moments: Moment[] = [];
  const lives: Life[] = [];
  const looks: Look[] = [];
  const current = new Map<string, { readonly of: object; readonly life: Life }>();

  const world = new WatchedWorld(scenario, {
    ...options,
    onEvent: (agent, event, at) => {
      const now = world.node(agent).agent!.now ?? at;
      said.push({ agent, event, at, ahead: now - at });
    },
    onNote: (what, at) => notes.push({ what, at }),
  });
  const broadcasts = new BroadcastCount(world);
  onWorld(world);
  const agents = [...world.nodes.values()].flatMap(({ agent }) => agent ?? []);

  const sample = () => {
    const at = world.queue.now;
    for (const agent of agents) {
      const { watching } = agent;
      const known = current.get(agent.name);
      if (known && known.of !== watching) {
        known.life.until = at;
        current.delete(agent.name);
      }
      if (!watching || current.has(agent.name)) continue;
      const restored = watching.watcher.findings().filter(({ state }) => state === 'active');
      const life = { agent: agent.name, from: at, until: Number.POSITIVE_INFINITY, restored };
      lives.push(life);
      current.set(agent.name, { of: watching, life });
    }
    moments.push(momentOf(world, agents));
  };
  const every = (turn: number) => {
    sample();
    if (turn % LOOKED_EVERY === 0) looks.push(...agents.flatMap((agent) => looksOf(agent, world.queue.now)));
    world.queue.after(SAMPLED_EVERY, () => every(turn + 1));
  };
  world.onLook = sample;
  every(0);
  world.play();
  for (const life of lives) life.until = Math.min(life.until, world.queue.now);
  return {
    scenario,
    plan: world.plan,
    from: START,
    until: world.queue.now,
    said,
    notes,
    truth: world.truth,
    moments,
    lives,
    looks,
    sizes: agents.flatMap(sizesOf),
    broadcasts,
  };
}

function momentOf(world: World, agents: readonly Agent[]): Moment {
  const hosts = [...world.hosts.values()];
  const isOnLan = (name: string) => {
    const { powered, cards } = world.host(name);
    return powered && cards.some(({ running }) => running);
  };
  return {
    at: world.queue.now,
    sides: new Map(hosts.map(({ name, card }) => [name, card.wiring.ports[0]!.side])),
    awake: new Set(
      agents.filter(({ state, name }) => state === 'running' && isOnLan(name)).map(({ name }) => name),
    ),
    served: new Set(world.cluster.services.map(({ ip }) => ip)),
    apiAway: world.api.away,
  };
}

function looksOf(agent: Agent, at: Micros): Look[] {
  if (agent.state !== 'running') return [];
  const rows = agent.watching!.watcher.vips(agent.now!);
  return rows.map(({ ip, up }) => ({ agent: agent.name, at, ip, up }));
}

function sizesOf(agent: Agent): Sizes[] {
  const { watching } = agent;
  if (!watching) return [];
  const { watcher } = watching;
  const open = watcher.findings().filter(({ state }) => state === 'active');
  return [
    {
      agent: agent.name,
      tables: watcher.counters().tables,
      owners: most(watcher.claims().map(({ segment, ip }) => `${segment.name} ${ip}`)),
      culprits: most(open.map(({ kind, ip }) => `${kind} ${ip}`)),
      journalRows: agent.rows,
    },
  ];
}

/** How often the most frequent one is there. */
function most(names: readonly string[]): number {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return Math.max(0, ...counts.values());
}
