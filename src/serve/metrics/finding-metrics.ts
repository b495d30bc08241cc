// Metrics of findings, raised or not.
import type { Finding } from '../../watch/finding/finding.ts';
import { FINDING_KINDS } from '../../watch/finding/kinds.ts';
import { counter, gauge, type Metric } from './metric.ts';

/** Addresses in findings come from the LAN: more active findings than this are counted, not listed. */
const MAX_FINDING_SERIES = 1000;

export const FINDING_METRICS: readonly Metric[] = [
  gauge({
    name: 'vipwatch_finding_active',
    help: '1 for each active finding; at most 1000 series, see vipwatch_finding_active_overflow.',
    labelNames: ['kind', 'severity', 'ip', 'service'],
    read: (set, { sources }) => {
      for (const finding of activeFindings(sources.view.findings()).slice(0, MAX_FINDING_SERIES)) {
        const { kind, severity, ip, vip } = finding;
        set({ kind, severity, ip, service: vip?.service ?? '' }, 1);
      }
    },
  }),
  gauge({
    name: 'vipwatch_finding_active_overflow',
    help: 'Active findings beyond those listed.',
    labelNames: [],
    read: (set, { sources }) =>
      set({}, Math.max(0, activeFindings(sources.view.findings()).length - MAX_FINDING_SERIES)),
  }),
  counter({
    name: 'vipwatch_findings_total',
    help: 'Findings raised.',
    labelNames: ['kind'],
    read: (set, { counters }) => {
      const raised = counters.findingsRaised;
      for (const kind of FINDING_KINDS) set({ kind }, raised[kind]);
    },
  }),
  counter({
    name: 'vipwatch_findings_suppressed_total',
    help: 'Findings that were not raised because the operator does not want to hear of them.',
    labelNames: ['kind', 'by'],
    read: (set, { counters }) => {
      for (const { kind, by, count } of counters.findingsSuppressed) set({ kind, by }, count);
    },
  }),
  counter({
    name: 'vipwatch_not_findings_total',
    help: 'Looked at, and no finding, by reason.',
    labelNames: ['reason'],
    read: (set, { counters }) => {
      for (const { reason, count } of counters.dismissed) set({ reason }, count);
    },
  }),
];

/** The gravest first, so that the bound cuts off what matters least. */
function activeFindings(findings: readonly Finding[]): Finding[] {
  const active = findings.filter(({ state }) => state === 'active');
  return active.sort((a, b) => (a.severity === b.severity ? 0 : a.severity === 'critical' ? -1 : 1));
}
