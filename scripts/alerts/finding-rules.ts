// The alerts on findings: two of each kind, one for each severity. However many agents see a thing, it is one alert.
import { alertNameOf } from '../../src/alert/alertmanager/alert.ts';
import { FINDING_KINDS, type FindingKind, SEVERITIES, type Severity } from '../../src/watch/finding/kinds.ts';
import { FINDING_WORDS } from './finding-words.ts';
import { type AlertRule, pagesOf, type RuleGroup, runbookOf, sameLabels } from './rule.ts';

/** What a finding is about; nothing of it tells one agent from another. */
const ABOUT = ['cluster', 'job', 'kind', 'ip', 'namespace', 'service'];

/** 1 for each finding that somebody is to hear of. */
const CONFIRMED = 'finding:vipwatch_finding_confirmed:max';

/** Traffic is lost while one is critical: the detectors have waited for as long as it takes to be sure. */
const PATIENCE: Readonly<Record<Severity, string>> = { critical: '0s', warning: '1m' };
/**
 * Outlasts the restart of the one agent that sees it, at a scrape each half minute. As long as a warning waits: where a finding
 * turns from critical into a warning, the one alert ends when the other begins.
 */
const LINGERS = '1m';

const SET_UP = `{{ $about := ${sameLabels(ABOUT)} }}{{ $finding := ${sameLabels([...ABOUT, 'severity'])} }}`;
const ACTIVE = 'vipwatch_finding_active{%s}';
const PAGES = `printf \`${pagesOf(ACTIVE)}\` $finding`;
const MOST_NAMED = 3;

/** A name where any agent knows one. Of each culprit once, although several agents name it. */
const CULPRITS = `printf \`group by (mac, name) (vipwatch_finding_info{%s,name!=""}) or on (mac) group by (mac, name) (vipwatch_finding_info{%s,mac!=""})\` $about $about`;
const CULPRIT =
  '{{ with $culprit.Labels.name }}{{ . }} ({{ $culprit.Labels.mac }}){{ else }}{{ $culprit.Labels.mac }}{{ end }}';

function named(before: string, unnamed: string): string {
  const one = `{{ if not $i }}${before}{{ else if lt $i ${MOST_NAMED} }}, {{ end }}{{ if lt $i ${MOST_NAMED} }}${CULPRIT}{{ end }}`;
  return `{{ range $i, $culprit := query (${CULPRITS}) | sortByLabel "mac" }}${one}{{ else }}${unnamed}{{ end }}`;
}

const SINCE = `{{ with query (printf \`floor(min(vipwatch_finding_raised_timestamp_seconds{%s}))\` $finding) }} Since {{ . | first | value | humanizeTimestamp | reReplaceAll " [+]0000" "" }}.{{ end }}`;
const URL = `{{ with query (${PAGES}) }}{{ (. | sortByLabel "instance" | first).Labels.url }}{{ end }}/api/v1/findings?ip={{ $labels.ip }}`;
const AGENT = `{{ if not $i }} {{ else if lt $i ${MOST_NAMED} }}, {{ end }}{{ if lt $i ${MOST_NAMED} }}{{ $agent.Labels.instance }}{{ else if eq $i ${MOST_NAMED} }} and others{{ end }}`;
const SEEN_BY = `seen by{{ range $i, $agent := query (printf \`group by (instance) (${ACTIVE})\` $finding) | sortByLabel "instance" }}${AGENT}{{ end }}`;
const PROOF: Readonly<Record<Severity, string>> = {
  critical: 'The frames that prove it',
  warning: 'Which machine it is, and the frames that prove it',
};

function ruleOf(kind: FindingKind, severity: Severity): AlertRule {
  const { critical, warning } = FINDING_WORDS[kind];
  const words =
    severity === 'critical' ? critical(named) : { ...critical((_, unnamed) => unnamed), ...warning };
  const of = (one: Severity) => `${CONFIRMED}{kind="${kind}",severity="${one}"} == 1`;
  return {
    alert: alertNameOf(kind),
    // Where agents disagree, the graver one holds.
    expr:
      severity === 'critical' ? of(severity) : `${of(severity)} unless ignoring (severity) ${of('critical')}`,
    for: PATIENCE[severity],
    keep_firing_for: LINGERS,
    labels: { severity },
    annotations: {
      summary: words.summary.includes('$about') ? `${SET_UP}${words.summary}` : words.summary,
      description: `${SET_UP}${words.meaning}${SINCE} What to do: ${words.remedy} ${PROOF[severity]}: ${URL} (${SEEN_BY}).`,
      runbook_url: `${SET_UP}${runbookOf(kind, PAGES)}`,
    },
  };
}

export const FINDING_RULES: RuleGroup = {
  name: 'vipwatch-findings',
  rules: [
    {
      record: CONFIRMED,
      // Of a single frame nobody knows yet whether it was an accident; of what is acknowledged somebody knows already.
      expr: `max by (${[...ABOUT, 'severity'].join(', ')}) (vipwatch_finding_active{confirmed!="false",acknowledged!="true"})`,
    },
    ...FINDING_KINDS.flatMap((kind) => SEVERITIES.map((severity) => ruleOf(kind, severity))),
  ],
};
