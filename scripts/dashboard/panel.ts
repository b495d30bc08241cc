// What a panel of the dashboard is, and the words that all of them share.

export interface Target {
  readonly expr: string;
  readonly legend?: string;
  /** @default 'range' */
  readonly as?: 'range' | 'table' | 'value' | 'heatmap';
}

export interface Panel {
  readonly title: string;
  readonly description: string;
  readonly type: 'stat' | 'table' | 'timeseries' | 'state-timeline' | 'bargauge' | 'heatmap';
  readonly width: number;
  readonly targets: readonly Target[];
  readonly unit?: string;
  /** What its value is to be coloured by. @default green, whatever it is */
  readonly limit?: Limit;
  readonly mappings?: Readonly<Record<string, { readonly text: string; readonly color: string }>>;
  /** Of a table: what each column is called, in their order; others are hidden. */
  readonly columns?: Readonly<Record<string, string>>;
  readonly overrides?: readonly Override[];
}

export type Limit =
  | { readonly color: 'red' | 'orange'; readonly from: number }
  | { readonly greenFrom: number };

export interface Override {
  readonly field: string;
  readonly properties: Readonly<Record<string, unknown>>;
}

export interface Row {
  readonly title: string;
  readonly height: number;
  readonly panels: readonly Panel[];
}

/** Of the clusters and installations that are chosen. */
export const JOB = 'cluster=~"$cluster",job=~"$job"';
/** And of the agents. */
export const AGENT = `${JOB},instance=~"$instance"`;
/** A cluster may have hundreds of nodes, and a graph is read by eye. */
export const MOST = 10;

export const YES_NO = {
  1: { text: 'yes', color: 'green' },
  0: { text: 'NO', color: 'red' },
};

export function mappingsOf(mappings: NonNullable<Panel['mappings']>): object[] {
  return [{ type: 'value', options: mappings }];
}
