// A stand-in for the kubelet of one node: runs the containers of the node's Pods as processes, starts them again when they
// end, and stops them in order when their Pods are deleted.
import { setTimeout as delay } from 'node:timers/promises';
import type { Host } from '../../lab/host.ts';
import type { LabProcess } from '../../lab/process.ts';
import { type Images, startContainer } from './container.ts';
import type { ControlPlane } from './control-plane.ts';
import type { Pod } from './pod.ts';
import { reconcile } from './reconcile.ts';
import { VolumeMissing } from './volumes.ts';

/** What a container is given to end even where its Pod's own grace period is shorter. */
const LEAST_GRACE_SECONDS = 2;
/** Restarts after a crash: the first one at once, then after 10 s, 20 s, 40 s … up to 5 minutes. */
const FIRST_BACKOFF_MS = 10_000;
const LONGEST_BACKOFF_MS = 300_000;

export interface NetworkPlace {
  readonly host: Host;
  readonly address: string;
}

export interface KubeletOptions {
  readonly controlPlane: ControlPlane;
  readonly nodeName: string;
  /** The node itself, which Pods with `hostNetwork` share. */
  readonly node: NetworkPlace;
  /** Where the other Pods live: a network of their own is not made for each. */
  readonly podNetwork: NetworkPlace;
  readonly images: Images;
}

/** A Pod that has been started here. */
interface Running {
  readonly pod: Pod;
  process: LabProcess;
  restarts: number;
  /** Milliseconds since the Unix epoch before which it is not started again; undefined while it runs. */
  restartAt: number | undefined;
  stopping: Promise<void> | undefined;
}

export class Kubelet {
  readonly nodeName: string;
  readonly #options: KubeletOptions;
  readonly #running = new Map<string, Running>();
  #paused = false;

  constructor(options: KubeletOptions) {
    this.nodeName = options.nodeName;
    this.#options = options;
  }

