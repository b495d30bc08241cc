// Judgements that wait for a fact.
import type { Micros } from '../../base/time.ts';

/** So that a flood of half-certain frames does not grow memory: of one class, whatever the others have. */
const OF_ONE_CLASS = 1024;
/** By whose judgement a finding ends: it would not, were that to make way. */
const ENDING = 'declined';
/** Of one address, by as many MACs. */
const OF_ONE_ADDRESS = 128;

interface Judgement {
  readonly dueAt: Micros;
  readonly pronounce: (at: Micros) => void;
}

/** How many judgements of a class wait, and of how many addresses. */
interface Waiting {
  judgements: number;
  addresses: number;
}

/**
 * Judgements that wait a moment for a fact which would overturn them. Their keys are words with slashes between: the class, the
 * segment, the address, the MAC; or whose MAC it is that answers for many addresses, and the address. The first judgement of an
 * address takes the place of one that is not the only one of its own.
 */
export class Deferred {
  readonly #wake: (at: Micros) => void;
  readonly #refused: () => void;
  readonly #judgements = new Map<string, Judgement>();
  readonly #ofAddress = new Map<string, number>();
  readonly #ofClass = new Map<string, Waiting>();

  /**
   * @param wake is told when a judgement falls due.
   * @param refused is told of each judgement that finds no place, or loses it.
   */
  constructor(wake: (at: Micros) => void, refused: () => void) {
    this.#wake = wake;
    this.#refused = refused;
  }

  /** Keeps the first judgement under a key; false where there is no place. */
  add(key: string, dueAt: Micros, pronounce: (at: Micros) => void): boolean {
    if (this.#judgements.has(key)) return true;
    if (!this.#hasPlace(key)) {
      this.#refused();
      return false;
    }
    this.#judgements.set(key, { dueAt, pronounce });
    this.#count(key, 1);
    this.#wake(dueAt);
    return true;
  }

  /** Nothing waits. */
  get isEmpty(): boolean {
    return this.#judgements.size === 0;
  }

  has(key: string): boolean {
    return this.#judgements.has(key);
  }

  cancel(key: string): void {
    if (this.#judgements.delete(key)) this.#count(key, -1);
  }

  cancelWhere(overturned: (key: string) => boolean): void {
    for (const key of this.#judgements.keys()) if (overturned(key)) this.cancel(key);
  }

  /** Pronounces what is due. */
  run(now: Micros): void {
    for (const [key, { dueAt, pronounce }] of this.#judgements) {
      if (dueAt > now) {
        this.#wake(dueAt);
        continue;
      }
      this.cancel(key);
      pronounce(now);
    }
  }

  /** Pronounces at once what `ready` selects by its key. */
  runWhere(ready: (key: string) => boolean, now: Micros): void {
    for (const [key, { pronounce }] of this.#judgements) {
      if (!ready(key)) continue;
      this.cancel(key);
      pronounce(now);
    }
  }

  #hasPlace(key: string): boolean {
    const ofAddress = this.#ofAddress.get(addressIn(key)) ?? 0;
    if (ofAddress >= OF_ONE_ADDRESS) return false;
    const waiting = this.#ofClass.get(classOf(key));
    if (waiting === undefined || waiting.judgements < OF_ONE_CLASS) return true;
    return ofAddress === 0 && waiting.judgements > waiting.addresses && this.#makeWay(classOf(key));
  }

  /** The oldest goes that is not the only one of its address. */
  #makeWay(className: string): boolean {
    if (className === ENDING) return false;
    for (const key of this.#judgements.keys()) {
      if (classOf(key) !== className || this.#ofAddress.get(addressIn(key)) === 1) continue;
      this.cancel(key);
      this.#refused();
      return true;
    }
    return false;
  }

  #count(key: string, change: 1 | -1): void {
    const address = addressIn(key);
    const before = this.#ofAddress.get(address) ?? 0;
    if (before + change === 0) this.#ofAddress.delete(address);
    else this.#ofAddress.set(address, before + change);
    const className = classOf(key);
    const waiting = this.#ofClass.get(className) ?? { judgements: 0, addresses: 0 };
    waiting.judgements += change;
    if (before === 0 || before + change === 0) waiting.addresses += change;
    this.#ofClass.set(className, waiting);
  }
}

function classOf(key: string): string {
  return key.slice(0, key.indexOf('/'));
}

function addressIn(key: string): string {
  return key.slice(0, key.lastIndexOf('/'));
}
