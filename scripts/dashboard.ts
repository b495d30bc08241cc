// The Grafana dashboard: the one source that deploy/'s copies are rendered from. Its rows stand in dashboard/. Each agent counts
// what it sees itself, and most of them see the same: so maxima over the agents, not sums, except for what is each agent's own.
import { AGENT_ROWS } from './dashboard/agent-rows.ts';
import { JOB, type Limit, mappingsOf, type Panel, type Row, type Target } from './dashboard/panel.ts';
import { VIP_ROWS } from './dashboard/vip-rows.ts';

const GRID_WIDTH = 24;
const DATA_SOURCE = { type: 'prometheus', uid: '$datasource' };

/** The first step has no lower end. */
const step = (color: string, value: number | null = null) => ({ color, value });

/** What every panel has in its fields; the colours mean something only where there is a limit. */
function fieldDefaults({ unit = 'short', limit, mappings = {}, type }: Panel): object {
  return {
    unit,
    color: { mode: type === 'timeseries' ? 'palette-classic' : 'thresholds' },
    mappings: Object.keys(mappings).length === 0 ? [] : mappingsOf(mappings),
    thresholds: { mode: 'absolute', steps: stepsOf(limit) },
    ...(type === 'timeseries' && { min: 0, custom: { fillOpacity: 10, lineWidth: 1, showPoints: 'auto' } }),
    ...(type === 'state-timeline' && { custom: { fillOpacity: 70, lineWidth: 0 } }),
  };
}

function stepsOf(limit: Limit | undefined): object[] {
  if (limit === undefined) return [step('green')];
  if ('greenFrom' in limit) return [step('red'), step('green', limit.greenFrom)];
  return [step('green'), step(limit.color, limit.from)];
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
  description:
    'The virtual IPs that MetalLB announces, as seen on the wire: announcers, conflicts, failovers.',
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
      {
        ...labelVariable('cluster', 'Cluster', 'label_values(vipwatch_build_info, cluster)'),
        // A Prometheus of one cluster names none.
        allValue: '.*',
      },
      labelVariable('job', 'Job', 'label_values(vipwatch_build_info{cluster=~"$cluster"}, job)'),
      {
        ...labelVariable('namespace', 'Namespace', `label_values(vipwatch_vip_up{${JOB}}, namespace)`),
        // Also what is about no Service.
        allValue: '.*',
      },
      labelVariable('ip', 'VIP', `label_values(vipwatch_vip_up{${JOB},namespace=~"$namespace"}, ip)`),
      labelVariable('instance', 'Agent', `label_values(vipwatch_build_info{${JOB}}, instance)`),
    ],
  },
  panels: layOut([...VIP_ROWS, ...AGENT_ROWS]),
};

/** The text of the dashboard's file. */
export function dashboardText(): string {
  return `${JSON.stringify(DASHBOARD, null, 2)}\n`;
}
