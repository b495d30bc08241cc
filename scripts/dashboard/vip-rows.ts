// The rows of the dashboard that are about VIPs: who answers, what is wrong, and how long failovers took.
import { SECOND } from '../../src/base/time.ts';
import { DETECT_DEFAULTS } from '../../src/watch/detect/settings.ts';
import { OBJECTIVE_RATIO } from '../alerts/objective-rules.ts';
import { JOB, mappingsOf, type Row, YES_NO } from './panel.ts';

const FINDINGS = `${JOB},namespace=~"$namespace"`;
const VIPS = `${FINDINGS},ip=~"$ip"`;
/** A planned handover has no gap worth measuring. */
const FAILOVERS = `${VIPS},class=~"failover|failback"`;
const GAPS = `vipwatch_takeover_gap_seconds_bucket{${FAILOVERS}}`;
/** In seconds, where nothing else is configured. */
const OBJECTIVE = DETECT_DEFAULTS.maxGap / SECOND;

/** A histogram begins with its first takeover, which is no increase: what was not there before counts as it is. */
const gapsIn = (time: string) => `(${GAPS} unless ${GAPS} offset ${time}) or increase(${GAPS}[${time}])`;

const countOf = (severity: string) =>
  `count(max by (kind, ip, namespace, service) (vipwatch_finding_active{${FINDINGS},severity="${severity}"})) or vector(0)`;

