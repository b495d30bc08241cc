// The alert rules, and the recording rules of the failover objectives: the one source that deploy/'s rule files are
// rendered from. A cluster of n agents raises one alert, not n: nothing that tells agents apart stays in a label.
import { stringify } from 'yaml';
import { alertNameOf } from '../src/alert/alertmanager/alert.ts';
import { FINDINGS_PAGE } from '../src/watch/finding/documentation.ts';
import {
  type AlertGroup,
  FINDING_KINDS,
  type FindingKind,
  KINDS,
  type Severity,
} from '../src/watch/finding/kinds.ts';

export interface AlertRule {
  readonly alert: string;
  readonly expr: string;
  readonly for: string;
  readonly labels: { readonly severity: Severity | typeof AS_FOUND };
  readonly annotations: {
    readonly summary: string;
    readonly description: string;
    readonly runbook_url: string;
  };
}

export interface RecordingRule {
  readonly record: string;
  readonly expr: string;
  readonly labels?: Readonly<Record<string, string>>;
}

export interface RuleGroup {
  readonly name: string;
  readonly interval?: string;
  readonly rules: readonly (AlertRule | RecordingRule)[];
}

/** The configuration may give a kind another severity than its own. */
const AS_FOUND = '{{ $labels.severity }}';

/** What a takeover should not exceed: an edge of the histogram. */
export const OBJECTIVE_SECONDS = 10;
/** From version 3 on Prometheus spells whole numbers 10.0, whatever it was given. */
export const WITHIN_OBJECTIVE = `le=~"${OBJECTIVE_SECONDS}|${OBJECTIVE_SECONDS}[.]0"`;
const OBJECTIVE_WINDOW = '30d';

/** One installation of vipwatch, where a Prometheus knows several. */
const SITE = 'cluster, job';
const AGENT = `${SITE}, instance`;

const WHOSE = '{{ $labels.ip }}{{ with $labels.service }} ({{ . }}){{ end }}';
const FINDING_LABELS = [...SITE.split(', '), 'kind', 'severity', 'ip', 'service'];
/** Of the very series of vipwatch_finding_active that the alert is made from; the first in the order of their names. */
const SERIES = FINDING_LABELS.map((label) => `${label}=%q`).join(',');
const VALUES = FINDING_LABELS.map((label) => `$labels.${label}`).join(' ');
const SEEN_BY = `{{ range $i, $agent := query (printf \`vipwatch_finding_active{${SERIES}}\` ${VALUES}) | sortByLabel \`instance\` }}{{ if lt $i 3 }} {{ $agent.Labels.instance }}{{ end }}{{ end }}`;
const SHOW = `Seen by, three agents at most:${SEEN_BY}. GET /api/v1/findings of such an agent shows the frames that prove it.`;

/** How many agents of each installation answer; recorded, for a look back over a day would else read each agent's samples. */
const AGENTS_OF_SITE = 'site:vipwatch_agents:count';
/** A site that fell silent is told for so long; then it is taken for one that was given up. */
const MISSED_FOR = '1d';
/** Where there is no site at all, that is told from then on. Sooner by the alert's own patience, so that there is no gap. */
const NONE_SINCE = '23h50m';

type KindOfGroup<Group extends AlertGroup> = {
  [Kind in FindingKind]: (typeof KINDS)[Kind]['alert'] extends Group ? Kind : never;
}[FindingKind];

