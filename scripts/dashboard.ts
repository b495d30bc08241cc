// The Grafana dashboard: the one source that deploy/'s copies are rendered from. Each agent counts what it sees itself, and
// most of them see the same: so maxima over the agents, not sums, except for what is each agent's own.
import { OBJECTIVE_SECONDS, WITHIN_OBJECTIVE } from './alert-rules.ts';

interface Target {
  readonly expr: string;
  readonly legend?: string;
  /** @default 'range' */
  readonly as?: 'range' | 'table' | 'value' | 'heatmap';
}

interface Panel {
  readonly title: string;
  readonly description: string;
  readonly type: 'stat' | 'table' | 'timeseries' | 'state-timeline' | 'bargauge' | 'heatmap';
  readonly width: number;
  readonly targets: readonly Target[];
  readonly unit?: string;
  /** From this value on it is red. */
  readonly redFrom?: number;
  readonly mappings?: Readonly<Record<string, { readonly text: string; readonly color: string }>>;
  /** Of a table: what each column is called, in their order; others are hidden. */
  readonly columns?: Readonly<Record<string, string>>;
  readonly overrides?: readonly Override[];
}

interface Override {
  readonly field: string;
  readonly properties: Readonly<Record<string, unknown>>;
}

interface Row {
  readonly title: string;
  readonly height: number;
  readonly panels: readonly Panel[];
}

const GRID_WIDTH = 24;
const DATA_SOURCE = { type: 'prometheus', uid: '$datasource' };
const JOB = 'job=~"$job"';
const VIPS = `${JOB},ip=~"$ip"`;
/** A planned handover has no gap worth measuring. */
const GAPS = `vipwatch_takeover_gap_seconds_bucket{${VIPS},class=~"failover|failback"}`;
const YES_NO = {
  1: { text: 'yes', color: 'green' },
  0: { text: 'NO', color: 'red' },
};

const countOf = (severity: string) =>
  `count(max by (kind, ip, service) (vipwatch_finding_active{${JOB},severity="${severity}"})) or vector(0)`;

