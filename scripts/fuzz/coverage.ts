// Which parts of the source have run, by V8's own counters: no tool rewrites the code, so TypeScript is measured as it stands.
// The finest part is a block; V8 tells for each function which of its blocks did not run.

import { Session } from 'node:inspector';

/** Offsets in a source. */
type Span = readonly [start: number, end: number];

/** Of one function, by its place: what of it ran. */
export type Gain = ReadonlyMap<string, readonly Span[]>;

interface FunctionCoverage {
  readonly ranges: readonly {
    readonly startOffset: number;
    readonly endOffset: number;
    readonly count: number;
  }[];
}

interface ScriptCoverage {
  readonly url: string;
  readonly functions: readonly FunctionCoverage[];
}

export class Coverage implements Disposable {
  readonly #session = new Session();
  readonly #isCounted: (url: string) => boolean;
  /** Of each function that ran, what never did. */
  readonly #missing = new Map<string, readonly Span[]>();

  /** @param isCounted by the URL of a source. */
  constructor(isCounted: (url: string) => boolean) {
    this.#isCounted = isCounted;
    this.#session.connect();
    this.#session.post('Profiler.enable');
    this.#session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  }

  /** Forgets what ran since the last look. */
  skip(): void {
    this.#look();
  }

  /** What ran since the last look and never before; empty: nothing. */
  take(): Gain {
    const gain = new Map<string, readonly Span[]>();
    for (const [place, { whole, missing }] of this.#look()) {
      const known = this.#missing.get(place) ?? [whole];
      const left = both(known, missing);
      if (this.#missing.has(place) && length(left) === length(known)) continue;
      gain.set(place, without(known, missing));
      this.#missing.set(place, left);
    }
    return gain;
  }

  /** What of this ran since the last look. */
  takeOf(gain: Gain): Gain {
    const ran = this.#look();
    const found = new Map<string, readonly Span[]>();
    for (const [place, spans] of gain) {
      const one = ran.get(place);
      if (!one) continue;
      const covered = without(spans, one.missing);
      if (covered.length > 0) found.set(place, covered);
    }
    return found;
  }

  [Symbol.dispose](): void {
    this.#session.post('Profiler.stopPreciseCoverage');
    this.#session.disconnect();
  }

  #look(): Map<string, { readonly whole: Span; readonly missing: readonly Span[] }> {
    let scripts: readonly ScriptCoverage[] = [];
    // Answered before it returns: the session is this thread's own.
    this.#session.post('Profiler.takePreciseCoverage', (_: Error | null, answer?: unknown) => {
      scripts = (answer as { readonly result: readonly ScriptCoverage[] }).result;
    });
    const seen = new Map<string, { readonly whole: Span; readonly missing: readonly Span[] }>();
    for (const { url, functions } of scripts) {
      if (!this.#isCounted(url)) continue;
      for (const { ranges } of functions) {
        const [outer] = ranges;
        if (!outer || outer.count === 0) continue;
        const whole: Span = [outer.startOffset, outer.endOffset];
        seen.set(`${url}:${whole.join('-')}`, { whole, missing: missingOf(ranges) });
      }
    }
    return seen;
  }
}

/** Subtracts the inner blocks that ran from those around them that did not. */
function missingOf(ranges: FunctionCoverage['ranges']): readonly Span[] {
  let missing: readonly Span[] = [];
  for (const { startOffset, endOffset, count } of ranges) {
    const span: Span = [startOffset, endOffset];
    missing = count === 0 ? [...without(missing, [span]), span] : without(missing, [span]);
  }
  return missing.toSorted((a, b) => a[0] - b[0]);
}

function length(spans: readonly Span[]): number {
  return spans.reduce((sum, [start, end]) => sum + end - start, 0);
}

/** What lies in both; each list in order and without overlap. */
function both(one: readonly Span[], other: readonly Span[]): Span[] {
  return one.flatMap(([start, end]) =>
    other.flatMap(([from, to]): Span[] => {
      const inside: Span = [Math.max(start, from), Math.min(end, to)];
      return inside[0] < inside[1] ? [inside] : [];
    }),
  );
}

function without(spans: readonly Span[], taken: readonly Span[]): Span[] {
  return taken.reduce<readonly Span[]>(
    (left, [from, to]) =>
      left.flatMap(([start, end]) =>
        (
          [
            [start, Math.min(end, from)],
            [Math.max(start, to), end],
          ] as const
        ).filter(([a, b]) => a < b),
      ),
    spans,
  ) as Span[];
}