/** Traffic is being lost: told at once. The detectors have waited as long as it takes to be sure. */
const OWN_ALERTS: Readonly<Record<KindOfGroup<'own'>, { summary: string; description: string }>> = {
  'lease-on-vip': {
    summary: `DHCP leased the VIP ${WHOSE} to a client`,
    description: `A DHCP client asked for the VIP ${WHOSE} or was given it. From its first packet on, clients reach it or the cluster, whichever they heard last. Shrink the DHCP range so that it leaves out the pool, then make that client ask again.`,
  },
  'foreign-claim': {
    summary: `A machine outside the cluster claims the VIP ${WHOSE}`,
    description: `A MAC of no cluster node says that it owns the VIP ${WHOSE}: the service's clients are torn between the two. Take the address away from that machine.`,
  },
  'split-brain': {
    summary: `Two nodes answer for the VIP ${WHOSE}`,
    description: `Two cluster nodes keep answering for the VIP ${WHOSE} on one segment, for longer than a handover takes. Look whether MetalLB's speakers reach each other on port 7946, TCP and UDP.`,
  },
  'silent-vip': {
    summary: `Nobody answers for the VIP ${WHOSE}`,
    description: `No node answers for the VIP ${WHOSE}: its service cannot be reached. The finding names the cause.`,
  },
  'node-address-conflict': {
    summary: `Another machine claims the node's address ${WHOSE}`,
    description: `Another MAC claims ${WHOSE}, a node's own address: that node drops off the network now and then. Take the address away from the other machine.`,
  },
};

/** Nothing is lost yet, or not for good. Those of one group are mended by the same people in the same place. */
const SHARED_ALERTS: readonly { group: AlertGroup; alert: string; what: string }[] = [
  {
    group: 'dhcp',
    alert: 'VipwatchDhcpWarning',
    what: "DHCP and the cluster's addresses are about to collide, or a DHCP server is not the expected one",
  },
  {
    group: 'address',
    alert: 'VipwatchAddressWarning',
    what: 'An address is used by a machine that it was not meant for',
  },
  {
    group: 'announcer',
    alert: 'VipwatchAnnouncerWarning',
    what: 'A VIP is announced by another node than the elected one, or changes its node too often or too slowly',
  },
];

function kindsOfGroup<Group extends AlertGroup>(group: Group): readonly KindOfGroup<Group>[] {
  return FINDING_KINDS.filter((kind): kind is KindOfGroup<Group> => KINDS[kind].alert === group);
}

interface HealthAlert {
  readonly alert: string;
  /** One series or more for each agent that is in trouble now. */
  readonly agents: string;
  /** For how long an agent must be in trouble. */
  readonly minutes: number;
  readonly summary: string;
  readonly description: string;
}

const BLIND = 'What happens on the LAN there may go unseen.';

/** Of the agents themselves. */
const HEALTH: readonly HealthAlert[] = [
  {
    alert: 'VipwatchAgentDown',
    // Without the name of a job: every target of a job whose living targets are agents is one.
    agents: `up == 0 and on (${SITE}) (count by (${SITE}) (vipwatch_build_info) == count by (${SITE}) (up == 1))`,
    minutes: 5,
    summary: 'does not answer Prometheus',
    description: BLIND,
  },
  {
    alert: 'VipwatchNotCapturing',
    agents: `vipwatch_build_info unless on (${AGENT}) vipwatch_interface_up == 1`,
    minutes: 5,
    summary: 'captures on no interface that is up',
    description: BLIND,
  },
  {
    alert: 'VipwatchFramesDropped',
    agents: `increase(vipwatch_frames_dropped_total[5m]) > 0`,
    minutes: 10,
    summary: 'keeps losing frames that the kernel had no room for',
    description: 'Something may have been missed. Is the LAN flooded, or the node starved of CPU?',
  },
  {
    alert: 'VipwatchMalformedFrames',
    agents: `sum by (${AGENT}) (rate(vipwatch_frames_malformed_total[5m])) > 1`,
    minutes: 10,
    summary: 'sees more than one malformed frame a second',
    description:
      'A broken device, or somebody who tries what parsers bear. The label "reason" of vipwatch_frames_malformed_total tells what is wrong with them.',
  },
  {
    alert: 'VipwatchIntentStale',
    // NaN is unequal to itself: intent that was never known. A static intent does not age: it asks no API.
    agents: `(vipwatch_intent_age_seconds > 60 or vipwatch_intent_age_seconds != vipwatch_intent_age_seconds) and on (${AGENT}) vipwatch_kubernetes_requests_total`,
    minutes: 5,
    summary: 'has not heard from the Kubernetes API what the cluster intends',
    description:
      'It judges by what it last knew, or not at all. GET /readyz names what cannot be read, and why.',
  },
  {
    alert: 'VipwatchJournalFailed',
    agents: 'vipwatch_journal_failed == 1',
    minutes: 15,
    summary: 'cannot write its journal',
    description:
      'It watches on, but a restart would forget leases and findings. GET /readyz tells why: most often a full or read-only disk.',
  },
];

