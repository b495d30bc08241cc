// Addresses for which everybody is to be asked as soon as the budget allows: those of nodes first, for nothing can be judged
// before their MACs are known; free ones of the pools last.
import type { Target, TargetKind } from './target.ts';

const ORDER: readonly TargetKind[] = ['node', 'vip', 'free'];

export class Wanted {
  readonly #queues = new Map(ORDER.map((kind) => [kind, new Set<Target>()]));

  add(target: Target): void {
    if (!this.has(target)) this.#queues.get(target.kind)!.add(target);
  }

  delete(target: Target): void {
    for (const queue of this.#queues.values()) queue.delete(target);
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
    for (const queue of this.#queues.values()) yield* queue;
  }
}
