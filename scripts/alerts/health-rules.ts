// The alerts on the agents themselves: one for each agent in trouble, with its name in the label `instance`.
import { type AlertRule, type RecordingRule, type RuleGroup, runbookOf, sameLabels } from './rule.ts';

/** One installation of vipwatch. The namespace is its own: so alerts can be routed by it. */
const SITE = ['cluster', 'job', 'namespace'];
const BY_SITE = SITE.join(', ');
const BY_AGENT = `${BY_SITE}, instance`;

/** How many agents of each installation answer; recorded, for a look back over a day would else read each agent's samples. */
const AGENTS = 'site:vipwatch_agents:count';
/** A site that fell silent is told for so long; then it is taken for one that was given up. */
const MISSED_FOR = '1d';
/** Where there is no site at all, that is told from then on. Sooner by the alert's own patience, so that there is no gap. */
const NONE_SINCE = '23h50m';

const ANSWERING = 'instance:vipwatch_answering:bool';
const CAPTURING = 'instance:vipwatch_capturing:bool';
const HEARING = 'instance:vipwatch_hearing:bool';
const INTENT_FRESH = 'instance:vipwatch_intent_fresh:bool';
const DROPPED = 'instance:vipwatch_frames_dropped:rate5m';
const MALFORMED = 'instance:vipwatch_frames_malformed:rate5m';
const TELLING = 'instance:vipwatch_alertmanager_telling:bool';
const UNREADY = 'vipwatch_agent_longest_unready_seconds';

/** Outlasts a scrape or two that fail: else the alert would end and come back. */
const LINGERS = '2m';

const ALL_AGENTS = `group by (${BY_AGENT}) (vipwatch_build_info)`;
const BLIND = 'vipwatch may miss what happens on the LAN there.';

const RECORDS: readonly RecordingRule[] = [
  { record: AGENTS, expr: `count by (${BY_SITE}) (vipwatch_build_info)` },
  {
    record: ANSWERING,
    // Without the name of a job: every target of a job whose living targets are agents is one.
    expr: `max by (${BY_AGENT}) (up) and on (${BY_SITE}) (count by (${BY_SITE}) (vipwatch_build_info) == count by (${BY_SITE}) (up == 1))`,
  },
  {
    record: CAPTURING,
    // An agent without any interface says nothing of one.
    expr: `max by (${BY_AGENT}) (vipwatch_interface_up) or 0 * ${ALL_AGENTS}`,
  },
  {
    record: HEARING,
    // By whether the time changes, not by how long ago it is: a node's clock may be wrong.
    expr: `max by (${BY_AGENT}) (changes(vipwatch_last_frame_timestamp_seconds[5m]) > bool 0) or 0 * ${ALL_AGENTS}`,
  },
  { record: DROPPED, expr: `sum by (${BY_AGENT}) (rate(vipwatch_frames_dropped_total[5m]))` },
  { record: MALFORMED, expr: `sum by (${BY_AGENT}) (rate(vipwatch_frames_malformed_total[5m]))` },
  {
    record: INTENT_FRESH,
    // NaN, an intent that was never known, is not less. A static intent does not age: it asks no API.
    expr: `max by (${BY_AGENT}) (vipwatch_intent_age_seconds <= bool 60) and on (${BY_AGENT}) vipwatch_kubernetes_requests_total`,
  },
  {
    record: TELLING,
    // Of those that fail at times; 0 where nothing was taken all the while.
    expr: `sum by (${BY_AGENT}, alertmanager) (rate(vipwatch_alertmanager_sent_total[5m])) > bool 0 and on (${BY_AGENT}, alertmanager) sum by (${BY_AGENT}, alertmanager) (rate(vipwatch_alertmanager_failures_total[5m])) > 0`,
  },
];

interface HealthAlert {
  readonly alert: string;
  /** One series for each agent that is in trouble now. */
  readonly expr: string;
  readonly for: string;
  readonly severity?: 'info';
  /** After the agent's name. */
  readonly summary: string;
  readonly description: string;
}

