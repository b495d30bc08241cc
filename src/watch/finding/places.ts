// Who holds which place in the book: how many findings may be open of one kind, on one address and one segment, and which of all
// gives way. A flood of one kind, of one address or of one segment never takes the room of another's first finding.

import type { Micros } from '../../base/time.ts';
import type { Segment } from '../lan/segment.ts';
import { type Entry, keyOf, type OpenEntry, type OpenState } from './entry.ts';
import type { Finding, Report } from './finding.ts';
import { FINDING_KINDS, type FindingKind, SEVERITIES, type Severity } from './kinds.ts';
import { Recurring } from './recurring.ts';
import { Shares } from './shares.ts';

/** So that a flood of warnings of one kind leaves room for the others, and for a person to read them. */
const MAX_OPEN_WARNINGS = 500;

/** So that a flood of made-up MACs on one address of a segment does not become a flood of findings. */
export const MAX_CULPRITS = 16;

/** The same on all segments together that tags alone name: a frame's VLAN tag is as easily made up as its MAC. */
const MAX_BY_TAGS = 2 * MAX_CULPRITS;

/** Of one kind and address, so many that are over are kept. */
const MAX_OVER = 32;

/** Of the book's places, this part is left to what is over as long as anything else can make room. */
const HISTORY = 1 / 4;

/** What the culprits of one address have in common. */
export type Subject = Pick<Finding, 'kind' | 'ip' | 'segment'>;
type Open = ReadonlyMap<FindingKind, Readonly<Record<Severity, Shares>>>;

export interface PlacesOptions {
  /** How many findings the book holds. */
  readonly capacity: number;
  /** The book's, by key: whoever holds a place is among them. */
  readonly entries: ReadonlyMap<string, Entry>;
  /** This node is on the segment itself: it is not merely named by the tag of a frame. */
  readonly isOwn: (segment: Segment) => boolean;
}

