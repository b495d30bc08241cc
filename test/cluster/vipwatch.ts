// vipwatch as it ships, on every node of a cluster: the image's files, installed by the manifests and run by the kubelets.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Api } from '../../lab/api.ts';
import type { LabProcess } from '../../lab/process.ts';
import { apiOf } from '../../lab/roles/tunnel.ts';
import { assembleImageRoot, ownArchitecture } from '../../scripts/image-root.ts';
import { IMAGE } from '../chart/helm.ts';
import { manifestObjects } from '../chart/objects.ts';
import type { Cluster } from './cluster.ts';
import type { Images } from './container.ts';
import { type Home, type HomeOptions, startHome } from './home.ts';
import type { Pod } from './pod.ts';
import type { ClusterPrograms } from './programs.ts';

export const VIPWATCH_NAMESPACE = 'vipwatch';
export const VIPWATCH_PODS = `/api/v1/namespaces/${VIPWATCH_NAMESPACE}/pods`;
const PORT = 9797;
const START_TIMEOUT_MS = 60_000;

/** No image is made for this machine's kind. */
export const imageUnavailable = ownArchitecture() === undefined;

export interface VipwatchImage extends Disposable {
  /** For {@link HomeOptions}. */
  readonly images: Images;
}

/** The files of vipwatch's image, from the sources as they are, for as long as it is not disposed of. */
export function assembleVipwatch(): VipwatchImage {
  const root = mkdtempSync(join(tmpdir(), 'vipwatch-image-'));
  assembleImageRoot(root, ownArchitecture()!);
  const program = [process.execPath as `/${string}`, `${root}/opt/vipwatch/dist/vipwatch.js`] as const;
  return {
    images: { [IMAGE]: program },
    [Symbol.dispose]: () => rmSync(root, { recursive: true }),
  };
}

/** The agents of a cluster, each on its node. */
export class Agents {
  readonly #cluster: Cluster;
  readonly #apis = new Map<string, Api>();

  private constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  /**
   * Resolves when an agent watches on each node, which is before it knows what to watch for.
   *
   * @param objects those of the chart.
   * @throws {Error} where one does not start.
   */
  static async install(cluster: Cluster, objects: readonly object[] = manifestObjects()): Promise<Agents> {
    const agents = new Agents(cluster);
    const { controlPlane, nodes } = cluster;
    await controlPlane.apply(objects);
    await controlPlane.until<Pod, true>(
      VIPWATCH_PODS,
      (pods) =>
        pods.filter(({ status }) => status?.phase === 'Running').length === nodes.length ? true : undefined,
      { timeoutMs: START_TIMEOUT_MS },
    );
    await Promise.all(nodes.map(({ name }) => agents.reach(name)));
    return agents;
  }

  /** Opens the way to the API of the node's agent; again, where the node was without power. */
  async reach(node: string): Promise<void> {
    const { host } = this.#cluster.node(node);
    await this.process(node).waitForLine(/"msg":"Watching"/, { timeoutMs: START_TIMEOUT_MS });
    this.#apis.set(node, await apiOf(host, PORT));
  }

  /** @throws {Error} where none was started on the node. */
  process(node: string): LabProcess {
    const process = this.#cluster.node(node).kubelet.process('vipwatch');
    if (!process) throw new Error(`Cannot find an agent on ${node}: none was started`);
    return process;
  }

  api(node: string): Api {
    const api = this.#apis.get(node);
    if (!api) throw new Error(`Cannot ask the agent on ${node}: it was not reached`);
    return api;
  }

  /** What `ask` makes of each, in the order of the nodes. */
  async ofEach<Answer>(ask: (api: Api, node: string) => Promise<Answer>): Promise<Answer[]> {
    return await Promise.all(this.#cluster.nodes.map(({ name }) => ask(this.api(name), name)));
  }
}

export interface WatchedHome extends Home {
  readonly agents: Agents;
}

/**
 * A home with MetalLB and an agent on each node that knows its cluster.
 *
 * @param options `objects`: those of the chart, where they are not those of its defaults.
 * @throws {Error} where something of it does not start.
 */
export async function startWatchedHome(
  programs: ClusterPrograms,
  options: HomeOptions & { readonly objects?: readonly object[] } = {},
): Promise<WatchedHome> {
  await using stack = new AsyncDisposableStack();
  const image = stack.use(assembleVipwatch());
  const home = stack.use(
    await startHome(programs, { ...options, images: { ...image.images, ...options.images } }),
  );
  const agents = await Agents.install(home.cluster, options.objects);
  await agents.ofEach(untilReady);
  const all = stack.move();
  return { ...home, agents, [Symbol.asyncDispose]: async () => await all.disposeAsync() };
}

async function untilReady(api: Api, node: string): Promise<void> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  for (;;) {
    const { status, body } = await api.get('/readyz');
    if (status === 200) return;
    if (Date.now() > deadline) throw new Error(`The agent on ${node} is not ready: ${body}`);
    await delay(200);
  }
}