const OF_AGENTS: readonly HealthAlert[] = [
  {
    alert: 'VipwatchAgentDown',
    expr: `${ANSWERING} == 0`,
    for: '5m',
    summary: 'does not answer Prometheus',
    description: `${BLIND} Check its pod and its log, and whether the node itself is up.`,
  },
  {
    alert: 'VipwatchNotCapturing',
    expr: `${CAPTURING} == 0`,
    for: '5m',
    summary: 'captures on no interface that is up',
    description: `${BLIND} GET /readyz of that agent lists its interfaces; name the right ones in \`interfaces\` of the configuration.`,
  },
  {
    alert: 'VipwatchDeaf',
    expr: `${HEARING} == 0 and on (${BY_AGENT}) ${CAPTURING} == 1 and on (${BY_SITE}) max by (${BY_SITE}) (${HEARING}) == 1`,
    // Five minutes are in the condition.
    for: '10m',
    summary: 'has heard no other machine for a quarter of an hour, while other agents hear some',
    description: `${BLIND} The cause is a wrong VLAN, a switch port that filters, or Wi-Fi that passes no broadcasts. Check what \`tcpdump -eni INTERFACE arp\` shows on that node.`,
  },
  {
    alert: 'VipwatchFramesDropped',
    expr: `${DROPPED} > 0`,
    for: '10m',
    summary: 'keeps losing frames because it reads too slowly',
    description:
      'It may have missed something. Check whether the LAN is flooded or the node has too little CPU.',
  },
  {
    alert: 'VipwatchMalformedFrames',
    expr: `${MALFORMED} > 1`,
    for: '10m',
    severity: 'info',
    summary: 'sees more than one malformed frame a second',
    description:
      'The cause is a broken device, or somebody fuzzing the network. The label `reason` of vipwatch_frames_malformed_total says what is wrong with the frames.',
  },
  {
    alert: 'VipwatchIntentStale',
    expr: `${INTENT_FRESH} == 0`,
    for: '5m',
    summary: 'has no current intent from the Kubernetes API',
    description:
      'It judges by what it last knew, or not at all. GET /readyz of that agent says what it cannot read, and why.',
  },
  {
    alert: 'VipwatchDhcpImportOld',
    expr: `time() - min by (${BY_AGENT}, name) (vipwatch_dhcp_import_last_success_timestamp_seconds) > 3 * 3600`,
    for: '10m',
    summary: 'has not read the table of the DHCP server {{ $labels.name }} for three hours',
    description:
      'It uses the table that it read last and does not know newer leases. The log of that agent says why; GET /readyz says how old the table is.',
  },
  {
    alert: 'VipwatchJournalFailed',
    expr: `max by (${BY_AGENT}) (vipwatch_journal_failed) == 1`,
    for: '15m',
    summary: 'cannot write its journal',
    description:
      'It still watches, but a restart would forget leases and findings. GET /readyz of that agent says why: most often a full or read-only disk.',
  },
  {
    alert: 'VipwatchConfigBroken',
    expr: `min by (${BY_AGENT}) (vipwatch_config_last_reload_successful) == 0`,
    for: '5m',
    summary: 'cannot use its configuration file',
    description:
      'It uses the last good configuration: later changes are not in force. The log of that agent lists the mistakes.',
  },
  {
    alert: 'VipwatchAlertmanagerFailed',
    expr: `${TELLING} == 0`,
    for: '5m',
    summary: 'cannot send alerts to {{ $labels.alertmanager }}',
    description:
      'Only Prometheus reports what it finds. The label `reason` of vipwatch_alertmanager_failures_total and the log of that agent say why.',
  },
  {
    alert: 'VipwatchFindingsOverflow',
    expr: `max by (${BY_AGENT}) (vipwatch_finding_active_overflow) > 0`,
    for: '5m',
    summary: 'has more findings than it shows to Prometheus',
    description:
      '{{ $value }} of its findings have no alert. GET /api/v1/findings of that agent lists all of them. The usual cause is a machine that answers for every address.',
  },
];

