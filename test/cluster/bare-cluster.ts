// A cluster for what agents do with the API alone: no MetalLB, and the agents are installed by the test, as it wants them.
import { Lab } from '../../lab/lab.ts';
import { Cluster, type NodeOptions } from './cluster.ts';
import { HOME_NODES } from './home.ts';
import type { ClusterPrograms } from './programs.ts';
import { assembleVipwatch } from './vipwatch.ts';

export const TWO_NODES: readonly NodeOptions[] = HOME_NODES.slice(0, 2);

export interface BareCluster extends AsyncDisposable {
  readonly cluster: Cluster;
}

/**
 * Resolves when the API server and the kubelets run, which can run vipwatch's image.
 *
 * @throws {Error} where something of it does not start.
 */
export async function startBareCluster(
  programs: ClusterPrograms,
  nodes: readonly NodeOptions[] = TWO_NODES,
): Promise<BareCluster> {
  await using stack = new AsyncDisposableStack();
  const image = stack.use(assembleVipwatch());
  const lab = stack.use(await Lab.create());
  const cluster = stack.use(await Cluster.create(lab, { ...image, programs, nodes }));
  const all = stack.move();
  return { cluster, [Symbol.asyncDispose]: async () => await all.disposeAsync() };
}
