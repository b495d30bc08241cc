// Who holds which place in the book: how many findings may be open of one kind, on one address and one segment, and which of all
// gives way. A flood of one kind, of one address or of one segment never takes the room of another's first finding.

import type { Micros } from '../../base/time.ts';
import type { IpAddress } from '../../net/address.ts';
import type { Segment } from '../lan/segment.ts';
import { Culprits } from './culprits.ts';
import { type Entry, keyOf, type OpenEntry, type OpenState, type Subject } from './entry.ts';
import type { Finding, Suspicion } from './finding.ts';
import { FINDING_KINDS, type FindingKind, SEVERITIES, type Severity } from './kinds.ts';
import { Recurring } from './recurring.ts';
import { Shares } from './shares.ts';
import { Unheard } from './unheard.ts';

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

const OPEN_STATES = ['active', 'suppressed'] as const satisfies readonly OpenState[];
const NO_FINDINGS: readonly Finding[] = [];

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
  /** Of the open ones. */
  readonly #culprits = { active: new Culprits(), suppressed: new Culprits() };
  /** By key; those that have been over for longest first. */
  readonly #over: ReadonlyMap<FindingKind, Shares> = new Map(
    FINDING_KINDS.map((kind) => [kind, new Shares()]),
  );
  /**
   * By key, those that have been as grave for longest first. Apart, so that what nobody wants to hear of takes no room from
   * what is told.
   */
  readonly #open: Readonly<Record<OpenState, Open>> = { active: noneOpen(), suppressed: noneOpen() };
  /** Of the open warnings. */
  readonly #unheard = { active: noneUnheard(), suppressed: noneUnheard() };
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
    this.#culprits[state].add(finding, key);
    this.#open[state].get(finding.kind)![finding.severity].add(finding.ip, key);
    if (finding.severity === 'warning') this.#unheard[state].get(finding.kind)!.add(key, isSeenOnce(finding));
    if (state === 'active' && finding.severity === 'critical' && !finding.confirmed)
      this.#unconfirmed.add(key);
  }

  /** It is open no more, or otherwise: to be told with what it was. */
  leave({ finding, state }: OpenEntry): void {
    const key = keyOf(finding);
    this.#culprits[state].delete(finding, key);
    this.#open[state].get(finding.kind)![finding.severity].delete(finding.ip, key);
    this.#unheard[state].get(finding.kind)!.delete(key);
    this.#unconfirmed.delete(key);
  }

  /** It was seen again, and is as grave as before. */
  heard({ finding, state }: OpenEntry, key: string): void {
    if (finding.severity === 'warning') this.#unheard[state].get(finding.kind)!.add(key, isSeenOnce(finding));
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
    report: Suspicion,
    state: OpenState,
    severity: Severity,
    at: Micros,
  ): Entry | null | 'too-many-culprits' | 'too-many-of-kind' {
    const own = this.#culprits[state].of(report);
    if (own.size >= MAX_CULPRITS) {
      return (report.confirmed === false ? undefined : this.#strayAmong(own)) ?? 'too-many-culprits';
    }
    if (!this.#isOwn(report) && this.#countOn(report.kind, report.ip, state) >= MAX_BY_TAGS) {
      const byTags = this.#byTags(report, state);
      if (byTags.size >= MAX_BY_TAGS) {
        for (const key of own) byTags.delete(key);
        const victim = this.#leastMissed(byTags.values());
        return victim && this.#isWorthMore(report, own.size, victim) ? victim : 'too-many-culprits';
      }
    }
    const warnings = this.#open[state].get(report.kind)!.warning;
    if (severity !== 'warning' || warnings.size < MAX_OPEN_WARNINGS) return null;
    if (warnings.largest.size >= this.#countOn(report.kind, report.ip, state) + 2)
      return this.#leastMissed(this.#entriesOf(warnings.largest)) ?? 'too-many-of-kind';
    const isAgain = this.#refused.seen(keyOf(report), at);
    const longestUnheard = isAgain ? this.#unheard[state].get(report.kind)!.longest : undefined;
    return this.#entryOf(longestUnheard) ?? 'too-many-of-kind';
  }

  #strayAmong(keys: Iterable<string>): Entry | undefined {
    for (const key of keys) {
      const entry = this.#options.entries.get(key)!;
      if (!entry.finding.confirmed) return entry;
    }
    return undefined;
  }

  /** Once the book is full, one that is forgotten for the report; undefined where none is worth less. */
  giveWay(report: Suspicion, state: OpenState, severity: Severity): Entry | undefined {
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

  /** There is, or was, a finding of the kind on the address. */
  knows(kind: FindingKind, ip: IpAddress): boolean {
    if (this.#over.get(kind)!.of(ip).size > 0) return true;
    return this.#countOn(kind, ip, 'active') > 0 || this.#countOn(kind, ip, 'suppressed') > 0;
  }

  /** As many warnings of the kind are told as may be: it is a flood. */
  isFull(kind: FindingKind): boolean {
    return this.#open.active.get(kind)!.warning.size >= MAX_OPEN_WARNINGS;
  }

  /** Few, whatever the flood; as a rule none, and then there is next to nothing to look for. */
  openOn(subject: Subject): Finding[] {
    const found: Finding[] = [];
    for (const state of OPEN_STATES)
      for (const key of this.#culprits[state].of(subject))
        found.push(this.#options.entries.get(key)!.finding);
    return found;
  }

  /** How many of those there are. */
  countOpenOn(subject: Subject): number {
    return this.#culprits.active.of(subject).size + this.#culprits.suppressed.of(subject).size;
  }

  /** Of all that are told of one kind and address, the one that speaks for those without a finding of their own. */
  speakerOn(subject: Pick<Finding, 'kind' | 'ip'>): Entry | undefined {
    const { critical, warning } = this.#open.active.get(subject.kind)!;
    return this.#entryOf(first(critical.of(subject.ip)) ?? first(warning.of(subject.ip)));
  }

  /** Most often there are none: that is asked for each frame of some floods. */
  openOf(kind: FindingKind): IteratorObject<Finding> {
    for (const state of OPEN_STATES) {
      const { critical, warning } = this.#open[state].get(kind)!;
      if (critical.size > 0 || warning.size > 0) return this.#eachOpen(kind);
    }
    return NO_FINDINGS.values();
  }

  *#eachOpen(kind: FindingKind): Generator<Finding> {
    for (const state of OPEN_STATES)
      for (const severity of SEVERITIES)
        for (const key of this.#open[state].get(kind)![severity].all())
          yield this.#options.entries.get(key)!.finding;
  }

  #countOn(kind: FindingKind, ip: IpAddress, state: OpenState): number {
    const { critical, warning } = this.#open[state].get(kind)!;
    return critical.of(ip).size + warning.of(ip).size;
  }

  /** By key, those on an address that are on segments which this node is not on. */
  #byTags({ kind, ip }: Subject, state: OpenState): Map<string, Entry> {
    const open = this.#open[state].get(kind)!;
    const found = new Map<string, Entry>();
    for (const severity of SEVERITIES) {
      for (const key of open[severity].of(ip)) {
        const entry = this.#options.entries.get(key)!;
        if (!this.#isOwn(entry.finding)) found.set(key, entry);
      }
    }
    return found;
  }

  /** As the newcomer on its segment, of which `own` are open there. */
  #isWorthMore({ confirmed }: Suspicion, own: number, { finding }: Entry): boolean {
    if (own === 0 && confirmed !== false && !finding.confirmed) return true;
    return this.#culprits.active.of(finding).size >= own + 2;
  }

  #isOwn({ segment }: Subject): boolean {
    return segment === null || this.#options.isOwn(segment);
  }

  /** One of many on an address, where the report's address has fewer. By two at least, or they would take turns. */
  #redundant(report: Suspicion): Entry | undefined {
    const own = this.#countOn(report.kind, report.ip, 'active');
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
  #leastMissed(entries: Iterable<Entry>): Entry | undefined {
    let found: Entry | undefined;
    let least = Number.POSITIVE_INFINITY;
    for (const entry of entries) {
      const { finding } = entry;
      const group = this.#culprits.active.of(finding).size;
      const weight =
        (finding.confirmed ? 4 : 0) * MAX_CULPRITS + (this.#isOwn(finding) ? 2 : 0) * MAX_CULPRITS - group;
      if (weight > least) continue;
      least = weight;
      found = entry;
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

function isSeenOnce({ occurrences }: Finding): boolean {
  return occurrences === 1;
}

function noneUnheard(): ReadonlyMap<FindingKind, Unheard> {
  return new Map(FINDING_KINDS.map((kind) => [kind, new Unheard()]));
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

function noneOpen(): Open {
  return new Map(FINDING_KINDS.map((kind) => [kind, { critical: new Shares(), warning: new Shares() }]));
}
