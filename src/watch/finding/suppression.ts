// What the operator wants to hear of: settings for each kind, and findings that are ignored or silenced. Such a finding is
// kept, shown and counted like any other; it is only not raised.

import type { Micros } from '../../base/time.ts';
import type { IpAddress, Mac } from '../../net/address.ts';
import { type IpRange, rangeContains } from '../../net/range.ts';
import type { Culprit, Suppression } from './finding.ts';
import { FINDING_KINDS, type FindingKind, KINDS, type LifeCycle, type Severity } from './kinds.ts';

/** Which findings a rule is about: those that fit all that is given. */
interface Selector {
  readonly mac: Mac | null;
  /** Every one of them holds the address. */
  readonly ranges: readonly IpRange[];
  /** Null: all kinds. */
  readonly kinds: readonly FindingKind[] | null;
}

export interface IgnoreRule extends Selector {
  /** Why; for whoever reads it in a year. */
  readonly comment: string;
}

export interface SilenceRule extends IgnoreRule {
  /** By the wall clock. */
  readonly until: Micros;
}

export interface KindSettings {
  readonly enabled: boolean;
  readonly severity: Severity;
  readonly holdDown: Micros;
  /** Of no effect on kinds that end with their condition. */
  readonly quiet: Micros;
}

export interface SuppressionSettings {
  readonly kinds: { readonly [Kind in FindingKind]?: Partial<KindSettings> };
  readonly ignore: readonly IgnoreRule[];
  readonly silences: readonly SilenceRule[];
}

export const ALL_HEARD: SuppressionSettings = { kinds: {}, ignore: [], silences: [] };

/** What of a finding a rule can speak of. */
export interface Subject {
  readonly kind: FindingKind;
  readonly ip: IpAddress;
  readonly macs: readonly Mac[];
  readonly culprit: Culprit | null;
}

/** Not raised, and for how long. */
export interface Suppressed {
  readonly suppressed: Suppression;
  /** When to judge anew; Infinity where only another configuration changes it. */
  readonly until: Micros;
}

export class SuppressionRules {
  #settings: SuppressionSettings = ALL_HEARD;
  readonly #lifeCycles = new Map<FindingKind, LifeCycle>();
  /** How much the wall clock is ahead of the times that the watcher is told. */
  #ahead: Micros = 0;

  constructor(settings: SuppressionSettings = ALL_HEARD) {
    this.set(settings);
  }

  set(settings: SuppressionSettings): void {
    this.#settings = settings;
    for (const kind of FINDING_KINDS) {
      const { quiet, holdDown } = KINDS[kind];
      const own = settings.kinds[kind];
      this.#lifeCycles.set(kind, {
        quiet: quiet === null ? null : (own?.quiet ?? quiet),
        holdDown: own?.holdDown ?? holdDown,
      });
    }
  }

  lifeCycle(kind: FindingKind): LifeCycle {
    return this.#lifeCycles.get(kind)!;
  }

  isEnabled(kind: FindingKind): boolean {
    return this.#settings.kinds[kind]?.enabled !== false;
  }

  /** @param own what the detector says of this one finding. */
  severity(kind: FindingKind, own?: Severity): Severity {
    return this.#settings.kinds[kind]?.severity ?? own ?? KINDS[kind].severity;
  }

  /** @returns whether that is news. */
  setAhead(ahead: Micros): boolean {
    const changed = ahead !== this.#ahead;
    this.#ahead = ahead;
    return changed;
  }

  /** What the wall clock shows then. */
  toWall(at: Micros): Micros {
    return at + this.#ahead;
  }

  /** Why this finding is not raised now; null where it is. What lasts longest is named. */
  judge(subject: Subject, now: Micros): Suppressed | null {
    const { ignore, silences } = this.#settings;
    if (!this.isEnabled(subject.kind)) return lasting({ by: 'off', comment: null });
    const rule = ignore.find((one) => selects(one, subject));
    if (rule) return lasting({ by: 'ignore', comment: rule.comment });
    let longest: SilenceRule | undefined;
    for (const silence of silences) {
      const lasts = now + this.#ahead < silence.until && (!longest || silence.until > longest.until);
      if (lasts && selects(silence, subject)) longest = silence;
    }
    if (!longest) return null;
    const { comment, until } = longest;
    return { suppressed: { by: 'silence', comment }, until: until - this.#ahead };
  }
}

function lasting(suppressed: Suppression): Suppressed {
  return { suppressed, until: Number.POSITIVE_INFINITY };
}

function selects({ kinds, ranges, mac }: Selector, subject: Subject): boolean {
  if (kinds !== null && !kinds.includes(subject.kind)) return false;
  if (!ranges.every((range) => rangeContains(range, subject.ip))) return false;
  return mac === null || isAbout(subject, mac);
}

/** Where several machines are at odds, one of them being ignored says nothing of the others. */
function isAbout({ culprit, macs }: Subject, mac: Mac): boolean {
  if (culprit && 'mac' in culprit) return culprit.mac === mac;
  return macs.length > 0 && macs.every((one) => one === mac);
}