const ROWS: readonly Row[] = [
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
        redFrom: 1,
      },
      {
        title: 'Warnings',
        description: 'Traffic will be lost.',
        type: 'stat',
        width: 4,
        targets: [{ expr: countOf('warning'), as: 'value' }],
        redFrom: 1,
      },
      {
        title: 'VIPs without an answer',
        description: 'No agent has proof that anybody answers for them.',
        type: 'stat',
        width: 4,
        targets: [{ expr: `count(max by (ip) (vipwatch_vip_up{${VIPS}}) == 0) or vector(0)`, as: 'value' }],
        redFrom: 1,
      },
      {
        title: 'VIPs',
        description: 'That the cluster means to serve.',
        type: 'stat',
        width: 4,
        targets: [{ expr: `count(max by (ip) (vipwatch_vip_up{${VIPS}}))`, as: 'value' }],
      },
      {
        title: 'Agents',
        description: 'That Prometheus hears from.',
        type: 'stat',
        width: 4,
        targets: [{ expr: `count(vipwatch_build_info{${JOB}})`, as: 'value' }],
      },
      {
        title: 'Worst failover',
        description: 'In the time shown: the upper edge of its bucket. Empty where there was none.',
        type: 'stat',
        width: 4,
        unit: 's',
        targets: [
          { expr: `histogram_quantile(1, sum by (le) (increase(${GAPS}[$__range]))) >= 0`, as: 'value' },
        ],
        redFrom: OBJECTIVE_SECONDS,
      },
    ],
  },
  {
    title: 'VIPs',
    height: 9,
    panels: [
      {
        title: 'Who answers',
        description: 'The rightful announcers: an intruder is told by the findings below.',
        type: 'table',
        width: 12,
        targets: [
          {
            expr: `max by (ip, service, node, mac) (vipwatch_vip_announcer_info{${VIPS}})`,
            as: 'table',
          },
          { expr: `max by (ip, service) (vipwatch_vip_up{${VIPS}})`, as: 'table' },
          {
            expr: `max by (ip, service) (vipwatch_vip_last_takeover_timestamp_seconds{${VIPS}}) * 1000`,
            as: 'table',
          },
        ],
        columns: {
          ip: 'VIP',
          service: 'Service',
          'Value #B': 'Answered',
          node: 'Node',
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
        width: 12,
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
        width: 12,
        targets: [
          { expr: `max by (severity, kind, ip, service) (vipwatch_finding_active{${JOB}})`, as: 'table' },
        ],
        columns: { severity: 'Severity', kind: 'Kind', ip: 'Address', service: 'Service' },
      },
      {
        title: 'Findings raised',
        description: 'By the agent that raised most of the kind.',
        type: 'timeseries',
        width: 6,
        targets: [
          {
            expr: `max by (kind) (increase(vipwatch_findings_total{${JOB}}[$__rate_interval])) > 0`,
            legend: '{{kind}}',
          },
        ],
      },
      {
        title: 'Looked like trouble, and was none',
        description: 'By reason; docs/findings.md explains them.',
        type: 'timeseries',
        width: 6,
        unit: 'cps',
        targets: [
          {
            expr: `max by (reason) (rate(vipwatch_not_findings_total{${JOB}}[$__rate_interval]))`,
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
          'From the last frame of the old announcer to the first of the new one; as often as agents saw it.',
        type: 'heatmap',
        width: 8,
        unit: 's',
        targets: [
          { expr: `sum by (le) (increase(${GAPS}[$__rate_interval]))`, legend: '{{le}}', as: 'heatmap' },
        ],
      },
      {
        title: 'Worst failover of each VIP',
        description: 'In the time shown: the upper edge of its bucket.',
        type: 'bargauge',
        width: 4,
        unit: 's',
        targets: [
          {
            expr: `histogram_quantile(1, sum by (ip, le) (increase(${GAPS}[$__range]))) >= 0`,
            legend: '{{ip}}',
            as: 'value',
          },
        ],
        redFrom: OBJECTIVE_SECONDS,
      },
      {
        title: 'Takeovers',
        description: 'In the time shown, by the agent that saw most of them.',
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
        title: `Failovers within ${OBJECTIVE_SECONDS} s`,
        description: 'In the time shown. Empty where there was none.',
        type: 'stat',
        width: 4,
        unit: 'percentunit',
        targets: [
          {
            expr: `sum(increase(${GAPS.replace('}', `,${WITHIN_OBJECTIVE}}`)}[$__range])) / (sum(increase(${GAPS.replace('}', ',le="+Inf"}')}[$__range])) > 0)`,
            as: 'value',
          },
        ],
      },
      {
        title: 'Failover tests',
        description: 'That ended in the time shown, by mode and result. Each is counted by one agent.',
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
  {
    title: 'DHCP',
    height: 7,
    panels: [
      {
        title: 'Servers',
        description: 'One is what most networks have.',
        type: 'stat',
        width: 4,
        targets: [{ expr: `max(vipwatch_dhcp_servers{${JOB}})`, as: 'value' }],
      },
      {
        title: 'Leases',
        description: 'Addresses with a known lease, by its latest step.',
        type: 'timeseries',
        width: 10,
        targets: [{ expr: `max by (state) (vipwatch_leases{${JOB}})`, legend: '{{state}}' }],
      },
      {
        title: 'Messages',
        description: 'A switch delivers most of what servers say to the client alone.',
        type: 'timeseries',
        width: 10,
        unit: 'cps',
        targets: [
          {
            expr: `max by (type) (rate(vipwatch_dhcp_messages_total{${JOB}}[$__rate_interval]))`,
            legend: '{{type}}',
          },
        ],
      },
    ],
  },
  {
    title: 'The agents',
    height: 7,
    panels: [
      {
        title: 'State',
        description: 'What is NO here is told by an alert, after a while.',
        type: 'table',
        width: 12,
        targets: [
          { expr: `max by (instance, version) (vipwatch_build_info{${JOB}})`, as: 'table' },
          { expr: `max by (instance) (vipwatch_interface_up{${JOB}})`, as: 'table' },
          { expr: `1 - max by (instance) (vipwatch_journal_failed{${JOB}})`, as: 'table' },
          { expr: `max by (instance) (vipwatch_intent_age_seconds{${JOB}})`, as: 'table' },
          { expr: `time() - max by (instance) (process_start_time_seconds{${JOB}})`, as: 'table' },
        ],
        columns: {
          instance: 'Node',
          version: 'Version',
          'Value #B': 'Captures',
          'Value #C': 'Journal',
          'Value #D': 'Age of intent',
          'Value #E': 'Runs for',
        },
        overrides: [
          {
            field: 'Captures',
            properties: { mappings: mappingsOf(YES_NO), 'custom.cellOptions': { type: 'color-text' } },
          },
          {
            field: 'Journal',
            properties: { mappings: mappingsOf(YES_NO), 'custom.cellOptions': { type: 'color-text' } },
          },
          { field: 'Age of intent', properties: { unit: 's' } },
          { field: 'Runs for', properties: { unit: 's' } },
        ],
      },
      {
        title: 'CPU',
        description: 'Of a core.',
        type: 'timeseries',
        width: 6,
        unit: 'percentunit',
        targets: [
          { expr: `rate(process_cpu_seconds_total{${JOB}}[$__rate_interval])`, legend: '{{instance}}' },
        ],
      },
      {
        title: 'Resident memory',
        description: 'The chart limits it to 256 MiB unless told otherwise.',
        type: 'timeseries',
        width: 6,
        unit: 'bytes',
        targets: [{ expr: `process_resident_memory_bytes{${JOB}}`, legend: '{{instance}}' }],
      },
    ],
  },
  {
    title: 'What the agents hear and ask',
    height: 7,
    panels: [
      {
        title: 'Frames',
        description: 'Looked at, on every interface together.',
        type: 'timeseries',
        width: 6,
        unit: 'pps',
        targets: [
          {
            expr: `sum by (instance, protocol) (rate(vipwatch_frames_total{${JOB}}[$__rate_interval]))`,
            legend: '{{instance}} {{protocol}}',
          },
        ],
      },
      {
        title: 'Frames dropped or malformed',
        description:
          'Dropped: the kernel had no room. Anything but 0 means that something may have been missed.',
        type: 'timeseries',
        width: 6,
        unit: 'pps',
        targets: [
          {
            expr: `sum by (instance) (rate(vipwatch_frames_dropped_total{${JOB}}[$__rate_interval]))`,
            legend: '{{instance}} dropped',
          },
          {
            expr: `sum by (instance, protocol, reason) (rate(vipwatch_frames_malformed_total{${JOB}}[$__rate_interval]))`,
            legend: '{{instance}} {{protocol}} {{reason}}',
          },
        ],
      },
      {
        title: 'Probes',
        description: 'Of all agents together: 2 a second for each VIP at most, and more on small clusters.',
        type: 'timeseries',
        width: 6,
        unit: 'pps',
        targets: [
          {
            expr: `sum by (result) (rate(vipwatch_probes_total{${JOB}}[$__rate_interval]))`,
            legend: '{{result}}',
          },
        ],
      },
      {
        title: 'Time to the answer',
        description: 'From a probe to its answer: the median, and 99 of 100.',
        type: 'timeseries',
        width: 6,
        unit: 's',
        targets: ['0.5', '0.99'].map((quantile) => ({
          expr: `histogram_quantile(${quantile}, sum by (le) (rate(vipwatch_probe_rtt_seconds_bucket{${JOB}}[$__rate_interval])))`,
          legend: `${Number(quantile) * 100} %`,
        })),
      },
    ],
  },
];

function mappingsOf(mappings: NonNullable<Panel['mappings']>): object[] {
  return [{ type: 'value', options: mappings }];
}

const GREEN = { color: 'green', value: null };

/** What every panel has in its fields; the colours mean something only where there is a limit. */
function fieldDefaults({ unit = 'short', redFrom, mappings = {}, type }: Panel): object {
  const steps = redFrom === undefined ? [GREEN] : [GREEN, { color: 'red', value: redFrom }];
  return {
    unit,
    color: { mode: type === 'timeseries' ? 'palette-classic' : 'thresholds' },
    mappings: Object.keys(mappings).length === 0 ? [] : mappingsOf(mappings),
    thresholds: { mode: 'absolute', steps },
    ...(type === 'timeseries' && { min: 0, custom: { fillOpacity: 10, lineWidth: 1, showPoints: 'auto' } }),
    ...(type === 'state-timeline' && { custom: { fillOpacity: 70, lineWidth: 0 } }),
  };
}

const REDUCE = { calcs: ['lastNotNull'], fields: '', values: false };
const OPTIONS: Readonly<Record<Panel['type'], object>> = {
  stat: { reduceOptions: REDUCE, colorMode: 'value', graphMode: 'none', textMode: 'auto' },
  table: { showHeader: true, cellHeight: 'sm' },
  timeseries: {
    legend: { displayMode: 'list', placement: 'bottom', showLegend: true },
    tooltip: { mode: 'multi', sort: 'desc' },
  },
  'state-timeline': { mergeValues: true, showValue: 'never', legend: { showLegend: false }, rowHeight: 0.8 },
  bargauge: { reduceOptions: REDUCE, orientation: 'horizontal', displayMode: 'basic' },
  heatmap: {
    calculate: false,
    color: { mode: 'scheme', scheme: 'Oranges', steps: 64 },
    filterValues: { le: 1e-9 },
    yAxis: { unit: 's' },
    tooltip: { mode: 'single' },
  },
};

function targetJson({ expr, legend, as = 'range' }: Target, index: number): object {
  const instant = as === 'table' || as === 'value';
  return {
    refId: String.fromCharCode('A'.charCodeAt(0) + index),
    datasource: DATA_SOURCE,
    expr,
    legendFormat: legend ?? '__auto',
    instant,
    range: !instant,
    format: as === 'table' ? 'table' : as === 'heatmap' ? 'heatmap' : 'time_series',
  };
}

/** One row for one set of labels; only the columns that are named, in their order. */
function transformations(columns: NonNullable<Panel['columns']>): object[] {
  const names = Object.keys(columns);
  return [
    { id: 'merge', options: {} },
    { id: 'filterFieldsByName', options: { include: { names } } },
    {
      id: 'organize',
      options: {
        indexByName: Object.fromEntries(names.map((name, i) => [name, i])),
        renameByName: columns,
      },
    },
  ];
}

function panelJson(panel: Panel, id: number, x: number, y: number, height: number): object {
  const { title, description, type, width, targets, columns, overrides = [] } = panel;
  return {
    id,
    type,
    title,
    description,
    datasource: DATA_SOURCE,
    gridPos: { x, y, w: width, h: height },
    targets: targets.map(targetJson),
    fieldConfig: {
      defaults: fieldDefaults(panel),
      overrides: overrides.map(({ field, properties }) => ({
        matcher: { id: 'byName', options: field },
        properties: Object.entries(properties).map(([name, value]) => ({ id: name, value })),
      })),
    },
    options: OPTIONS[type],
    ...(columns && { transformations: transformations(columns) }),
  };
}

/** Rows one below the other, each with its panels side by side. */
function layOut(rows: readonly Row[]): object[] {
  const panels: object[] = [];
  let y = 0;
  for (const { title, height, panels: inRow } of rows) {
    const gridPos = { x: 0, y, w: GRID_WIDTH, h: 1 };
    panels.push({ id: panels.length + 1, type: 'row', title, collapsed: false, gridPos, panels: [] });
    y += 1;
    let x = 0;
    for (const panel of inRow) {
      panels.push(panelJson(panel, panels.length + 1, x, y, height));
      x += panel.width;
    }
    y += height;
  }
  return panels;
}

function labelVariable(name: string, label: string, query: string): object {
  return {
    name,
    label,
    type: 'query',
    datasource: DATA_SOURCE,
    query: { query, refId: name },
    definition: query,
    // On a change of the time shown.
    refresh: 2,
    sort: 1,
    multi: true,
    includeAll: true,
    allValue: '.+',
    current: { text: ['All'], value: ['$__all'] },
    hide: 0,
  };
}

const DASHBOARD = {
  uid: 'vipwatch',
  title: 'vipwatch',
  description: 'The virtual IPs that MetalLB announces, as the wire has them: owners, conflicts, failovers.',
  tags: ['metallb', 'vipwatch'],
  schemaVersion: 39,
  version: 1,
  editable: true,
  graphTooltip: 1,
  refresh: '30s',
  time: { from: 'now-24h', to: 'now' },
  timezone: '',
  links: [],
  annotations: { list: [] },
  templating: {
    list: [
      {
        name: 'datasource',
        label: 'Data source',
        type: 'datasource',
        query: 'prometheus',
        refresh: 1,
        multi: false,
        includeAll: false,
        current: {},
        hide: 0,
      },
      labelVariable('job', 'Job', 'label_values(vipwatch_build_info, job)'),
      labelVariable('ip', 'VIP', 'label_values(vipwatch_vip_up{job=~"$job"}, ip)'),
    ],
  },
  panels: layOut(ROWS),
};

/** The text of the dashboard's file. */
export function dashboardText(): string {
  return `${JSON.stringify(DASHBOARD, null, 2)}\n`;
}
