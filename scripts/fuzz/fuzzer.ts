// Feeds a target with edits of what is known, and keeps each input that ran something for the first time: its edits go further.
import { Random } from '../../lab/world/random.ts';
import type { Coverage, Gain } from './coverage.ts';
import { edited } from './edits.ts';
import { LawBroken, type Target } from './target.ts';

/** Looking at the coverage costs as much as some dozens of inputs. */
const BATCH = 400;
/** Of the inputs, so many are edits of what was found last. */
const LATEST = 20;
const LATEST_SHARE = 0.5;
const SLOW_MS = 250;
/** Of the processor's time, and the best of so many tries: the machine may be busy, and the memory be tidied up. */
const TRIES = 4;
const SHRINK_TRIES = 2000;

export interface Failure {
  /** The same for all inputs that fail alike. */
  readonly kind: string;
  readonly input: Uint8Array;
  readonly error: Error;
}

export interface FuzzerOptions {
  readonly seed: string;
  /** Beside the target's own seeds. */
  readonly corpus: readonly Uint8Array[];
  /** Null: inputs are edits of the corpus alone. */
  readonly coverage: Coverage | null;
  /** Called before an input is run. */
  readonly onInput?: (input: Uint8Array) => void;
  /** Milliseconds of the processor that an input may take; null: as many as it wants. @default 250 */
  readonly slow?: number | null;
}

export class Fuzzer {
  readonly #target: Target;
  readonly #options: FuzzerOptions;
  readonly #random: Random;
  readonly #known: Uint8Array[];
  readonly #seen = new Set<string>();
  readonly #failures = new Map<string, Failure>();
  #inputs = 0;

  constructor(target: Target, options: FuzzerOptions) {
    this.#target = target;
    this.#options = options;
    this.#random = new Random(options.seed);
    // A Buffer's slice is no copy.
    this.#known = [...target.seeds, ...options.corpus].map((input) => Uint8Array.from(input));
  }

  get inputs(): number {
    return this.#inputs;
  }

  /** The first of each kind, as short as it could be made. */
  get failures(): readonly Failure[] {
    return [...this.#failures.values()];
  }

  get known(): readonly Uint8Array[] {
    return this.#known;
  }

  /** Runs what is known already. */
  async begin(): Promise<void> {
    for (const input of this.#known) await this.#try(input);
    this.#options.coverage?.take();
  }

  /** So many edits, and what they ran for the first time. */
  async batch(count = BATCH): Promise<void> {
    const inputs = Array.from({ length: count }, () => this.#next());
    for (const input of inputs) await this.#try(input);
    const gain = this.#options.coverage?.take();
    if (gain && gain.size > 0) await this.#keep(inputs, gain);
  }

  /** The fewest and shortest of what was found that run all that it runs. @param coverage one that has seen nothing. */
  async distilled(coverage: Coverage): Promise<readonly Uint8Array[]> {
    const kept: Uint8Array[] = [];
    const seeds = this.#target.seeds.length;
    for (const input of this.#known.slice(0, seeds)) await this.#try(input);
    coverage.take();
    for (const input of this.#known.slice(seeds).toSorted((a, b) => a.length - b.length)) {
      await this.#try(input);
      if (coverage.take().size > 0) kept.push(input);
    }
    return kept;
  }

  #next(): Uint8Array {
    const known = this.#known;
    const random = this.#random;
    if (known.length === 0) return random.bytes(random.between(1, 64));
    const pool = random.chance(LATEST_SHARE) ? known.slice(-LATEST) : known;
    return edited(random.pick(pool), random, {
      other: random.pick(known),
      words: this.#target.words ?? [],
    });
  }

  /** By halves: which of these ran it. */
  async #keep(inputs: readonly Uint8Array[], gain: Gain): Promise<void> {
    const [only] = inputs;
    if (inputs.length === 1) {
      const key = Buffer.from(only!).toString('latin1');
      if (!this.#seen.has(key)) this.#known.push(only!);
      this.#seen.add(key);
      return;
    }
    const middle = inputs.length >> 1;
    let left = gain;
    for (const half of [inputs.slice(0, middle), inputs.slice(middle)]) {
      if (left.size === 0) return;
      this.#options.coverage!.skip();
      for (const input of half) await this.#try(input);
      const ran = this.#options.coverage!.takeOf(left);
      if (ran.size > 0) await this.#keep(half, ran);
      left = new Map([...left].filter(([place]) => !ran.has(place)));
    }
  }

  async #try(input: Uint8Array): Promise<void> {
    this.#inputs += 1;
    const error = await this.#errorOf(input);
    if (error === null) return;
    const kind = kindOf(error);
    if (this.#failures.has(kind)) return;
    // Shrinking runs it again and again.
    this.#failures.set(kind, { kind, input, error });
    this.#failures.set(kind, { kind, input: await this.#shrunk(input, kind), error });
  }

  async #errorOf(input: Uint8Array): Promise<Error | null> {
    const { slow = SLOW_MS, onInput } = this.#options;
    onInput?.(input);
    let best = Number.POSITIVE_INFINITY;
    for (let tries = TRIES; tries > 0; tries -= 1) {
      const start = process.threadCpuUsage();
      try {
        await this.#target.run(input.slice());
      } catch (error) {
        return error instanceof Error ? error : new Error(String(error));
      }
      const { user, system } = process.threadCpuUsage(start);
      best = Math.min(best, (user + system) / 1000);
      if (slow === null || best < slow) return null;
    }
    return new Error(`slow: takes longer than ${slow} ms`);
  }

  async #shrunk(input: Uint8Array, kind: string): Promise<Uint8Array> {
    let best = input;
    let left = SHRINK_TRIES;
    for (let size = Math.ceil(input.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
      for (let at = 0; at < best.length && left > 0; left -= 1) {
        const shorter = Uint8Array.from([...best.subarray(0, at), ...best.subarray(at + size)]);
        const error = await this.#errorOf(shorter);
        if (error !== null && kindOf(error) === kind) best = shorter;
        else at += size;
      }
    }
    return best;
  }
}

/** What an input has of its own in a message is left out. */
function kindOf(error: Error): string {
  if (error instanceof LawBroken) return error.law;
  const place = /^\s+at .*$/m.exec(error.stack ?? '')?.[0].trim() ?? '';
  return `${error.name} ${error.message.slice(0, 60).replaceAll(/\d+/g, '0')} ${place}`;
}
