// Who holds which place in the book: how many findings may be open of one kind and on one address, and which of all gives way.

import { type Entry, keyOf, type OpenEntry, type OpenState } from './entry.ts';
import type { Finding, Report } from './finding.ts';
import { FINDING_KINDS, type FindingKind, SEVERITIES, type Severity } from './kinds.ts';

/** So that a flood of warnings of one kind leaves room for the others, and for a person to read them. */
const MAX_OPEN_WARNINGS = 500;

/** So that a flood of made-up MACs on one address does not become a flood of findings. */
const MAX_CULPRITS = 16;

/** What the culprits of one address have in common. */
type Subject = Pick<Finding, 'kind' | 'ip' | 'segment'>;
type Open = ReadonlyMap<FindingKind, Readonly<Record<Severity, Set<string>>>>;

export class Places {
  readonly #entries: ReadonlyMap<string, Entry>;
  /** Open findings, by key, of one state, kind, segment and address, whoever the culprit; the one that began first is first. */
  readonly #culprits = new Map<string, Set<string>>();
  /** By key; the one that has been over for longest first. */
  readonly #over = new Set<string>();
  /**
   * By key, those that have been as grave for longest first. Apart, so that what nobody wants to hear of takes no room from
   * what is told.
   */
  readonly #open: Readonly<Record<OpenState, Open>> = { active: noneOpen(), suppressed: noneOpen() };

  /** @param entries the book's, by key: whoever holds a place is among them. */
  constructor(entries: ReadonlyMap<string, Entry>) {
    this.#entries = entries;
  }

  /** It is open. */
  take({ finding, state }: OpenEntry): void {
    const key = keyOf(finding);
    const group = groupOf(finding, state);
    this.#culprits.set(group, (this.#culprits.get(group) ?? new Set()).add(key));
    this.#open[state].get(finding.kind)![finding.severity].add(key);
  }

  /** It is open no more, or otherwise: to be told with what it was. */
  leave({ finding, state }: OpenEntry): void {
    const key = keyOf(finding);
    const group = groupOf(finding, state);
    const culprits = this.#culprits.get(group);
    culprits?.delete(key);
    if (culprits?.size === 0) this.#culprits.delete(group);
    this.#open[state].get(finding.kind)![finding.severity].delete(key);
  }

  /** It is over, and makes room before all others. */
  over(key: string): void {
    this.#over.add(key);
  }

  forget(key: string): void {
    this.#over.delete(key);
  }

  hasRoomForWarning(kind: FindingKind, state: OpenState): boolean {
    return this.#open[state].get(kind)!.warning.size < MAX_OPEN_WARNINGS;
  }

  /**
   * Where an address has too many culprits, the one that gives way to a confirmed one: stray frames must not hide it. Null:
   * there is room. Undefined: none does.
   */
  surplus(report: Report, state: OpenState): Entry | null | undefined {
    const culprits = this.#culprits.get(groupOf(report, state));
    if (!culprits || culprits.size < MAX_CULPRITS) return null;
    if (report.confirmed === false) return undefined;
    for (const key of culprits) {
      const entry = this.#entries.get(key)!;
      if (!entry.finding.confirmed) return entry;
    }
    return undefined;
  }

  /** Once the book is full: one that is not told; for a critical one a warning gives way too. */
  giveWay(forWarning: boolean): Entry | undefined {
    const { active, suppressed } = this.#open;
    return (
      this.#firstOf([this.#over]) ??
      this.#firstOf(suppressed.values().flatMap((open) => SEVERITIES.map((one) => open[one]))) ??
      (forWarning ? undefined : this.#firstOf(active.values().map(({ warning }) => warning)))
    );
  }

  /** Few, whatever the flood. */
  openOn(subject: Subject): Finding[] {
    return (['active', 'suppressed'] as const).flatMap((state) =>
      [...(this.#culprits.get(groupOf(subject, state)) ?? [])].map((key) => this.#entries.get(key)!.finding),
    );
  }

  *openOf(kind: FindingKind): Generator<Finding> {
    for (const open of [this.#open.active, this.#open.suppressed])
      for (const severity of SEVERITIES)
        for (const key of open.get(kind)![severity]) yield this.#entries.get(key)!.finding;
  }

  /** The one that was raised first among the first of each set. */
  #firstOf(sets: Iterable<ReadonlySet<string>>): Entry | undefined {
    let first: Entry | undefined;
    for (const keys of sets)
      for (const key of keys) {
        const entry = this.#entries.get(key)!;
        if (!first || entry.finding.raisedAt < first.finding.raisedAt) first = entry;
        break;
      }
    return first;
  }
}

function groupOf({ kind, ip, segment }: Subject, state: OpenState): string {
  return `${state} ${keyOf({ kind, ip, segment, culprit: null })}`;
}

function noneOpen(): Open {
  return new Map(FINDING_KINDS.map((kind) => [kind, { critical: new Set(), warning: new Set() }]));
}
