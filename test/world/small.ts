// A small world written by hand: three nodes, one Service, as the cluster tests have it at home.

import type { Action, Plan } from '../../lab/world/scenario.ts';
import { START, World } from '../../lab/world/world.ts';
import type { Micros } from '../../src/base/time.ts';
import type { Ipv4, Mac } from '../../src/net/address.ts';
import type { WatchEvent } from '../../src/watch/view.ts';

export const VIP = '192.168.1.240' as Ipv4;
export const MACS: Readonly<Record<string, Mac>> = {
  'node-1': '02:00:00:00:00:11' as Mac,
  'node-2': '02:00:00:00:00:12' as Mac,
  'node-3': '02:00:00:00:00:13' as Mac,
};

export const SMALL: Plan = {
  seed: 'small',
  length: 120_000_000,
  nodes: Object.entries(MACS).map(([name, mac], i) => ({
    name,
    cards: [{ name: 'eth0', mac, ip: `192.168.1.1${i + 1}` as Ipv4, wiring: { kind: 'plain' } }],
    agent: { clockAhead: 0 },
  })),
  pools: [{ name: 'main', addresses: '192.168.1.240-192.168.1.245' }],
  services: [{ name: 'default/web', ip: VIP, policy: 'Cluster', endpoints: ['node-1'] }],
  router: { ip: '192.168.1.1' as Ipv4, mac: '02:00:00:00:00:01' as Mac, dhcp: null },
  stations: [],
};

interface SeenFrame {
  /** Since the start. */
  readonly at: Micros;
  /** The switch's port. */
  readonly from: string;
  readonly bytes: Uint8Array;
}

export interface Played {
  readonly world: World;
  readonly frames: readonly SeenFrame[];
  readonly events: readonly { readonly at: Micros; readonly agent: string; readonly event: WatchEvent }[];
}

export function play(actions: readonly Action[], changed: Partial<Plan> = {}): Played {
  const frames: SeenFrame[] = [];
  const events: Played['events'][number][] = [];
  const world = new World(
    { ...SMALL, ...changed, actions },
    {
      onFrame: ({ bytes }, { name }, at) => frames.push({ at: at - START, from: name, bytes }),
      onEvent: (agent, event, at) => events.push({ at: at - START, agent, event }),
    },
  );
  world.play();
  return { world, frames, events };
}