export class Places {
  readonly #options: PlacesOptions;
  /** Open findings, by key, of one state, kind, segment and address, whoever the culprit; the one that began first is first. */
  readonly #culprits = new Map<string, Set<string>>();
  /** By key; those that have been over for longest first. */
  readonly #over: ReadonlyMap<FindingKind, Shares> = new Map(
    FINDING_KINDS.map((kind) => [kind, new Shares()]),
  );
  /**
   * By key, those that have been as grave for longest first. Apart, so that what nobody wants to hear of takes no room from
   * what is told.
   */
  readonly #open: Readonly<Record<OpenState, Open>> = { active: noneOpen(), suppressed: noneOpen() };
  /** Of the active critical ones, by key. */
  readonly #unconfirmed = new Set<string>();
  /** Of reports that found no room. */
  readonly #refused = new Recurring();

  constructor(options: PlacesOptions) {
    this.#options = options;
  }

  /** It is open. */
  take({ finding, state }: OpenEntry): void {
    const key = keyOf(finding);
    const group = groupOf(finding, state);
    this.#culprits.set(group, (this.#culprits.get(group) ?? new Set()).add(key));
    this.#open[state].get(finding.kind)![finding.severity].add(finding.ip, key);
    if (state === 'active' && finding.severity === 'critical' && !finding.confirmed)
      this.#unconfirmed.add(key);
  }

  /** It is open no more, or otherwise: to be told with what it was. */
  leave({ finding, state }: OpenEntry): void {
    const key = keyOf(finding);
    const group = groupOf(finding, state);
    const culprits = this.#culprits.get(group);
    culprits?.delete(key);
    if (culprits?.size === 0) this.#culprits.delete(group);
    this.#open[state].get(finding.kind)![finding.severity].delete(finding.ip, key);
    this.#unconfirmed.delete(key);
  }

  /** It is over, and makes room before all others. Returns one that is forgotten for it: its address has too many. */
  over({ kind, ip }: Finding, key: string): string | undefined {
    const shares = this.#over.get(kind)!;
    shares.add(ip, key);
    return shares.of(ip).size > MAX_OVER ? this.#densest(shares.of(ip)) : undefined;
  }

  forget({ kind, ip }: Finding, key: string): void {
    this.#over.get(kind)!.delete(ip, key);
  }

  /**
   * One that ends so that the report has a place on its address and among its kind. Null: there is room. A word: there is none.
   * Stray frames must not hide a machine that is confirmed, nor made-up tags a segment of this node.
   */
  surplus(
    report: Report,
    state: OpenState,
    severity: Severity,
    at: Micros,
  ): Entry | null | 'too-many-culprits' | 'too-many-of-kind' {
    const own = this.#culpritsOf(report, state);
    if (own.size >= MAX_CULPRITS) {
      return (report.confirmed === false ? undefined : this.#strayAmong(own)) ?? 'too-many-culprits';
    }
    const onAddress = this.#onAddress(report, state);
    if (!this.#isOwn(report) && onAddress.length >= MAX_BY_TAGS) {
      const byTags = this.#entriesOf(onAddress).filter(({ finding }) => !this.#isOwn(finding));
      if (byTags.length >= MAX_BY_TAGS) {
        const victim = this.#leastMissed(byTags.filter((entry) => !own.has(keyOf(entry.finding))));
        return victim && this.#isWorthMore(report, own.size, victim) ? victim : 'too-many-culprits';
      }
    }
    const warnings = this.#open[state].get(report.kind)!.warning;
    if (severity !== 'warning' || warnings.size < MAX_OPEN_WARNINGS) return null;
    if (warnings.largest.size >= onAddress.length + 2)
      return this.#leastMissed(this.#entriesOf(warnings.largest)) ?? 'too-many-of-kind';
    const isAgain = this.#refused.seen(keyOf(report), at);
    return (isAgain ? this.#longestUnheard(warnings.all()) : undefined) ?? 'too-many-of-kind';
  }

  #strayAmong(keys: Iterable<string>): Entry | undefined {
    for (const key of keys) {
      const entry = this.#options.entries.get(key)!;
      if (!entry.finding.confirmed) return entry;
    }
    return undefined;
  }

  /** Once the book is full, one that is forgotten for the report; undefined where none is worth less. */
  giveWay(report: Report, state: OpenState, severity: Severity): Entry | undefined {
    const isCritical = severity === 'critical';
    const history = this.#over.values().reduce((sum, { size }) => sum + size, 0);
    if (history > this.#options.capacity * HISTORY) return this.#oldestOver();
    const suppressed = this.#firstOf(sharesOf(this.#open.suppressed, SEVERITIES));
    if (suppressed || state === 'suppressed') return suppressed ?? this.#oldestOver();
    return (
      this.#redundant(report) ??
      (isCritical ? this.#firstOf(sharesOf(this.#open.active, ['warning'])) : undefined) ??
      (isCritical ? this.#oldestOver() : undefined) ??
      this.#ofLargerKind(report.kind, isCritical ? SEVERITIES : ['warning']) ??
      (isCritical && report.confirmed !== false ? this.#entryOf(first(this.#unconfirmed)) : undefined)
    );
  }

  /** Few, whatever the flood; as a rule none, and then there is next to nothing to look for. */
  openOn(subject: Subject): Finding[] {
    if (!this.#isAnyOn(subject)) return [];
    return (['active', 'suppressed'] as const).flatMap((state) =>
      this.#entriesOf(this.#culpritsOf(subject, state)).map(({ finding }) => finding),
    );
  }

  /** Of all that are told of one kind and address, the one that speaks for those without a finding of their own. */
  speakerOn(subject: Pick<Finding, 'kind' | 'ip'>): Entry | undefined {
    const { critical, warning } = this.#open.active.get(subject.kind)!;
    return this.#entryOf(first(critical.of(subject.ip)) ?? first(warning.of(subject.ip)));
  }

  *openOf(kind: FindingKind): Generator<Finding> {
    for (const open of [this.#open.active, this.#open.suppressed])
      for (const severity of SEVERITIES)
        for (const key of open.get(kind)![severity].all()) yield this.#options.entries.get(key)!.finding;
  }

  /** On whichever segment. */
  #isAnyOn({ kind, ip }: Pick<Subject, 'kind' | 'ip'>): boolean {
    return [this.#open.active, this.#open.suppressed].some((open) => {
      const { critical, warning } = open.get(kind)!;
      return critical.has(ip) || warning.has(ip);
    });
  }

  #culpritsOf(subject: Subject, state: OpenState): ReadonlySet<string> {
    return this.#culprits.get(groupOf(subject, state)) ?? NOBODY;
  }

  #onAddress({ kind, ip }: Subject, state: OpenState): string[] {
    const open = this.#open[state].get(kind)!;
    return SEVERITIES.flatMap((severity) => [...open[severity].of(ip)]);
  }

  /** As the newcomer on its segment, of which `own` are open there. */
  #isWorthMore({ confirmed }: Report, own: number, { finding }: Entry): boolean {
    if (own === 0 && confirmed !== false && !finding.confirmed) return true;
    return this.#culpritsOf(finding, 'active').size >= own + 2;
  }

  #isOwn({ segment }: Subject): boolean {
    return segment === null || this.#options.isOwn(segment);
  }

  /** One of many on an address, where the report's address has fewer. By two at least, or they would take turns. */
  #redundant(report: Report): Entry | undefined {
    const own = this.#onAddress(report, 'active').length;
    const largest = sharesOf(this.#open.active, SEVERITIES)
      .map((shares) => shares.largest)
      .reduce((a, b) => (b.size > a.size ? b : a));
    return largest.size >= own + 2 ? this.#leastMissed(this.#entriesOf(largest)) : undefined;
  }

  /** The latest of the kind that has most, where the report's has fewer by two. */
  #ofLargerKind(kind: FindingKind, severities: readonly Severity[]): Entry | undefined {
    const sizeOf = (one: FindingKind) => {
      const open = this.#open.active.get(one)!;
      return severities.reduce((sum, severity) => sum + open[severity].size, 0);
    };
    const largest = FINDING_KINDS.reduce((a, b) => (sizeOf(b) > sizeOf(a) ? b : a));
    if (sizeOf(largest) < sizeOf(kind) + 2) return undefined;
    const open = this.#open.active.get(largest)!;
    return severities
      .map((severity) => this.#leastMissed(this.#entriesOf(open[severity].largest)))
      .find(Boolean);
  }

  /** A stray frame's first, then one on a segment that this node is not on, then one of many there, then the latest. */
  #leastMissed(entries: readonly Entry[]): Entry | undefined {
    let found: { readonly entry: Entry; readonly weight: number } | undefined;
    for (const entry of entries) {
      const { finding } = entry;
      const group = this.#culpritsOf(finding, 'active').size;
      const weight =
        (finding.confirmed ? 4 : 0) * MAX_CULPRITS + (this.#isOwn(finding) ? 2 : 0) * MAX_CULPRITS - group;
      if (!found || weight <= found.weight) found = { entry, weight };
    }
    return found?.entry;
  }

  /** Of those that were seen once, as a flood's are; else of all. */
  #longestUnheard(keys: Iterable<string>): Entry | undefined {
    let found: Entry | undefined;
    for (const key of keys) {
      const entry = this.#options.entries.get(key)!;
      if (!found || isMissedLess(entry.finding, found.finding)) found = entry;
    }
    return found;
  }

  /** Of those that began closest together, which is in a flood: what happened apart from it is remembered. */
  #densest(keys: Iterable<string>): string | undefined {
    const beginnings = [...keys]
      .map((key) => ({ key, at: this.#options.entries.get(key)!.finding.raisedAt }))
      .sort((a, b) => a.at - b.at);
    const apart = (i: number) =>
      (beginnings[i + 1]?.at ?? Number.POSITIVE_INFINITY) - (beginnings[i - 1]?.at ?? 0);
    let densest = 0;
    for (let i = 1; i < beginnings.length; i += 1) if (apart(i) < apart(densest)) densest = i;
    return beginnings[densest]?.key;
  }

  /** Of the address that has most, so that many on one do not make the others' forgotten. */
  #oldestOver(): Entry | undefined {
    const all = [...this.#over.values()];
    const most = all.reduce((a, b) => (b.largest.size > a.largest.size ? b : a));
    if (most.largest.size > 1) return this.#entryOf(this.#densest(most.largest));
    return this.#entryOf(first(all.reduce((a, b) => (b.size > a.size ? b : a)).all()));
  }

  /** One of many on an address; else the one that was raised first among the first of each. */
  #firstOf(all: readonly Shares[]): Entry | undefined {
    const most = all.reduce((a, b) => (b.largest.size > a.largest.size ? b : a));
    if (most.largest.size > 1) return this.#leastMissed(this.#entriesOf(most.largest));
    return all
      .flatMap((shares) => this.#entryOf(first(shares.all())) ?? [])
      .reduce<Entry | undefined>(
        (a, b) => (a && a.finding.raisedAt <= b.finding.raisedAt ? a : b),
        undefined,
      );
  }

  #entryOf(key: string | undefined): Entry | undefined {
    return key === undefined ? undefined : this.#options.entries.get(key);
  }

  #entriesOf(keys: Iterable<string>): Entry[] {
    return [...keys].map((key) => this.#options.entries.get(key)!);
  }
}

const NOBODY: ReadonlySet<string> = new Set();

function isMissedLess(a: Finding, b: Finding): boolean {
  const isOnce = a.occurrences === 1;
  return isOnce === (b.occurrences === 1) ? a.refreshedAt < b.refreshedAt : isOnce;
}

function first(keys: Iterable<string>): string | undefined {
  for (const key of keys) return key;
  return undefined;
}

/** That findings are refused gives way to none: it speaks of all that there is no room for. */
function sharesOf(open: Open, severities: readonly Severity[]): Shares[] {
  return [...open].flatMap(([kind, of]) =>
    kind === 'findings-refused' ? [] : severities.map((severity) => of[severity]),
  );
}

/** One kind on one address of a segment, whoever the culprit. */
export function groupOf({ kind, ip, segment }: Subject, state: OpenState): string {
  return `${state} ${keyOf({ kind, ip, segment, culprit: null })}`;
}

function noneOpen(): Open {
  return new Map(FINDING_KINDS.map((kind) => [kind, { critical: new Shares(), warning: new Shares() }]));
}
