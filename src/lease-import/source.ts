// One import between its readings: what it last gave, and why it gives nothing now.
import type { Seconds } from '../base/time.ts';
import { printable } from '../dhcp/option.ts';
import type { Imported, Reading } from './imported.ts';

/** Characters. */
const MAX_PROBLEM = 200;

export interface ImportHealth {
  readonly name: string;
  /** Unix time; null: never. */
  readonly succeededAt: Seconds | null;
  /** Why it was not read last; null: it was. */
  readonly problem: string | null;
  /** What was left out or looks wrong. */
  readonly doubts: readonly string[];
  /** Leases that hold, by the table as it was last read. */
  readonly leases: number;
}

export class ImportSource {
  readonly name: string;
  #last: Imported | null = null;
  #problem: string | null = null;
  /** It is not here, which is no problem: another agent has it. */
  #isElsewhere = false;

  constructor(name: string) {
    this.name = name;
  }

  /** The last good one stays, whatever comes after it. */
  get last(): Imported | null {
    return this.#last;
  }

  get problem(): string | null {
    return this.#problem;
  }

  /** Returns whether it says something else than before of how it goes. */
  take(reading: Reading<Imported>): boolean {
    const before = this.#told();
    this.#isElsewhere = false;
    this.#problem = reading.ok ? null : printable(reading.problem).slice(0, MAX_PROBLEM);
    if (reading.ok) this.#last = reading.value;
    return this.#told() !== before;
  }

  /** The file is not on this machine. */
  setElsewhere(): void {
    this.#isElsewhere = this.#last === null;
    this.#problem = this.#isElsewhere ? null : 'its file is gone';
  }

  /** Null where another agent has it. */
  health(): ImportHealth | null {
    if (this.#isElsewhere) return null;
    return {
      name: this.name,
      succeededAt: this.#last?.readAt ?? null,
      problem: this.#problem,
      doubts: this.#last?.doubts ?? [],
      leases: this.#last?.leases.length ?? 0,
    };
  }

  #told(): string {
    return `${this.#problem}\n${this.#last?.doubts.join('\n')}`;
  }
}
