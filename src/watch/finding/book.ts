// The life cycle of findings: raised once, refreshed while evidence comes, resolved after quiet, held down. One that is
// suppressed goes through it in silence.

import type { Micros } from '../../base/time.ts';
import type { IpAddress, Mac } from '../../net/address.ts';
import type { Segment } from '../lan/segment.ts';
import type { SuppressionCount, WatchEvent } from '../view.ts';
import {
  culpritOf,
  type Evidence,
  FINDING_KINDS,
  type Finding,
  type FindingKind,
  MAX_EVIDENCE,
  SUPPRESSED_BY,
} from './finding.ts';
import type { Noise, Subject, Verdict } from './suppression.ts';

/** What a detector has to say; the book decides whether it is news. */
export interface Report {
  readonly kind: FindingKind;
  readonly ip: IpAddress;
  readonly segment: Segment | null;
  /** Set where each culprit is a problem of its own, and so part of the identity. */
  readonly culprit: Mac | null;
  readonly macs: readonly Mac[];
  readonly vip: Finding['vip'];
  readonly message: string;
  readonly remedy: string;
}

interface Entry {
  finding: Finding;
  /** Evidence that came while the hold-down kept a resolved finding from being raised again. */
  waiting: Report | null;
  /** Until when a suppressed finding is. */
  suppressedUntil: Micros;
}

/** Open: its condition holds, whether it is told or not. */
type OpenState = Exclude<Finding['state'], 'resolved'>;

/** So that a flood of warnings of one kind leaves room for the others, and for a person to read them. */
const MAX_OPEN_WARNINGS = 500;

/** So that a flood of made-up MACs on one address does not become a flood of findings. */
const MAX_CULPRITS = 16;

function findingId(report: Pick<Report, 'kind' | 'ip' | 'segment' | 'culprit'>): string {
  const place = report.segment ? `/${report.segment.name}` : '';
  const culprit = report.culprit ? `/${report.culprit}` : '';
  return `${report.kind}${place}/${report.ip}${culprit}`;
}