const UNREADY = 'vipwatch_agent_longest_unready_seconds';

function ofFindings(kinds: readonly FindingKind[]): string {
  const selector = kinds.length === 1 ? `kind="${kinds[0]}"` : `kind=~"${kinds.join('|')}"`;
  return `max by (${FINDING_LABELS.join(', ')}) (vipwatch_finding_active{${selector}}) > 0`;
}

/** So often an agent must be found in trouble, evenly spread. */
const LOOKS = 10;

/**
 * Those agents that were in trouble at every look. `for` would do for a single agent; of a count it asks only that at every
 * moment some agent be in trouble, as in a rolling update of a large cluster, where one after the other is away for a moment.
 */
function lasting(agents: string, minutes: number): string {
  const step = `${(minutes * 60) / LOOKS}s`;
  return `count_over_time((group by (${AGENT}) (${agents}))[${minutes}m:${step}]) >= ${LOOKS}`;
}

/** How long trouble must last until it is told. */
export function patienceOf({ alert, for: patience }: AlertRule): string {
  const health = HEALTH.find((one) => one.alert === alert);
  return health ? `${health.minutes}m` : patience;
}

function healthRule({ alert, agents, minutes, summary, description }: HealthAlert): AlertRule {
  const ill = lasting(agents, minutes);
  const some = `topk by (${SITE}) (5, ${ill})`;
  const isOfSite = 'and (eq .Labels.cluster $labels.cluster) (eq .Labels.job $labels.job)';
  const names = `{{ range query \`${some}\` | sortByLabel "instance" }}{{ if ${isOfSite} }} {{ .Labels.instance }}{{ end }}{{ end }}`;
  return {
    alert,
    expr: `count by (${SITE}) (${ill}) > 0`,
    for: '0s',
    labels: { severity: 'warning' },
    annotations: {
      summary: `On {{ $value }} node(s) vipwatch ${summary}`,
      description: `vipwatch ${summary}. Nodes, five at most:${names}. ${description}`,
      runbook_url: runbookOf(alert),
    },
  };
}

function runbookOf(section: string): string {
  return `${FINDINGS_PAGE}#${section.toLowerCase()}`;
}

/** Of a VIP and a class of takeovers, over the window: counted once by each agent that saw it, which cancels out. */
const GAPS = `vip:vipwatch_takeover_gap_seconds_bucket:increase${OBJECTIVE_WINDOW}`;
const ALL_GAPS = `${GAPS}{le="+Inf"} > 0`;

function gapQuantile(name: string, quantile: string): RecordingRule {
  return {
    record: `vip:vipwatch_takeover_gap_seconds:${name}_${OBJECTIVE_WINDOW}`,
    // Without takeovers there is no quantile.
    expr: `histogram_quantile(${quantile}, ${GAPS}) and on (${SITE}, ip, class) ${ALL_GAPS}`,
  };
}

