// Addresses for which everybody is to be asked as soon as the budget allows. Those of nodes come first, for nothing can be judged
// before their MACs are known, then VIPs that nobody is known to hold; yet each third question is for the others, whoever waits.

export type Urgency = 'node' | 'unheld' | 'other';

const ORDER: readonly Urgency[] = ['node', 'unheld', 'other'];
const FOR_OTHERS = 3;

export class Wanted<Target> {
  readonly #queues = new Map(ORDER.map((urgency) => [urgency, new Set<Target>()]));
  readonly #urgency = new Map<Target, Urgency>();
  #asked = 0;

  add(target: Target, urgency: Urgency): void {
    if (this.#urgency.get(target) === urgency) return;
    this.delete(target);
    this.#queues.get(urgency)!.add(target);
    this.#urgency.set(target, urgency);
  }

  delete(target: Target): void {
    const urgency = this.#urgency.get(target);
    if (urgency === undefined) return;
    this.#queues.get(urgency)!.delete(target);
    this.#urgency.delete(target);
  }

  /** Its turn has come. */
  asked(target: Target): void {
    this.delete(target);
    this.#asked += 1;
  }

  has(target: Target): boolean {
    return this.#urgency.has(target);
  }

  get size(): number {
    return this.#urgency.size;
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
