// A turn of `make fuzz`: a process of its own that feeds one target for so long. What it runs at any moment it writes into a file,
// so that an input which never ends, or takes all the memory, is known as well.
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { readCorpus } from './corpus.ts';
import { Coverage } from './coverage.ts';
import { LONGEST } from './edits.ts';
import { Fuzzer } from './fuzzer.ts';
import { TARGETS } from './targets.ts';

/** Bytes. */
const HEAD = 8;
/** Of memory outside the heap, which no limit of the heap bounds. */
const MOST_BUFFERS = 200 * 1024 * 1024;

export interface TurnTask {
  readonly target: string;
  readonly seed: string;
  readonly milliseconds: number;
  /** What was found earlier in this run, beside the corpus. */
  readonly known: readonly Uint8Array[];
  /** The file of {@link Current}. */
  readonly current: string;
}

export interface TurnResult {
  readonly inputs: number;
  readonly known: readonly Uint8Array[];
  readonly failures: readonly TurnFailure[];
}

export interface TurnFailure {
  /** The same for all inputs that fail alike. */
  readonly kind: string;
  readonly input: Uint8Array;
  readonly stack: string;
}

/** The input that runs now: how many were begun, its length, and its bytes. */
class Current implements Disposable {
  readonly #file: number;
  readonly #bytes = Buffer.alloc(HEAD + LONGEST);
  #begun = 0;

  constructor(path: string) {
    this.#file = openSync(path, 'w');
  }

  set(input: Uint8Array): void {
    this.#begun += 1;
    const length = Math.min(input.length, LONGEST);
    this.#bytes.writeUInt32LE(this.#begun, 0);
    this.#bytes.writeUInt32LE(length, 4);
    this.#bytes.set(input.subarray(0, length), HEAD);
    writeSync(this.#file, this.#bytes, 0, HEAD + length, 0);
  }

  [Symbol.dispose](): void {
    closeSync(this.#file);
  }
}

/** What the file of {@link Current} says. */
export function readCurrent(path: string): { readonly begun: number; readonly input: Uint8Array } {
  const bytes = readFileSync(path);
  if (bytes.length < HEAD) return { begun: 0, input: new Uint8Array() };
  const length = bytes.readUInt32LE(4);
  return { begun: bytes.readUInt32LE(0), input: Uint8Array.from(bytes.subarray(HEAD, HEAD + length)) };
}

function isOwnSource(url: string): boolean {
  return url.includes('/src/') && !url.includes('/node_modules/');
}

async function work({ target: name, seed, milliseconds, known, current }: TurnTask): Promise<TurnResult> {
  const target = await TARGETS[name]!();
  using running = new Current(current);
  using coverage = new Coverage(isOwnSource);
  const corpus = [...readCorpus(name, target.kind), ...known];
  const fuzzer = new Fuzzer(target, {
    seed,
    corpus,
    coverage,
    onInput: (input) => running.set(input),
  });
  const until = performance.now() + milliseconds;
  await fuzzer.begin();
  while (performance.now() < until) {
    await fuzzer.batch();
    const { arrayBuffers } = process.memoryUsage();
    if (arrayBuffers > MOST_BUFFERS) throw new Error(`buffers of ${arrayBuffers >> 20} MiB are kept`);
  }
  using fresh = new Coverage(isOwnSource);
  return {
    inputs: fuzzer.inputs,
    known: await fuzzer.distilled(fresh),
    failures: fuzzer.failures.map(({ kind, input, error }) => ({ kind, input, stack: error.stack ?? '' })),
  };
}

if (import.meta.main)
  process.once('message', async (task: TurnTask) => {
    const result = await work(task);
    // A target may keep something open.
    process.send!(result, () => process.exit(0));
  });