  /** Works until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { api } = this.#options.controlPlane;
    await reconcile(`kubelet of ${this.nodeName}`, api, this.#podsPath, () => this.#sync(), signal);
  }

  /** As `systemctl stop kubelet`: what runs runs on, but nothing is started, stopped or restarted. */
  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
  }

  /** Of a Pod by its name, or of the one Pod here that is of this DaemonSet or Deployment; undefined: none was started. */
  process(podOrOwner: string): LabProcess | undefined {
    return [...this.#running.values()].find(
      ({ pod: { metadata }, stopping }) =>
        !stopping &&
        (metadata.name === podOrOwner || metadata.ownerReferences?.some(({ name }) => name === podOrOwner)),
    )?.process;
  }

  get #podsPath(): string {
    return `/api/v1/pods?fieldSelector=spec.nodeName=${this.nodeName}`;
  }

  async #sync(): Promise<void> {
    const { controlPlane, node } = this.#options;
    if (!node.host.isOn) await this.#losePower();
    if (this.#isIdle) return;
    const pods = await controlPlane.api.list<Pod>(this.#podsPath);
    const uids = new Set(pods.map(({ metadata }) => metadata.uid));
    for (const [uid, running] of this.#running) if (!uids.has(uid)) this.#stop(uid, running, 0);
    const errors: unknown[] = [];
    for (const pod of pods) await this.#syncPod(pod).catch((error) => errors.push(error));
    if (errors.length > 0) throw errors[0];
  }

  get #isIdle(): boolean {
    return this.#paused || !this.#options.node.host.isOn;
  }

  async #syncPod(pod: Pod): Promise<void> {
    const { uid = '', deletionTimestamp, deletionGracePeriodSeconds = 0 } = pod.metadata;
    const running = this.#running.get(uid);
    if (deletionTimestamp) {
      if (running) this.#stop(uid, running, deletionGracePeriodSeconds);
      else await this.#options.controlPlane.api.delete(pathOf(pod), 0);
    } else if (running) {
      await this.#restartIfEnded(running);
    } else if (!this.#predecessorEnds(pod)) {
      await this.#start(uid, pod);
    }
  }

  async #start(uid: string, pod: Pod): Promise<void> {
    const process = await this.#startContainer(pod);
    if (!process) return;
    const running: Running = { pod, process, restarts: 0, restartAt: undefined, stopping: undefined };
    this.#running.set(uid, running);
    await this.#report(running, true);
  }

  async #restartIfEnded(running: Running): Promise<void> {
    const { exit } = running.process;
    if (!exit) return;
    if (running.pod.spec.restartPolicy === 'Never') {
      const phase = exit.code === 0 ? 'Succeeded' : 'Failed';
      await this.#options.controlPlane.api.patch(`${pathOf(running.pod)}/status`, { status: { phase } });
      return;
    }
    if (running.restartAt === undefined) {
      const backoff = running.restarts === 0 ? 0 : FIRST_BACKOFF_MS * 2 ** (running.restarts - 1);
      running.restartAt = Date.now() + Math.min(backoff, LONGEST_BACKOFF_MS);
      await this.#report(running, false);
    }
    if (Date.now() < running.restartAt) return;
    const process = await this.#startContainer(running.pod);
    if (!process) return;
    running.process = process;
    running.restartAt = undefined;
    running.restarts += 1;
    await this.#report(running, true);
  }

  /** Undefined where it must be tried again later. */
  async #startContainer(pod: Pod): Promise<LabProcess | undefined> {
    // Paused, or without power, while what is there was being listed.
    if (this.#isIdle) return undefined;
    const { controlPlane, node, images } = this.#options;
    const { host, address } = this.#network(pod);
    const place = { controlPlane, host, podIp: address, hostIp: node.address };
    try {
      return await startContainer(pod, place, images);
    } catch (error) {
      if (error instanceof VolumeMissing) return undefined;
      throw error;
    }
  }

  #stop(uid: string, running: Running, graceSeconds: number): void {
    running.stopping ??= ended(running.process, graceSeconds).then(() => {
      this.#running.delete(uid);
    });
  }

  /** Two Pods of one DaemonSet would want the same ports of the node. */
  #predecessorEnds(pod: Pod): boolean {
    const ownerOf = ({ metadata }: Pod) => metadata.ownerReferences?.[0]?.uid;
    return [...this.#running.values()].some((one) => one.stopping && ownerOf(one.pod) === ownerOf(pod));
  }

  /** What runs in the node's own network is gone already; the next start is the first one again. */
  async #losePower(): Promise<void> {
    for (const { process } of this.#running.values()) await process.signal('SIGKILL');
    this.#running.clear();
  }

  async #report({ pod, restarts }: Running, ready: boolean): Promise<void> {
    const { controlPlane, node } = this.#options;
    const { address } = this.#network(pod);
    const [{ name, image }] = pod.spec.containers;
    const since = new Date().toISOString();
    const condition = (type: string, holds: boolean) => ({
      type,
      status: holds ? 'True' : 'False',
      lastTransitionTime: since,
    });
    await controlPlane.api.patch(`${pathOf(pod)}/status`, {
      status: {
        phase: 'Running',
        hostIP: node.address,
        podIP: address,
        podIPs: [{ ip: address }],
        startTime: since,
        conditions: [
          condition('PodScheduled', true),
          condition('Initialized', true),
          condition('ContainersReady', ready),
          condition('Ready', ready),
        ],
        containerStatuses: [
          {
            name,
            image,
            imageID: image,
            ready,
            restartCount: restarts,
            // A merge patch: what does not hold any more must be taken away.
            state: ready
              ? { running: { startedAt: since }, waiting: null }
              : { running: null, waiting: { reason: 'CrashLoopBackOff' } },
          },
        ],
      },
    });
  }

  #network(pod: Pod): NetworkPlace {
    const { hostNetwork, hostPID } = pod.spec;
    // Here the processes that a Pod sees are those of the network that it is in.
    return hostNetwork || hostPID ? this.#options.node : this.#options.podNetwork;
  }
}

function pathOf({ metadata }: Pod): string {
  return `/api/v1/namespaces/${metadata.namespace}/pods/${metadata.name}`;
}

/** Asked to end, and killed where it does not in time. */
async function ended(process: LabProcess, graceSeconds: number): Promise<void> {
  await process.signal('SIGTERM');
  const inTime = new AbortController();
  const graceMs = Math.max(graceSeconds, LEAST_GRACE_SECONDS) * 1000;
  void process.exited.then(() => inTime.abort());
  await delay(graceMs, undefined, { signal: inTime.signal }).catch(() => {});
  await process.signal('SIGKILL');
  await process.exited;
}
