// What is told of findings: each as it is to be shown, with what people have acknowledged, and how many were told or were not.

import type { Micros } from '../../base/time.ts';
import { type Acknowledgement, Acknowledgements } from './acknowledgement.ts';
import { changesOf } from './entry.ts';
import { type Finding, type FindingEvent, SUPPRESSED_BY, type Suppression } from './finding.ts';
import { FINDING_KINDS, type FindingKind } from './kinds.ts';
import type { Suppressed } from './suppression.ts';

/** Findings that began and were not raised. */
export interface SuppressionCount {
  readonly kind: FindingKind;
  readonly by: Suppression['by'];
  readonly count: number;
}

interface TellingOptions {
  readonly emit: (event: FindingEvent) => void;
  /** Told when an acknowledgement ends. */
  readonly wake: (at: Micros) => void;
  /** What the wall clock shows then. */
  readonly toWall: (at: Micros) => Micros;
  /** The finding of an id where it is told of just now, else undefined. */
  readonly active: (id: string) => Finding | undefined;
}

export class Telling {
  readonly #options: TellingOptions;
  readonly #acknowledgements = new Acknowledgements();
  readonly raised = Object.fromEntries(FINDING_KINDS.map((kind) => [kind, 0])) as Record<FindingKind, number>;
  readonly #suppressed = new Map<string, number>();

  constructor(options: TellingOptions) {
    this.#options = options;
  }

  /** The finding as it is to be shown. */
  shown(finding: Finding): Finding {
    return this.#acknowledgements.shown(finding);
  }

  tellRaised(finding: Finding, at: Micros): void {
    this.raised[finding.kind] += 1;
    this.#emit({ type: 'finding', action: 'raised', at, finding });
  }

  /** Only what is another as it is shown. */
  tellChanged(before: Finding, finding: Finding, at: Micros): void {
    const changed = changesOf(this.shown(before), this.shown(finding));
    if (changed.length > 0) this.#emit({ type: 'finding', action: 'changed', at, finding, changed });
  }

  tellResolved(finding: Finding, at: Micros): void {
    this.#emit({ type: 'finding', action: 'resolved', at, finding });
  }

  countSuppressed(kind: FindingKind, { suppressed: { by } }: Suppressed): void {
    const key = `${kind} ${by}`;
    this.#suppressed.set(key, (this.#suppressed.get(key) ?? 0) + 1);
  }

  /** One for each kind and each reason, 0 included. */
  suppressions(): SuppressionCount[] {
    return FINDING_KINDS.flatMap((kind) =>
      SUPPRESSED_BY.map((by) => ({ kind, by, count: this.#suppressed.get(`${kind} ${by}`) ?? 0 })),
    );
  }

  /** These are all there are. */
  setAcknowledgements(all: readonly Acknowledgement[], now: Micros): void {
    const { active, toWall } = this.#options;
    this.#tellAcknowledged(this.#acknowledgements.set(all, toWall(now), active), now);
  }

  /** Time has passed, or the wall clock was set. */
  lookAtAcknowledgements(now: Micros): void {
    const { active, toWall } = this.#options;
    this.#tellAcknowledged(this.#acknowledgements.look(toWall(now), active), now);
  }

  #tellAcknowledged(findings: readonly Finding[], at: Micros): void {
    for (const finding of findings)
      this.#emit({ type: 'finding', action: 'changed', at, finding, changed: ['acknowledged'] });
    const { toWall, wake } = this.#options;
    wake(at + this.#acknowledgements.firstEnd - toWall(at));
  }

  #emit(event: FindingEvent): void {
    this.#options.emit({ ...event, finding: this.shown(event.finding) });
  }
}