export const VIP_ROWS: readonly Row[] = [
  {
    title: 'Now',
    height: 4,
    panels: [
      {
        title: 'Critical findings',
        description: 'Traffic is being lost.',
        type: 'stat',
        width: 4,
        targets: [{ expr: countOf('critical'), as: 'value' }],
        limit: { color: 'red', from: 1 },
      },
      {
        title: 'Warnings',
        description: 'Traffic will be lost.',
        type: 'stat',
        width: 4,
        targets: [{ expr: countOf('warning'), as: 'value' }],
        limit: { color: 'orange', from: 1 },
      },
      {
        title: 'VIPs without an answer',
        description: 'No agent has proof that a machine answers for them.',
        type: 'stat',
        width: 4,
        targets: [{ expr: `count(max by (ip) (vipwatch_vip_up{${VIPS}}) == 0) or vector(0)`, as: 'value' }],
        limit: { color: 'red', from: 1 },
      },
      {
        title: 'VIPs',
        description: 'The VIPs of the intent.',
        type: 'stat',
        width: 4,
        targets: [{ expr: `count(max by (ip) (vipwatch_vip_up{${VIPS}}))`, as: 'value' }],
      },
      {
        title: 'Agents',
        description: 'Agents that answer Prometheus.',
        type: 'stat',
        width: 4,
        targets: [{ expr: `count(vipwatch_build_info{${JOB}})`, as: 'value' }],
      },
      {
        title: 'Worst failover',
        description:
          'The longest gap in the time shown, as the upper edge of its bucket. Empty if there was no failover.',
        type: 'stat',
        width: 4,
        unit: 's',
        targets: [{ expr: `histogram_quantile(1, sum by (le) (${gapsIn('$__range')})) >= 0`, as: 'value' }],
        limit: { color: 'red', from: OBJECTIVE },
      },
    ],
  },
  {
    title: 'VIPs',
    height: 9,
    panels: [
      {
        title: 'Who answers',
        description: 'The nodes that announce the VIPs. The findings below show foreign machines.',
        type: 'table',
        width: 15,
        targets: [
          {
            expr: `max by (ip, namespace, service, node, mac) (vipwatch_vip_announcer_info{${VIPS}})`,
            as: 'table',
          },
          { expr: `max by (ip, namespace, service) (vipwatch_vip_up{${VIPS}})`, as: 'table' },
          {
            expr: `max by (ip, namespace, service) (vipwatch_vip_last_takeover_timestamp_seconds{${VIPS}}) * 1000`,
            as: 'table',
          },
          {
            expr: `max by (ip, namespace, service, pool, elected) (vipwatch_vip_info{${VIPS}})`,
            as: 'table',
          },
        ],
        columns: {
          ip: 'VIP',
          namespace: 'Namespace',
          service: 'Service',
          pool: 'Pool',
          'Value #B': 'Answered',
          node: 'Node',
          elected: 'Elected',
          mac: 'MAC',
          'Value #C': 'Last takeover',
        },
        overrides: [
          {
            field: 'Answered',
            properties: { mappings: mappingsOf(YES_NO), 'custom.cellOptions': { type: 'color-text' } },
          },
          { field: 'Last takeover', properties: { unit: 'dateTimeFromNow' } },
        ],
      },
      {
        title: 'Who answered',
        description: 'A line for each VIP and node: where one ends and another begins, there was a takeover.',
        type: 'state-timeline',
        width: 9,
        targets: [
          {
            expr: `max by (ip, node) (vipwatch_vip_announcer_info{${VIPS}})`,
            legend: '{{ip}} {{node}}',
          },
        ],
        mappings: { 1: { text: 'answers', color: 'green' } },
      },
    ],
  },
  {
    title: 'Conflicts',
    height: 8,
    panels: [
      {
        title: 'Active findings',
        description: 'What each kind means, and what to do: docs/findings.md.',
        type: 'table',
        width: 10,
        targets: [
          {
            expr: `max by (severity, confirmed, acknowledged, kind, ip, namespace, service) (vipwatch_finding_active{${FINDINGS}})`,
            as: 'table',
          },
          {
            expr: `min by (severity, kind, ip, namespace, service) (vipwatch_finding_raised_timestamp_seconds{${FINDINGS}}) * 1000`,
            as: 'table',
          },
        ],
        columns: {
          severity: 'Severity',
          confirmed: 'Confirmed',
          acknowledged: 'Acknowledged',
          kind: 'Kind',
          ip: 'Address',
          namespace: 'Namespace',
          service: 'Service',
          'Value #B': 'Since',
        },
        overrides: [{ field: 'Since', properties: { unit: 'dateTimeFromNow' } }],
      },
      {
        title: 'Machines behind them',
        description: 'The machines behind critical findings, three at most for each address.',
        type: 'table',
        width: 6,
        targets: [
          {
            expr: `max by (kind, ip, namespace, service, mac, name) (vipwatch_finding_info{${FINDINGS}})`,
            as: 'table',
          },
        ],
        columns: { kind: 'Kind', ip: 'Address', name: 'Name', mac: 'MAC' },
      },
      {
        title: 'Findings raised',
        description: 'For each kind, as counted by the agent that raised most of it.',
        type: 'timeseries',
        width: 4,
        targets: [
          {
            expr: `max by (kind) (increase(vipwatch_findings_total{${JOB}}[$__rate_interval])) > 0`,
            legend: '{{kind}}',
          },
        ],
      },
      {
        title: 'Dismissed look-alikes',
        description: 'By reason; docs/metrics.md explains each.',
        type: 'timeseries',
        width: 4,
        unit: 'cps',
        targets: [
          {
            expr: `max by (reason) (rate(vipwatch_dismissals_total{${JOB}}[$__rate_interval]))`,
            legend: '{{reason}}',
          },
        ],
      },
    ],
  },
  {
    title: 'Failovers',
    height: 8,
    panels: [
      {
        title: 'Length of failovers',
        description:
          'From the last frame of the old announcer to the first of the new one. A failover counts once for each agent that saw it.',
        type: 'heatmap',
        width: 8,
        unit: 's',
        targets: [{ expr: `sum by (le) (${gapsIn('$__rate_interval')})`, legend: '{{le}}', as: 'heatmap' }],
      },
      {
        title: 'Worst failover of each VIP',
        description: 'The longest gap in the time shown, as the upper edge of its bucket.',
        type: 'bargauge',
        width: 4,
        unit: 's',
        targets: [
          {
            expr: `histogram_quantile(1, sum by (ip, le) (${gapsIn('$__range')})) >= 0`,
            legend: '{{ip}}',
            as: 'value',
          },
        ],
        limit: { color: 'red', from: OBJECTIVE },
      },
      {
        title: 'Takeovers',
        description: 'In the time shown, as counted by the agent that saw most of them.',
        type: 'bargauge',
        width: 4,
        targets: [
          {
            expr: `max by (ip, class) (increase(vipwatch_takeovers_total{${VIPS}}[$__range]))`,
            legend: '{{ip}} {{class}}',
            as: 'value',
          },
        ],
      },
      {
        title: 'Failovers within the objective',
        description:
          'The share that took no longer than failover.maxGap, in the time shown. Empty if there was no failover.',
        type: 'stat',
        width: 4,
        unit: 'percentunit',
        limit: { greenFrom: OBJECTIVE_RATIO },
        targets: [
          {
            expr: `sum(increase(vipwatch_takeovers_within_objective_total{${FAILOVERS}}[$__range])) / (sum(increase(vipwatch_takeovers_total{${FAILOVERS}}[$__range])) > 0)`,
            as: 'value',
          },
        ],
      },
      {
        title: 'Failover tests',
        description: 'Tests that ended in the time shown, by mode and result. One agent counts each test.',
        type: 'bargauge',
        width: 4,
        targets: [
          {
            expr: `sum by (mode, result) (increase(vipwatch_failover_tests_total{${JOB}}[$__range])) > 0`,
            legend: '{{mode}} {{result}}',
            as: 'value',
          },
        ],
      },
    ],
  },
];
