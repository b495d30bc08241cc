// Addresses for which everybody is to be asked as soon as the budget allows. Those of nodes come first, for nothing can be judged
// before their MACs are known, then VIPs that nobody is known to hold; yet each third question is for the others, whoever waits.
import type { Target } from './target.ts';

export type Urgency = 'node' | 'unheld' | 'other';

const ORDER: readonly Urgency[] = ['node', 'unheld', 'other'];
const FOR_OTHERS = 3;

export class Wanted {
  readonly #queues = new Map(ORDER.map((urgency) => [urgency, new Set<Target>()]));
  #asked = 0;

  add(target: Target, urgency: Urgency): void {
    const queue = this.#queues.get(urgency)!;
    if (queue.has(target)) return;
    this.delete(target);
    queue.add(target);
  }

  delete(target: Target): void {
    for (const queue of this.#queues.values()) queue.delete(target);
  }

  /** Its turn has come. */
  asked(target: Target): void {
    this.delete(target);
    this.#asked += 1;
  }

  has(target: Target): boolean {
    return this.#queues.values().some((queue) => queue.has(target));
  }

  get size(): number {
    return this.#queues.values().reduce((sum, queue) => sum + queue.size, 0);
  }

  get first(): Target | undefined {
    for (const target of this.inOrder()) return target;
    return undefined;
  }

  /** Whoever has waited for longest first. */
  *inOrder(): Generator<Target, void> {
    const isForOthers = this.#asked % FOR_OTHERS === FOR_OTHERS - 1;
    for (const urgency of isForOthers ? ORDER.toReversed() : ORDER) yield* this.#queues.get(urgency)!;
  }
}
