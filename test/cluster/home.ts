// The cluster of most tests: a home LAN with its router, and three nodes that run MetalLB.
import type { Host, NetworkCard } from '../../lab/host.ts';
import { Lab } from '../../lab/lab.ts';
import type { Switch } from '../../lab/switch.ts';
import { Cluster } from './cluster.ts';
import type { Images } from './container.ts';
import { installMetallb } from './metallb.ts';
import type { ClusterPrograms } from './programs.ts';

export interface Home extends AsyncDisposable {
  readonly lab: Lab;
  /** Of 192.168.2.0/24, where it was asked for. */
  readonly secondLan: Switch | undefined;
  readonly router: Host;
  readonly cluster: Cluster;
}

export interface HomeOptions {
  /** What Pods may run beside MetalLB. @default nothing */
  readonly images?: Images;
  /** Plugs every node into another LAN as well, by eth1. @default false */
  readonly secondLan?: boolean;
}

export const HOME_NODES = [1, 2, 3].map((n) => ({
  name: `node-${n}`,
  address: `192.168.1.1${n}`,
  mac: `02:00:00:00:00:1${n}`,
}));

/**
 * Resolves when a MetalLB without configuration runs on each node.
 *
 * @throws {Error} where something of it does not start.
 */
export async function startHome(programs: ClusterPrograms, options: HomeOptions = {}): Promise<Home> {
  await using stack = new AsyncDisposableStack();
  const lab = stack.use(await Lab.create());
  const router = await lab.host('router', { mac: '02:00:00:00:00:01', address: '192.168.1.1/24' });
  const secondLan = options.secondLan ? await lab.network() : undefined;
  const nodes = HOME_NODES.map((node, i) => ({
    ...node,
    cards: secondLan ? [secondCard(secondLan, i + 1)] : [],
  }));
  const images = options.images ?? {};
  const cluster = stack.use(await Cluster.create(lab, { programs, nodes, images }));
  await installMetallb(cluster, programs.metallbConfig);
  const all = stack.move();
  return { lab, secondLan, router, cluster, [Symbol.asyncDispose]: async () => await all.disposeAsync() };
}

function secondCard(secondLan: Switch, number: number): NetworkCard {
  return {
    name: 'eth1',
    switch: secondLan,
    mac: `02:00:00:00:02:1${number}`,
    address: `192.168.2.1${number}/24`,
  };
}
