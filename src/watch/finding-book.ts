// The life cycle of findings: raised once, refreshed while evidence comes, resolved after quiet, held down.
import type { IpAddress, Mac } from '../net/address.ts';
import type { Micros } from '../net/time.ts';
import {
  type Evidence,
  FINDING_KINDS,
  type Finding,
  type FindingKind,
  MAX_EVIDENCE,
  SEVERITY_OF,
} from './finding.ts';
import type { Segment } from './segment.ts';
import { LIFE_CYCLE } from './settings.ts';
import type { WatchEvent } from './view.ts';

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
}

/** So that a flood of warnings of one kind leaves room for the others, and for a person to read them. */
const MAX_ACTIVE_WARNINGS = 500;

/** So that a flood of made-up MACs on one address does not become a flood of findings. */
const MAX_CULPRITS = 16;

function findingId(report: Pick<Report, 'kind' | 'ip' | 'segment' | 'culprit'>): string {
  const place = report.segment ? `/${report.segment.name}` : '';
  const culprit = report.culprit ? `/${report.culprit}` : '';
  return `${report.kind}${place}/${report.ip}${culprit}`;
}

export class FindingBook {
  readonly #entries = new Map<string, Entry>();
  /** Active findings by kind, segment and address, whoever the culprit. */
  readonly #culprits = new Map<string, number>();
  readonly #active = new Map<FindingKind, Set<Entry>>(FINDING_KINDS.map((kind) => [kind, new Set()]));
  readonly #capacity: number;
  readonly #emit: (event: WatchEvent) => void;
  readonly #wake: (at: Micros) => void;
  readonly raised = Object.fromEntries(FINDING_KINDS.map((kind) => [kind, 0])) as Record<FindingKind, number>;
  evictions = 0;

  /** `wake` is told when a finding may turn quiet or its hold-down ends. */
  constructor(capacity: number, emit: (event: WatchEvent) => void, wake: (at: Micros) => void) {
    this.#capacity = capacity;
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
    if (entry?.finding.state === 'active') {
      entry.finding = refreshed(entry.finding, report, at, evidence());
      return null;
    }
    if (entry && at < entry.finding.raisedAt + LIFE_CYCLE[report.kind].holdDown) {
      entry.waiting = report;
      entry.finding = withEvidence(entry.finding, evidence());
      this.#wakeFor(entry);
      return 'held-down';
    }
    const group = findingId({ ...report, culprit: null });
    if ((this.#culprits.get(group) ?? 0) >= MAX_CULPRITS) return 'too-many-culprits';
    const isWarning = SEVERITY_OF[report.kind] === 'warning';
    if (isWarning && this.#active.get(report.kind)!.size >= MAX_ACTIVE_WARNINGS) return 'too-many-of-kind';
    if (!entry && !this.#makeRoom(isWarning, at)) return 'too-many-findings';
    this.#raise(id, report, at, [evidence()]);
    return null;
  }

  /** The condition behind a finding is over: resolved at once. */
  end(identity: Pick<Report, 'kind' | 'ip' | 'segment' | 'culprit'>, at: Micros): void {
    const entry = this.#entries.get(findingId(identity));
    if (!entry) return;
    entry.waiting = null;
    if (entry.finding.state === 'active') this.#resolve(entry, at);
  }

  /** Ends every finding that `over` says is over, the held-down ones too. */
  endWhere(over: (finding: Finding) => boolean, at: Micros): void {
    for (const entry of this.#entries.values()) {
      if (!over(entry.finding)) continue;
      entry.waiting = null;
      if (entry.finding.state === 'active') this.#resolve(entry, at);
    }
  }

  isActive(identity: Pick<Report, 'kind' | 'ip' | 'segment' | 'culprit'>): boolean {
    return this.#entries.get(findingId(identity))?.finding.state === 'active';
  }

  /** The active findings of one kind; few where the kind is rare. */
  *activeOf(kind: FindingKind): Generator<Finding> {
    for (const { finding } of this.#active.get(kind)!) yield finding;
  }

  /** Resolves what has been quiet and raises what the hold-down kept back. */
  expire(now: Micros): void {
    for (const [id, entry] of this.#entries) {
      if (now < dueAt(entry)) this.#wakeFor(entry);
      else if (entry.waiting) this.#raise(id, entry.waiting, now, entry.finding.evidence.slice(-1));
      else this.#resolve(entry, now);
    }
  }

  restore(findings: readonly Finding[]): void {
    for (const finding of findings.slice(-this.#capacity)) {
      const entry: Entry = { finding, waiting: null };
      this.#entries.set(finding.id, entry);
      this.#wakeFor(entry);
      if (finding.state === 'active') this.#count(entry, 1);
    }
  }

  all(): Finding[] {
    return [...this.#entries.values()].map((entry) => entry.finding);
  }

  get size(): number {
    return this.#entries.size;
  }

  #raise(id: string, report: Report, at: Micros, evidence: readonly Evidence[]): void {
    const { culprit: _, ...told } = report;
    const finding: Finding = {
      id,
      ...told,
      severity: SEVERITY_OF[report.kind],
      evidence,
      state: 'active',
      raisedAt: at,
      refreshedAt: at,
      resolvedAt: null,
      occurrences: 1,
    };
    const entry: Entry = { finding, waiting: null };
    this.#entries.delete(id);
    this.#entries.set(id, entry);
    this.#wakeFor(entry);
    this.#count(entry, 1);
    this.raised[report.kind] += 1;
    this.#emit({ type: 'finding', action: 'raised', at, finding });
  }

  #resolve(entry: Entry, at: Micros): void {
    entry.finding = { ...entry.finding, state: 'resolved', resolvedAt: at };
    this.#count(entry, -1);
    this.#emit({ type: 'finding', action: 'resolved', at, finding: entry.finding });
  }

  #wakeFor(entry: Entry): void {
    this.#wake(dueAt(entry));
  }

  #count(entry: Entry, change: 1 | -1): void {
    const { finding } = entry;
    const group = groupOf(finding);
    this.#culprits.set(group, (this.#culprits.get(group) ?? 0) + change);
    if (this.#culprits.get(group) === 0) this.#culprits.delete(group);
    const active = this.#active.get(finding.kind)!;
    if (change === 1) active.add(entry);
    else active.delete(entry);
  }

  /** Forgets the oldest resolved finding once the book is full; for a critical one the oldest warning gives way too. */
  #makeRoom(forWarning: boolean, at: Micros): boolean {
    if (this.#entries.size < this.#capacity) return true;
    const entries = [...this.#entries];
    const resolved = entries.find(([, { finding }]) => finding.state === 'resolved');
    const warning = forWarning
      ? undefined
      : entries.find(([, { finding }]) => finding.severity === 'warning');
    const [id, entry] = resolved ?? warning ?? [];
    if (!id || !entry) return false;
    if (entry.finding.state === 'active') this.#resolve(entry, at);
    this.#entries.delete(id);
    this.evictions += 1;
    return true;
  }
}

/** When time alone changes something; Infinity where only its condition's end does. */
function dueAt({ finding, waiting }: Entry): Micros {
  const { quiet, holdDown } = LIFE_CYCLE[finding.kind];
  if (waiting) return finding.raisedAt + holdDown;
  const endsByQuiet = finding.state === 'active' && quiet !== null && finding.segment !== null;
  return endsByQuiet ? finding.refreshedAt + quiet : Number.POSITIVE_INFINITY;
}

function groupOf(finding: Finding): string {
  return findingId({ kind: finding.kind, ip: finding.ip, segment: finding.segment, culprit: null });
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