export const RULE_GROUPS: readonly RuleGroup[] = [
  {
    name: 'vipwatch-findings',
    rules: [
      ...kindsOfGroup('own').map(
        (kind): AlertRule => ({
          alert: alertNameOf(kind),
          expr: ofFindings([kind]),
          for: '0s',
          labels: { severity: AS_FOUND },
          annotations: {
            summary: OWN_ALERTS[kind].summary,
            description: `${OWN_ALERTS[kind].description} ${SHOW}`,
            runbook_url: runbookOf(kind),
          },
        }),
      ),
      ...SHARED_ALERTS.map(
        ({ group, alert, what }): AlertRule => ({
          alert,
          expr: ofFindings(kindsOfGroup(group)),
          for: '1m',
          labels: { severity: AS_FOUND },
          annotations: {
            summary: `{{ $labels.kind }}: ${WHOSE}`,
            description: `${what}: {{ $labels.kind }} on ${WHOSE}. ${SHOW}`,
            runbook_url: runbookOf('{{ $labels.kind }}'),
          },
        }),
      ),
    ],
  },
  {
    name: 'vipwatch-health',
    rules: [
      {
        record: AGENTS_OF_SITE,
        expr: `count by (${SITE}) (vipwatch_build_info)`,
      },
      {
        alert: 'VipwatchAbsent',
        expr: `last_over_time(${AGENTS_OF_SITE}[${MISSED_FOR}]) unless ${AGENTS_OF_SITE} or absent_over_time(${AGENTS_OF_SITE}[${NONE_SINCE}])`,
        for: '10m',
        labels: { severity: 'warning' },
        annotations: {
          summary:
            'Prometheus hears from no vipwatch agent{{ with $labels.job }} of the job {{ . }}{{ end }}{{ with $labels.cluster }} in the cluster {{ . }}{{ end }}',
          description:
            'None runs, or none is scraped: nobody watches the VIPs. Look at the DaemonSet, then at the targets of Prometheus.',
          runbook_url: runbookOf('VipwatchAbsent'),
        },
      },
      ...HEALTH.map(healthRule),
      {
        alert: 'VipwatchAgentNotReady',
        // At least half of the agents say so: one alone may have a wrong clock, or have lost the API.
        expr: `count by (${SITE}) (${UNREADY} > 600) >= 0.5 * count by (${SITE}) (${UNREADY})`,
        // A node that comes back after days says at first that its Pod has been unready all the while.
        for: '5m',
        labels: { severity: 'warning' },
        annotations: {
          summary: 'A node has had no ready vipwatch agent for more than a quarter of an hour',
          description: `The Pod of an agent is not ready, or was never placed, though its node is ready. kubectl get pods --all-namespaces --selector app.kubernetes.io/name=vipwatch --output wide shows which one; kubectl describe of it, why. ${BLIND}`,
          runbook_url: runbookOf('VipwatchAgentNotReady'),
        },
      },
    ],
  },
  {
    name: 'vipwatch-failover-objectives',
    // A month of counters is much to read, and takeovers are rare.
    interval: '5m',
    rules: [
      {
        record: GAPS,
        expr: `sum by (${SITE}, ip, class, le) (increase(vipwatch_takeover_gap_seconds_bucket[${OBJECTIVE_WINDOW}]))`,
      },
      gapQuantile('p50', '0.5'),
      gapQuantile('p95', '0.95'),
      // The upper edge of the slowest one's bucket.
      gapQuantile('worst', '1'),
      {
        record: `vip:vipwatch_takeovers_within_objective:ratio_${OBJECTIVE_WINDOW}`,
        // In the month after an upgrade there are both spellings, each of which counted a part.
        expr: `sum without (le) (${GAPS}{${WITHIN_OBJECTIVE}}) / ignoring (le) (${ALL_GAPS})`,
        labels: { objective: `${OBJECTIVE_SECONDS}s` },
      },
    ],
  },
];

const HEADER = `Rendered by scripts/render-manifests.ts from scripts/alert-rules.ts. docs/install.md says how to load
them, docs/findings.md what each alert means. The metrics have labels \`service\` and \`node\` of
their own: scrape with honor_labels: true.`;

/** The text of a file of rules. */
export function alertRulesText(): string {
  const lines = HEADER.split('\n').map((line) => `# ${line}\n`);
  return lines.join('') + stringify({ groups: RULE_GROUPS }, { lineWidth: 0 });
}
