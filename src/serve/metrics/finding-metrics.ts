// Metrics of findings, raised or not.
import { FINDING_KINDS } from '../../watch/finding/kinds.ts';
import { MAX_FINDING_SERIES, machinesBehind, seriesBeyond } from './active-findings.ts';
import { counter, gauge, type Metric, unixTime } from './metric.ts';

export const FINDING_METRICS: readonly Metric[] = [
  gauge({
    name: 'vipwatch_finding_active',
    help: '1 for each active finding; at most 1000 series, see vipwatch_finding_active_overflow.',
    labelNames: ['kind', 'severity', 'confirmed', 'acknowledged', 'ip', 'namespace', 'service'],
    read: (set, { findings }) => {
      for (const { finding, namespace, service } of findings.slice(0, MAX_FINDING_SERIES)) {
        const { kind, severity, ip } = finding;
        const confirmed = String(finding.confirmed);
        const acknowledged = String(finding.acknowledged !== undefined);
        set({ kind, severity, confirmed, acknowledged, ip, namespace, service }, 1);
      }
    },
  }),
  gauge({
    name: 'vipwatch_finding_active_overflow',
    help: 'Series of active findings that are left out because there are too many.',
    labelNames: [],
    read: (set, { findings }) => set({}, seriesBeyond(findings)),
  }),
  gauge({
    name: 'vipwatch_finding_raised_timestamp_seconds',
    help: 'Since when each listed finding is active, Unix time.',
    labelNames: ['kind', 'severity', 'ip', 'namespace', 'service'],
    read: (set, scrape) => {
      const listed = scrape.findings.slice(0, MAX_FINDING_SERIES);
      // Of several with the same labels the earliest is set last, and stands.
      for (const { finding, namespace, service } of listed.toSorted(
        (a, b) => b.finding.raisedAt - a.finding.raisedAt,
      )) {
        const { kind, severity, ip, raisedAt } = finding;
        set({ kind, severity, ip, namespace, service }, unixTime(scrape, raisedAt));
      }
    },
  }),
  gauge({
    name: 'vipwatch_finding_info',
    help: 'Always 1: the machines behind the critical findings that are active, three at most for each address.',
    labelNames: ['kind', 'ip', 'namespace', 'service', 'mac', 'name'],
    read: (set, { sources, findings }) => {
      for (const { finding, namespace, service, mac } of machinesBehind(findings)) {
        const name = mac === null ? null : sources.view.spokenNameOf(mac);
        const { kind, ip } = finding;
        set({ kind, ip, namespace, service, mac: mac ?? '', name: name ?? '' }, 1);
      }
    },
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
    help: 'Findings that were not raised because they are suppressed or switched off.',
    labelNames: ['kind', 'by'],
    read: (set, { counters }) => {
      for (const { kind, by, count } of counters.findingsSuppressed) set({ kind, by }, count);
    },
  }),
  gauge({
    name: 'vipwatch_detector_enabled',
    help: '1 for each kind of finding that can be raised; 0 if it is switched off, or if the agent does not know what it needs.',
    labelNames: ['kind'],
    read: (set, { sources }) => {
      const judged = sources.view.judgedKinds();
      for (const kind of FINDING_KINDS) set({ kind }, judged.has(kind) ? 1 : 0);
    },
  }),
  counter({
    name: 'vipwatch_dismissals_total',
    help: 'Observations that are not a finding, by reason.',
    labelNames: ['reason'],
    read: (set, { counters }) => {
      for (const { reason, count } of counters.dismissed) set({ reason }, count);
    },
  }),
];