export class FindingBook {
  readonly #entries = new Map<string, Entry>();
  /** Open findings by state, kind, segment and address, whoever the culprit. */
  readonly #culprits = new Map<string, number>();
  /** The one that has been over for longest first. */
  readonly #resolved = new Set<Entry>();
  /** Apart, so that what nobody wants to hear of takes no room from what is told. */
  readonly #open: Readonly<Record<OpenState, ReadonlyMap<FindingKind, Set<Entry>>>> = {
    active: new Map(FINDING_KINDS.map((kind) => [kind, new Set()])),
    suppressed: new Map(FINDING_KINDS.map((kind) => [kind, new Set()])),
  };
  readonly #capacity: number;
  readonly #noise: Noise;
  readonly #emit: (event: WatchEvent) => void;
  readonly #wake: (at: Micros) => void;
  readonly raised = Object.fromEntries(FINDING_KINDS.map((kind) => [kind, 0])) as Record<FindingKind, number>;
  readonly #suppressed = new Map<string, number>();
  /** Since then, that nothing is heard means that nothing is said. */
  #listensSince: Micros = Number.NEGATIVE_INFINITY;
  evictions = 0;

  /** `wake` is told when a finding may turn quiet, its hold-down ends or its silence. */
  constructor(capacity: number, noise: Noise, emit: (event: WatchEvent) => void, wake: (at: Micros) => void) {
    this.#capacity = capacity;
    this.#noise = noise;
    this.#emit = emit;
    this.#wake = wake;
  }

  /** `evidence` is called only where the line is kept. Returns a reason word where the report was not taken. */
  report(
    report: Report,
    at: Micros,
    evidence: () => Evidence,
  ): 'held-down' | 'too-many-culprits' | 'too-many-of-kind' | 'too-many-findings' | null {
    const id = findingId(report);
    const entry = this.#entries.get(id);
    if (entry && entry.finding.state !== 'resolved') {
      entry.finding = refreshed(entry.finding, report, at, evidence());
      this.#reconsider(entry, at);
      return null;
    }
    const verdict = this.#noise.judge(report, at);
    if (entry && this.#isHeldDown(entry.finding, verdict, at)) {
      entry.waiting = report;
      entry.finding = withEvidence(entry.finding, evidence());
      this.#wakeFor(entry);
      return 'held-down';
    }
    const state: OpenState = verdict ? 'suppressed' : 'active';
    if ((this.#culprits.get(groupOf(report, state)) ?? 0) >= MAX_CULPRITS) return 'too-many-culprits';
    const isWarning = this.#noise.severity(report.kind) === 'warning';
    if (isWarning && this.#open[state].get(report.kind)!.size >= MAX_OPEN_WARNINGS) return 'too-many-of-kind';
    if (!entry && !this.#makeRoom(isWarning, at)) return 'too-many-findings';
    this.#begin(id, report, verdict, at, [evidence()]);
    return null;
  }

  /** The condition behind a finding is over: resolved at once. */
  end(identity: Pick<Report, 'kind' | 'ip' | 'segment' | 'culprit'>, at: Micros): void {
    const entry = this.#entries.get(findingId(identity));
    if (!entry) return;
    entry.waiting = null;
    this.#resolve(entry, at);
  }

  /** Ends every finding that `over` says is over, the held-down ones too. */
  endWhere(over: (finding: Finding) => boolean, at: Micros): void {
    for (const entry of this.#entries.values()) {
      if (!over(entry.finding)) continue;
      entry.waiting = null;
      this.#resolve(entry, at);
    }
  }

  isOpen(identity: Pick<Report, 'kind' | 'ip' | 'segment' | 'culprit'>): boolean {
    const state = this.#entries.get(findingId(identity))?.finding.state ?? 'resolved';
    return state !== 'resolved';
  }

  /** The findings of one kind whose condition holds; few where the kind is rare. */
  *openOf(kind: FindingKind): Generator<Finding> {
    for (const entries of [this.#open.active, this.#open.suppressed])
      for (const { finding } of entries.get(kind)!) yield finding;
  }

  /** Resolves what has been quiet and raises what the hold-down kept back, or a silence that is over. */
  expire(now: Micros): void {
    for (const [id, entry] of this.#entries) {
      if (entry.waiting && now >= this.#dueAt(entry)) {
        const verdict = this.#noise.judge(entry.waiting, now);
        this.#begin(id, entry.waiting, verdict, now, entry.finding.evidence.slice(-1));
        continue;
      }
      if (now >= this.#quietAt(entry)) this.#resolve(entry, now);
      if (now >= entry.suppressedUntil) this.#reconsider(entry, now);
      this.#wakeFor(entry);
    }
  }

  /** This agent was stopped until `at`: only from now on does quiet count again. */
  resumed(at: Micros): void {
    this.#listensSince = at;
    for (const entry of this.#entries.values()) this.#wakeFor(entry);
  }

  /** The wall clock, by which silences end, was set: each is looked at anew. */
  wallClockSet(now: Micros): void {
    for (const entry of this.#entries.values()) entry.suppressedUntil = now;
    this.#wake(now);
  }

  /** By the settings of today: what they suppress is no longer told, whatever it was when it was saved. */
  restore(findings: readonly Finding[], now: Micros): void {
    for (const saved of findings.slice(-this.#capacity)) {
      const { suppressed: _, ...told } = saved;
      const severity = this.#noise.severity(saved.kind);
      const verdict = this.#noise.judge(subjectOf(saved), now);
      const isOpen = saved.state !== 'resolved';
      const finding: Finding =
        isOpen && verdict
          ? { ...told, severity, state: 'suppressed', suppressed: verdict.suppressed }
          : { ...saved, severity };
      // One that is suppressed no more is raised once time is told, which is not before the intent is known.
      const entry: Entry = { finding, waiting: null, suppressedUntil: verdict?.until ?? now };
      this.#entries.set(finding.id, entry);
      this.#wakeFor(entry);
      if (isOpen) this.#count(entry, 1);
      else this.#resolved.add(entry);
      if (isOpen && verdict && saved.state === 'active') this.#countSuppressed(finding.kind, verdict);
    }
  }

  suppressions(): SuppressionCount[] {
    return FINDING_KINDS.flatMap((kind) =>
      SUPPRESSED_BY.map((by) => ({ kind, by, count: this.#suppressed.get(`${kind} ${by}`) ?? 0 })),
    );
  }

  all(): Finding[] {
    return [...this.#entries.values()].map((entry) => entry.finding);
  }

  get size(): number {
    return this.#entries.size;
  }

  #begin(
    id: string,
    report: Report,
    verdict: Verdict | null,
    at: Micros,
    evidence: readonly Evidence[],
  ): void {
    const { culprit: _, ...told } = report;
    const finding: Finding = {
      id,
      ...told,
      severity: this.#noise.severity(report.kind),
      evidence,
      ...(verdict ? { state: 'suppressed', suppressed: verdict.suppressed } : { state: 'active' }),
      raisedAt: at,
      refreshedAt: at,
      resolvedAt: null,
      occurrences: 1,
    };
    const entry: Entry = { finding, waiting: null, suppressedUntil: verdict?.until ?? at };
    const earlier = this.#entries.get(id);
    if (earlier) this.#forget(earlier);
    this.#entries.set(id, entry);
    this.#wakeFor(entry);
    this.#count(entry, 1);
    if (verdict) this.#countSuppressed(report.kind, verdict);
    else this.#tellRaised(finding, at);
  }

  /** Raises a suppressed finding once nothing suppresses it any more. */
  #reconsider(entry: Entry, now: Micros): void {
    if (entry.finding.state !== 'suppressed') return;
    const verdict = this.#noise.judge(subjectOf(entry.finding), now);
    if (verdict) {
      entry.suppressedUntil = verdict.until;
      entry.finding = { ...entry.finding, suppressed: verdict.suppressed };
      this.#wakeFor(entry);
      return;
    }
    this.#count(entry, -1);
    const { suppressed: _, ...told } = entry.finding;
    entry.finding = { ...told, state: 'active', raisedAt: now };
    this.#count(entry, 1);
    this.#tellRaised(entry.finding, now);
  }

  #tellRaised(finding: Finding, at: Micros): void {
    this.raised[finding.kind] += 1;
    this.#emit({ type: 'finding', action: 'raised', at, finding });
  }

  #resolve(entry: Entry, at: Micros): void {
    const { state } = entry.finding;
    if (state === 'resolved') return;
    this.#count(entry, -1);
    entry.finding = { ...entry.finding, state: 'resolved', resolvedAt: at };
    this.#resolved.add(entry);
    if (state === 'active') this.#emit({ type: 'finding', action: 'resolved', at, finding: entry.finding });
  }

  /** A finding that was never told holds back none that is to be, nor the reverse. */
  #isHeldDown(before: Finding, verdict: Verdict | null, at: Micros): boolean {
    if ((before.suppressed === undefined) !== (verdict === null)) return false;
    return at < before.raisedAt + this.#noise.lifeCycle(before.kind).holdDown;
  }

  #wakeFor(entry: Entry): void {
    this.#wake(this.#dueAt(entry));
  }

  /** When time alone changes something; Infinity where only its condition's end does. */
  #dueAt(entry: Entry): Micros {
    const { finding, waiting, suppressedUntil } = entry;
    if (waiting) return finding.raisedAt + this.#noise.lifeCycle(finding.kind).holdDown;
    const heardAt = finding.state === 'suppressed' ? suppressedUntil : Number.POSITIVE_INFINITY;
    return Math.min(heardAt, this.#quietAt(entry));
  }

  #quietAt({ finding }: Entry): Micros {
    const { quiet } = this.#noise.lifeCycle(finding.kind);
    const endsByQuiet = finding.state !== 'resolved' && quiet !== null && finding.segment !== null;
    return endsByQuiet ? Math.max(finding.refreshedAt, this.#listensSince) + quiet : Number.POSITIVE_INFINITY;
  }

  #count(entry: Entry, change: 1 | -1): void {
    const { finding } = entry;
    const state = finding.state as OpenState;
    const group = groupOf(finding, state);
    this.#culprits.set(group, (this.#culprits.get(group) ?? 0) + change);
    if (this.#culprits.get(group) === 0) this.#culprits.delete(group);
    const open = this.#open[state].get(finding.kind)!;
    if (change === 1) open.add(entry);
    else open.delete(entry);
  }

  #countSuppressed(kind: FindingKind, { suppressed: { by } }: Verdict): void {
    const key = `${kind} ${by}`;
    this.#suppressed.set(key, (this.#suppressed.get(key) ?? 0) + 1);
  }

  /** Once the book is full, forgets a finding that is not told; for a critical one a warning gives way too. */
  #makeRoom(forWarning: boolean, at: Micros): boolean {
    if (this.#entries.size < this.#capacity) return true;
    const entry =
      firstOf([this.#resolved]) ??
      firstOf(this.#open.suppressed.values()) ??
      (forWarning ? undefined : firstOf(this.#activeWarnings()));
    if (!entry) return false;
    this.#resolve(entry, at);
    this.#forget(entry);
    this.evictions += 1;
    return true;
  }

  *#activeWarnings(): Generator<ReadonlySet<Entry>> {
    for (const [kind, entries] of this.#open.active)
      if (this.#noise.severity(kind) === 'warning') yield entries;
  }

  #forget(entry: Entry): void {
    this.#entries.delete(entry.finding.id);
    this.#resolved.delete(entry);
  }
}

/** The one that was raised first among the first of each set. */
function firstOf(sets: Iterable<ReadonlySet<Entry>>): Entry | undefined {
  let first: Entry | undefined;
  for (const entries of sets)
    for (const entry of entries) {
      if (!first || entry.finding.raisedAt < first.finding.raisedAt) first = entry;
      break;
    }
  return first;
}

function groupOf({ kind, ip, segment }: Pick<Finding, 'kind' | 'ip' | 'segment'>, state: OpenState): string {
  return `${state} ${findingId({ kind, ip, segment, culprit: null })}`;
}

function subjectOf(finding: Finding): Subject {
  const { kind, ip, macs } = finding;
  return { kind, ip, macs, culprit: culpritOf(finding) };
}

function refreshed(finding: Finding, report: Report, at: Micros, evidence: Evidence): Finding {
  return {
    ...withEvidence(finding, evidence),
    macs: report.macs,
    message: report.message,
    remedy: report.remedy,
    refreshedAt: Math.max(at, finding.refreshedAt),
    occurrences: finding.occurrences + 1,
  };
}

function withEvidence(finding: Finding, evidence: Evidence): Finding {
  const kept = MAX_EVIDENCE / 2;
  const lines = finding.evidence;
  const all =
    lines.length < MAX_EVIDENCE
      ? [...lines, evidence]
      : [...lines.slice(0, kept), ...lines.slice(kept + 1), evidence];
  return { ...finding, evidence: all };
}
