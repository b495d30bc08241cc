// Reports for which nothing in the book gave way: a flood, or a limit that this LAN is beyond.
import type { Micros } from '../../base/time.ts';
import type { Suspicion } from './finding.ts';
import type { FindingKind } from './kinds.ts';

export class Refusals {
  readonly #counts = new Map<FindingKind, number>();
  last: { readonly report: Suspicion; readonly at: Micros } | null = null;

  noted(report: Suspicion, at: Micros): void {
    this.#counts.set(report.kind, (this.#counts.get(report.kind) ?? 0) + 1);
    this.last = { report, at };
  }

  /** Since this was last asked for from the beginning, by kind; those of which most were refused come first. */
  counts(): [FindingKind, number][] {
    return [...this.#counts].toSorted(([, a], [, b]) => b - a);
  }

  startOver(): void {
    this.#counts.clear();
    this.last = null;
  }
}
