// Whether a finding that begins gets a place, what gives way to it, and what becomes of a report that gets none.

import type { Micros } from '../../base/time.ts';
import type { NotFindingReason } from '../lan/reasons.ts';
import { Crowd } from './crowd.ts';
import { type Entry, keyOf, type OpenState } from './entry.ts';
import type { Suspicion } from './finding.ts';
import type { FindingKind, Severity } from './kinds.ts';
import { Owed } from './owed.ts';
import { Places, type PlacesOptions } from './places.ts';
import { Refusals } from './refusals.ts';

/** Why there is no place. */
export type NoPlace = NotFindingReason & ('too-many-culprits' | 'too-many-of-kind' | 'too-many-findings');

/** There is one, once these have given way: one that ends, and one that is forgotten. */
export interface Place {
  readonly ends: Entry | null;
  readonly isForgotten: boolean;
}

interface AdmissionOptions extends PlacesOptions {
  /** It ends with its condition alone, and so may begin and end as often as frames come. */
  readonly endsByCondition: (kind: FindingKind) => boolean;
}

export class Admission {
  readonly places: Places;
  readonly crowd = new Crowd();
  readonly owed = new Owed();
  readonly refusals = new Refusals();
  readonly #options: AdmissionOptions;

  constructor(options: AdmissionOptions) {
    this.#options = options;
    this.places = new Places(options);
  }

  /** @param group as `groupOf` names it. */
  judge(report: Suspicion, group: string, state: OpenState, severity: Severity, at: Micros): NoPlace | Place {
    const { capacity, entries, endsByCondition } = this.#options;
    if (endsByCondition(report.kind) && !this.crowd.mayBegin(group, at)) return 'too-many-culprits';
    const ends = this.places.surplus(report, state, severity, at);
    if (typeof ends === 'string') return ends;
    if (entries.size < capacity || entries.has(keyOf(report))) return { ends, isForgotten: false };
    const forgotten = ends ?? this.places.giveWay(report, state, severity);
    if (forgotten) return { ends: forgotten, isForgotten: true };
    // That findings are refused is told, whatever there is no room for.
    return report.kind === 'findings-refused' ? { ends: null, isForgotten: false } : 'too-many-findings';
  }

  /** @returns when there is something to be done about it; null: never. */
  refused(report: Suspicion, group: string, why: NoPlace, at: Micros): Micros | null {
    const lookAt = this.#options.endsByCondition(report.kind) ? this.owed.add(report, group, at) : null;
    if (why === 'too-many-culprits') return lookAt;
    this.refusals.noted(report, at);
    return at;
  }
}
