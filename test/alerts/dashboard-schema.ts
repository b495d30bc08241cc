// Of Grafana's dashboard format (schema version 39) the part that the dashboard uses, and no other field.
import Type from 'typebox';

const strict = { additionalProperties: false };
const Whole = (minimum: number) => Type.Integer({ minimum });
const Name = Type.String({ minLength: 1 });
const Free = Type.Record(Type.String(), Type.Unknown());

/** By the variable: no data source of anybody's is in it. */
const DataSource = Type.Object(
  { type: Type.Literal('prometheus'), uid: Type.Literal('$datasource') },
  strict,
);

const GridPos = Type.Object({ x: Whole(0), y: Whole(0), w: Whole(1), h: Whole(1) }, strict);

const Target = Type.Object(
  {
    refId: Type.String({ pattern: '^[A-Z]$' }),
    datasource: DataSource,
    expr: Name,
    legendFormat: Name,
    instant: Type.Boolean(),
    range: Type.Boolean(),
    format: Type.Enum(['table', 'heatmap', 'time_series']),
  },
  strict,
);

const ValueMapping = Type.Object(
  {
    type: Type.Literal('value'),
    options: Type.Record(Type.String(), Type.Object({ text: Name, color: Name }, strict)),
  },
  strict,
);

const FieldDefaults = Type.Object(
  {
    unit: Name,
    min: Type.Optional(Type.Number()),
    color: Type.Object({ mode: Type.Enum(['palette-classic', 'thresholds']) }, strict),
    mappings: Type.Array(ValueMapping),
    thresholds: Type.Object(
      {
        mode: Type.Literal('absolute'),
        steps: Type.Array(
          Type.Object({ color: Name, value: Type.Union([Type.Number(), Type.Null()]) }, strict),
          { minItems: 1 },
        ),
      },
      strict,
    ),
    custom: Type.Optional(Free),
  },
  strict,
);

const Override = Type.Object(
  {
    matcher: Type.Object({ id: Type.Literal('byName'), options: Name }, strict),
    properties: Type.Array(Type.Object({ id: Name, value: Type.Unknown() }, strict), { minItems: 1 }),
  },
  strict,
);

const Transformation = Type.Object(
  { id: Type.Enum(['merge', 'filterFieldsByName', 'organize']), options: Free },
  strict,
);

const RowPanel = Type.Object(
  {
    id: Whole(1),
    type: Type.Literal('row'),
    title: Name,
    collapsed: Type.Literal(false),
    gridPos: GridPos,
    panels: Type.Array(Type.Never(), { maxItems: 0 }),
  },
  strict,
);

const QueryPanel = Type.Object(
  {
    id: Whole(1),
    type: Type.Enum(['stat', 'table', 'timeseries', 'state-timeline', 'bargauge', 'heatmap']),
    title: Name,
    description: Name,
    datasource: DataSource,
    gridPos: GridPos,
    targets: Type.Array(Target, { minItems: 1 }),
    fieldConfig: Type.Object({ defaults: FieldDefaults, overrides: Type.Array(Override) }, strict),
    options: Free,
    transformations: Type.Optional(Type.Array(Transformation)),
  },
  strict,
);

const Hidden = Type.Literal(0);
const DataSourceVariable = Type.Object(
  {
    name: Type.Literal('datasource'),
    label: Name,
    type: Type.Literal('datasource'),
    query: Type.Literal('prometheus'),
    refresh: Whole(0),
    multi: Type.Literal(false),
    includeAll: Type.Literal(false),
    current: Type.Object({}, strict),
    hide: Hidden,
  },
  strict,
);
const QueryVariable = Type.Object(
  {
    name: Name,
    label: Name,
    type: Type.Literal('query'),
    datasource: DataSource,
    query: Type.Object({ query: Name, refId: Name }, strict),
    definition: Name,
    refresh: Type.Literal(2),
    sort: Whole(0),
    multi: Type.Literal(true),
    includeAll: Type.Literal(true),
    allValue: Name,
    current: Type.Object({ text: Type.Array(Name), value: Type.Array(Name) }, strict),
    hide: Hidden,
  },
  strict,
);

export const DashboardSchema = Type.Object(
  {
    uid: Type.String({ pattern: '^[a-zA-Z0-9_-]{1,40}$' }),
    title: Name,
    description: Name,
    tags: Type.Array(Name),
    schemaVersion: Type.Literal(39),
    version: Whole(1),
    editable: Type.Boolean(),
    graphTooltip: Type.Enum([0, 1, 2]),
    refresh: Name,
    time: Type.Object({ from: Name, to: Name }, strict),
    timezone: Type.String(),
    links: Type.Array(Type.Unknown()),
    annotations: Type.Object({ list: Type.Array(Type.Unknown()) }, strict),
    templating: Type.Object(
      {
        list: Type.Tuple([
          DataSourceVariable,
          QueryVariable,
          QueryVariable,
          QueryVariable,
          QueryVariable,
          QueryVariable,
        ]),
      },
      strict,
    ),
    panels: Type.Array(Type.Union([RowPanel, QueryPanel])),
  },
  strict,
);

export type Dashboard = Type.Static<typeof DashboardSchema>;
export type QueryPanel = Type.Static<typeof QueryPanel>;