const PAGES = 'vipwatch_agent_info{url!="",%s}';
const OF_SITE = sameLabels(SITE);
/** Of those that answer. */
const LIVING = `printf \`${PAGES}\` (${OF_SITE})`;
/** Of those that did within the last day: it may be Prometheus alone that cannot reach them. */
const LAST = `printf \`last_over_time(${PAGES}[${MISSED_FOR}])\` (${OF_SITE})`;

function ruleOf({ alert, expr, for: patience, severity, summary, description }: HealthAlert): AlertRule {
  return {
    alert,
    expr,
    for: patience,
    keep_firing_for: LINGERS,
    labels: { severity: severity ?? 'warning' },
    annotations: {
      summary: `vipwatch on {{ $labels.instance }} ${summary}`,
      description,
      runbook_url: runbookOf(alert, LIVING),
    },
  };
}

/** Of an installation as a whole. */
const OF_SITES: readonly AlertRule[] = [
  {
    alert: 'VipwatchAbsent',
    expr: `last_over_time(${AGENTS}[${MISSED_FOR}]) unless ${AGENTS} or absent_over_time(${AGENTS}[${NONE_SINCE}])`,
    for: '10m',
    keep_firing_for: LINGERS,
    labels: { severity: 'warning' },
    annotations: {
      summary:
        'No vipwatch agent answers Prometheus{{ with $labels.job }} of the job {{ . }}{{ end }}{{ with $labels.cluster }} in the cluster {{ . }}{{ end }}',
      description:
        'No agent runs, or none is scraped: nobody watches the VIPs. Check the DaemonSet, then the targets of Prometheus.',
      runbook_url: runbookOf('VipwatchAbsent', LAST),
    },
  },
  {
    alert: 'VipwatchAgentNotReady',
    // At least half of the agents say so: one alone may have a wrong clock, or have lost the API.
    expr: `count by (${BY_SITE}) (${UNREADY} > 600) >= 0.5 * count by (${BY_SITE}) (${UNREADY})`,
    // A node that comes back after days says at first that its Pod has been unready all the while.
    for: '5m',
    keep_firing_for: LINGERS,
    labels: { severity: 'warning' },
    annotations: {
      summary: 'A node has had no ready vipwatch agent for more than a quarter of an hour',
      description: `The Pod of an agent is not ready, or was never placed, although its node is ready. kubectl get pods --all-namespaces --selector app.kubernetes.io/name=vipwatch --output wide shows which one; kubectl describe of it, why. ${BLIND}`,
      runbook_url: runbookOf('VipwatchAgentNotReady', LIVING),
    },
  },
  {
    alert: 'VipwatchCheckCritical',
    // Of whichever agent looks for all. What is suppressed is not counted.
    expr: `max by (${BY_SITE}, id) (vipwatch_check{status="critical"}) > 0`,
    for: '5m',
    // Where another agent is to look for all from now on, it has looked by then.
    keep_firing_for: '10m',
    // Nothing is lost yet: what is lost is told by a finding.
    labels: { severity: 'warning' },
    annotations: {
      summary: 'The check {{ $labels.id }} is critical: {{ $value }} to look at',
      description:
        "By the cluster's objects this is wrong now, or will be with the next lease or the next node that dies. GET /api/v1/checks?id={{ $labels.id }}&status=critical at the agent that runs the checks, or vipwatch check --only {{ $labels.id }}, says what it is and what to do; you can suppress what you accept.",
      runbook_url: runbookOf('VipwatchCheckCritical', LIVING),
    },
  },
];

export const HEALTH_RULES: RuleGroup = {
  name: 'vipwatch-health',
  rules: [...RECORDS, ...OF_SITES, ...OF_AGENTS.map(ruleOf)],
};
