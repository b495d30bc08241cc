// The acknowledgements of an agent that has no cluster to keep them: in its journal.
import type { Micros } from '../base/time.ts';
import type { Acknowledgement } from '../watch/finding/acknowledgement.ts';
import { type AcknowledgementStore, isForgotten, makeRoom } from './acknowledging.ts';

interface LocalOptions {
  /** What was saved. */
  readonly saved: readonly Acknowledgement[];
  /** What the wall clock shows. */
  readonly wall: () => Micros;
  /** These are all there are. */
  readonly onChange: (all: readonly Acknowledgement[]) => void;
}

export class LocalAcknowledgements implements AcknowledgementStore {
  readonly #options: LocalOptions;
  #all: readonly Acknowledgement[];

  constructor(options: LocalOptions) {
    this.#options = options;
    this.#all = options.saved;
  }

  async put(one: Acknowledgement): Promise<void> {
    const others = this.#others(one.finding);
    const gone = makeRoom(
      others.map((other) => [other.finding, other]),
      0,
      this.#options.wall(),
    );
    this.#set([...others.filter(({ finding }) => !gone.includes(finding)), one]);
  }

  async remove(finding: string): Promise<boolean> {
    const others = this.#others(finding);
    const wasThere = this.#all.some((one) => one.finding === finding);
    this.#set(others);
    return wasThere;
  }

  #others(finding: string): Acknowledgement[] {
    const wall = this.#options.wall();
    return this.#all.filter((one) => one.finding !== finding && !isForgotten(one, wall));
  }

  #set(all: readonly Acknowledgement[]): void {
    this.#all = all;
    this.#options.onChange(all);
  }
}
