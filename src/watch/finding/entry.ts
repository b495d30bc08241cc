// A finding as the book keeps it: where it is in its life, and what evidence and a restart make of it.

import type { Micros } from '../../base/time.ts';
import {
  CHANGED_FIELDS,
  type ChangedField,
  type Culprit,
  type Draft,
  type Evidence,
  type Finding,
  MAX_EVIDENCE,
  type Report,
  type Suspicion,
  written,
} from './finding.ts';
import type { Severity } from './kinds.ts';
import type { Suppressed } from './suppression.ts';

/**
 * Where a finding is in its life, with what time alone does to it.
 * - `active`: it is told; without evidence since `quietFrom` it ends
 * - `suppressed`: it is not told; it ends likewise, and at `until` it is judged whether it still is suppressed
 * - `resolved`: over; only evidence wakes it
 * - `held-down`: over, but evidence came while it may not be raised again: at `until` it is, with that evidence
 */
export type Entry =
  | {
      readonly state: 'active';
      readonly finding: Finding;
      readonly quietFrom: Micros;
      /** Its condition is over, and it ends then: see `Crowd.beginsAt`. Absent: it holds. */
      readonly overAt?: Micros;
    }
  | {
      readonly state: 'suppressed';
      readonly finding: Finding;
      readonly quietFrom: Micros;
      readonly until: Micros;
    }
  | {
      readonly state: 'resolved';
      readonly finding: Finding;
      /** That came last, where it was seen again since and not raised. */
      readonly latest?: Report;
    }
  | {
      readonly state: 'held-down';
      readonly finding: Finding;
      readonly waiting: Report;
      readonly until: Micros;
    };

/** Open: its condition holds, whether it is told or not. */
export type OpenEntry = Entry & { readonly state: 'active' | 'suppressed' };
export type OpenState = OpenEntry['state'];
type OverEntry = Exclude<Entry, OpenEntry>;

/** Which finding it is. */
export type Identity = Pick<Suspicion, 'kind' | 'ip' | 'segment' | 'culprit'>;

/** What the culprits of one address have in common. */
export type Subject = Omit<Identity, 'culprit'>;

/** One kind on one address of a segment, whoever the culprit. */
export function groupOf({ kind, ip, segment }: Subject): string {
  return keyOf({ kind, ip, segment, culprit: null });
}

/** By which the book knows a finding: by this agent's own segment, whatever the id calls it. */
export function keyOf({ kind, segment, ip, culprit }: Identity): string {
  return `${kind}/${segment?.name ?? ''}/${ip}/${culprit ? nameOf(culprit) : ''}`;
}

export function nameOf(culprit: Culprit): string {
  return 'mac' in culprit ? culprit.mac : culprit.node;
}

export function isOpen(entry: Entry): entry is OpenEntry {
  return entry.state === 'active' || entry.state === 'suppressed';
}

interface Beginning extends Pick<Finding, 'id' | 'severity' | 'evidence'> {
  readonly suppressed: Suppressed | null;
  readonly at: Micros;
}

export function begun(report: Report, { suppressed, at, ...given }: Beginning): OpenEntry {
  const finding: Finding = {
    ...report,
    ...given,
    ...ownSeverityOf(report),
    confirmed: report.confirmed ?? true,
    ...(suppressed ? { state: 'suppressed', suppressed: suppressed.suppressed } : { state: 'active' }),
    raisedAt: at,
    refreshedAt: at,
    resolvedAt: null,
    occurrences: 1,
  };
  return suppressed
    ? { state: 'suppressed', finding, quietFrom: at, until: suppressed.until }
    : { state: 'active', finding, quietFrom: at };
}

/** One that is suppressed no more is raised once time is told, which is not before the intent is known. */
export function restored(finding: Finding, suppressed: Suppressed | null, now: Micros): OpenEntry {
  const quietFrom = finding.refreshedAt;
  if (suppressed)
    return {
      state: 'suppressed',
      finding: { ...finding, state: 'suppressed', suppressed: suppressed.suppressed },
      quietFrom,
      until: suppressed.until,
    };
  return finding.state === 'suppressed'
    ? { state: 'suppressed', finding, quietFrom, until: now }
    : { state: 'active', finding, quietFrom };
}

export function refreshed(
  finding: Finding,
  report: Report,
  severity: Severity,
  at: Micros,
  evidence: Evidence,
): Finding {
  const after: Finding = {
    ...finding,
    evidence: withLine(finding.evidence, evidence),
    severity,
    confirmed: finding.confirmed || (report.confirmed ?? true),
    macs: report.macs,
    message: report.message,
    remedy: report.remedy,
    refreshedAt: Math.max(at, finding.refreshedAt),
    occurrences: finding.occurrences + 1,
  };
  if (finding.ownSeverity === undefined && report.severity === undefined) return after;
  const { ownSeverity: _, ...rest } = after;
  return { ...rest, ...ownSeverityOf(report) };
}

function ownSeverityOf({ severity }: Report): Pick<Finding, 'ownSeverity'> {
  return severity === undefined ? {} : { ownSeverity: severity };
}

/**
 * Seen once more while it may not be raised. The words are of this moment, like the line of evidence: later they would tell of
 * what has become of it since.
 */
export function heldDown(
  { finding }: OverEntry,
  report: Report | Draft,
  evidence: Evidence,
  until: Micros,
): Entry {
  return { state: 'held-down', finding: withEvidence(finding, evidence), waiting: written(report), until };
}

/**
 * The same where neither words nor a line of evidence are kept of each report: with the words that go with the latest line, or
 * null where this report is graver, lighter or more certain than those.
 */
export function heldDownAsBefore(entry: OverEntry, report: Report | Draft, until: Micros): Entry | null {
  const { finding } = entry;
  const { severity, confirmed = true, message, remedy } = saidLast(entry);
  if (severity !== report.severity || confirmed !== (report.confirmed ?? true)) return null;
  if (!('words' in report)) return { state: 'held-down', finding, waiting: report, until };
  const { words: _, ...rest } = report;
  return { state: 'held-down', finding, waiting: { ...rest, message, remedy }, until };
}

function saidLast(
  entry: OverEntry,
): Pick<Report, 'message' | 'remedy' | 'confirmed'> & { readonly severity?: Severity | undefined } {
  const latest = entry.state === 'held-down' ? entry.waiting : entry.latest;
  return latest ?? { ...entry.finding, severity: entry.finding.ownSeverity };
}

export function changesOf(before: Finding, after: Finding): ChangedField[] {
  return CHANGED_FIELDS.filter((field) => before[field] !== after[field]);
}

function withEvidence(finding: Finding, evidence: Evidence): Finding {
  return { ...finding, evidence: withLine(finding.evidence, evidence) };
}

/** The first half of the lines stays; of the others the oldest makes room. */
function withLine(lines: readonly Evidence[], line: Evidence): Evidence[] {
  if (lines.length < MAX_EVIDENCE) return [...lines, line];
  const kept = MAX_EVIDENCE / 2;
  const all = lines.slice(0, kept);
  for (let i = kept + 1; i < lines.length; i += 1) all.push(lines[i]!);
  all.push(line);
  return all;
}
