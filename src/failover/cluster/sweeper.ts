// Takes away what failover tests have left behind: what was injected so late that whoever cleaned up had looked before it
// was there, and what stayed when an object was taken away by force.
import { at, items, textAt } from '../../base/json.ts';
import type { Injection } from '../object.ts';
import type { ApiObjects } from './api-objects.ts';
import { FREEZER_LABELS } from './freezer-pod.ts';
import { type InjectionContext, type UndoOutcome, undo } from './injections.ts';

export interface Leftover {
  readonly mark: string;
  readonly node: string;
  /** It is a freezer's Pod, and not on the node itself. */
  readonly isPod: boolean;
}

export interface SweeperOptions {
  readonly objects: ApiObjects;
  readonly ownPod: InjectionContext['ownPod'];
  /** What is on the nodes. */
  readonly marks: () => readonly { readonly node: string; readonly mark: string }[];
  /** Whether there can be freezers. */
  readonly freezes: boolean;
  /** For the log. */
  readonly onTrouble: (message: string) => void;
}

export class Sweeper {
  readonly #options: SweeperOptions;
  /** What belonged to no test at the last look: a test that is new may be known later than what it did. */
  #suspects: ReadonlySet<string> = new Set();
  /** What could not be taken away, by why: said once. */
  #troubles: ReadonlyMap<string, string> = new Map();

  constructor(options: SweeperOptions) {
    this.#options = options;
  }

  /** Takes away what belongs to no test, now and at the look before. @param unfinished the marks of the tests that are not over. */
  async look(unfinished: ReadonlySet<string>): Promise<void> {
    const { marks, freezes } = this.#options;
    const onNodes = marks().map((one): Leftover => ({ ...one, isPod: false }));
    const found = freezes ? [...onNodes, ...(await this.#freezers())] : onNodes;
    const orphans = found.filter(({ mark }) => !unfinished.has(mark));
    const due = orphans.filter((orphan) => this.#suspects.has(keyOf(orphan)));
    this.#suspects = new Set(orphans.map(keyOf));
    const troubles = new Map<string, string>();
    for (const orphan of due) {
      const trouble = await this.#takeAway(orphan);
      if (trouble !== null) troubles.set(keyOf(orphan), trouble);
    }
    this.#troubles = troubles;
  }

  async #freezers(): Promise<Leftover[]> {
    const { objects, ownPod } = this.#options;
    const labelSelector = Object.entries(FREEZER_LABELS).map(([key, value]) => `${key}=${value}`);
    const query = new URLSearchParams({ labelSelector: labelSelector.join() });
    const answer = await objects.list(`/api/v1/namespaces/${ownPod.namespace}/pods?${query}`);
    if (!answer.ok) return [];
    return items(at(answer.object, 'items')).flatMap((pod): Leftover[] => {
      const mark = textAt(pod, 'metadata', 'name');
      // One that is told to end already goes once its node's kubelet says so.
      if (mark === undefined || at(pod, 'metadata', 'deletionTimestamp') !== undefined) return [];
      return [{ mark, node: textAt(pod, 'spec', 'nodeName') ?? '', isPod: true }];
    });
  }

  /** Why not; null: it is gone, or the next look is to tell. */
  async #takeAway(leftover: Leftover): Promise<string | null> {
    const { objects, ownPod, onTrouble } = this.#options;
    const { mark, node, isPod } = leftover;
    const context = { objects, ownPod, mark, speakerOn: () => undefined, freezeFor: 0, undoingFor: 0 };
    const modes: readonly Injection['mode'][] = isPod ? ['freeze'] : ['drain', 'delete-pod'];
    const outcomes: UndoOutcome[] = [];
    for (const mode of modes) outcomes.push(await undo({ mode, node }, context));
    const refused = outcomes.flatMap((outcome) =>
      typeof outcome === 'object' && 'refused' in outcome ? outcome.refused : [],
    )[0];
    if (refused !== undefined) {
      if (this.#troubles.get(keyOf(leftover)) !== refused)
        onTrouble(`Cannot remove what a failover test left on ${node} (${mark}): ${refused}`);
      return refused;
    }
    if (!outcomes.includes('again')) onTrouble(`Removed what a failover test had left on ${node} (${mark})`);
    return null;
  }
}

const keyOf = ({ mark, node, isPod }: Leftover): string => `${mark} ${node} ${isPod}`;
