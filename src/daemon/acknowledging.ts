// Joins whoever acknowledges findings with the watcher, which shows it: kept in the cluster, where there is one to keep it, and
// in the journal.
import type { AcknowledgementStore } from '../acknowledge/acknowledging.ts';
import { LocalAcknowledgements } from '../acknowledge/local.ts';
import { MINUTE } from '../base/time.ts';
import type { KubernetesIntent } from '../cluster/reader.ts';
import { SavedAcknowledgements } from '../journal/acknowledgements.ts';
import type { Acknowledgement } from '../watch/finding/acknowledgement.ts';
import type { Core } from './core.ts';
import { every } from './schedule.ts';

const SWEEP_EVERY = 10 * MINUTE;

/** The cluster of this agent's Pod, and the Pod's namespace. */
interface PodCluster {
  readonly kubernetes: KubernetesIntent;
  readonly namespace: string;
}

export class Acknowledging {
  readonly #core: Core;
  readonly #saved: SavedAcknowledgements;
  readonly #atStart: readonly Acknowledgement[];

  /** Restores what the journal holds: in a cluster, what was last read there. */
  constructor(core: Core) {
    this.#core = core;
    this.#saved = new SavedAcknowledgements(core.journal);
    this.#atStart = this.#saved.load();
    // It was so before the restart: nobody is told of it.
    core.watcher.setAcknowledgements(this.#atStart, core.startedAt);
  }

  /** @param cluster null: this agent keeps them for itself. */
  async join(cluster: PodCluster | null): Promise<AcknowledgementStore> {
    const wall = () => clock.toWall(clock.now());
    const onChange = (all: readonly Acknowledgement[]) => this.#changed(all);
    const { clock, schedule, startedAt } = this.#core;
    if (cluster === null) return new LocalAcknowledgements({ saved: this.#atStart, wall, onChange });
    const { kubernetes, namespace } = cluster;
    const { AcknowledgementSharing } = await import('../acknowledge/cluster/sharing.ts');
    const sharing = new AcknowledgementSharing({
      connection: kubernetes.connection,
      namespace,
      ownNode: () => kubernetes.ownNode(),
      readyNodes: () => kubernetes.readyAgentNodes(),
      wall,
      onResult: kubernetes.onResult,
      onChange,
    });
    schedule.join('acknowledging', {
      ...every(SWEEP_EVERY, startedAt, () => sharing.sweep()),
      stop: () => sharing.stop(),
    });
    return sharing;
  }

  #changed(all: readonly Acknowledgement[]): void {
    const { clock, schedule, watcher } = this.#core;
    const now = clock.now();
    this.#saved.save(all, now);
    schedule.tell(watcher.setAcknowledgements(all, now));
    schedule.arm();
  }
}
