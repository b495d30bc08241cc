// Prometheus on a machine of the lab: scrapes the agents, evaluates the alert rules as they are shipped.
import { readFile } from 'node:fs/promises';
import type { Api } from '../api.ts';
import type { Host } from '../host.ts';
import type { LabProcess } from '../process.ts';
import { apiOf } from './tunnel.ts';

export interface ScrapeTarget {
  /** The node's name, as the chart's monitors have it. */
  readonly instance: string;
  /** HOST:PORT. */
  readonly address: string;
}

export interface PrometheusOptions {
  readonly targets: readonly ScrapeTarget[];
  /** A file of rules, outside the lab. @default none */
  readonly rules?: string;
  /** The port of an Alertmanager on the same host. @default none */
  readonly alertmanager?: number;
  /** Of scrapes and of evaluations; rules may say otherwise for themselves. @default '1s' */
  readonly interval?: string;
}

/** One series of an instant query's answer. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Prometheus {
  readonly process: LabProcess;
  readonly api: Api;
  /** @throws {Error} where the query is refused. */
  readonly query: (expression: string) => Promise<Sample[]>;
}

const PORT = 9090;
const CONFIG = '/run/lab/prometheus.json';
const RULES = '/run/lab/rules.yaml';
const START_TIMEOUT_MS = 60_000;

/** Resolves when it is ready to be asked. */
export async function startPrometheus(host: Host, options: PrometheusOptions): Promise<Prometheus> {
  const { targets, rules, alertmanager, interval = '1s' } = options;
  if (rules !== undefined) await host.writeFile(RULES, await readFile(rules, 'utf8'));
  const config = {
    global: { scrape_interval: interval, scrape_timeout: interval, evaluation_interval: interval },
    rule_files: rules === undefined ? [] : [RULES],
    scrape_configs: [
      {
        // With the labels that the Prometheus Operator gives for the chart's PodMonitor.
        job_name: 'vipwatch/vipwatch',
        honor_labels: true,
        static_configs: targets.map(({ instance, address }) => ({
          targets: [address],
          labels: {
            instance,
            namespace: 'vipwatch',
            pod: `vipwatch-${instance}`,
            container: 'vipwatch',
            endpoint: 'http',
          },
        })),
      },
    ],
    ...(alertmanager !== undefined && {
      alerting: { alertmanagers: [{ static_configs: [{ targets: [`127.0.0.1:${alertmanager}`] }] }] },
    }),
  };
  // JSON is YAML as well.
  await host.writeFile(CONFIG, JSON.stringify(config, null, 2));
  const process = host.spawn([
    'prometheus',
    `--config.file=${CONFIG}`,
    '--storage.tsdb.path=/run/lab/prometheus',
    `--web.listen-address=127.0.0.1:${PORT}`,
  ]);
  await process.waitForLine(/Server is ready to receive web requests/, { timeoutMs: START_TIMEOUT_MS });
  const api = await apiOf(host, PORT);
  return { process, api, query: (expression) => query(api, expression) };
}

interface QueryAnswer {
  readonly data: {
    readonly result: readonly {
      readonly metric: Readonly<Record<string, string>>;
      readonly value: readonly [time: number, value: string];
    }[];
  };
}

async function query(api: Api, expression: string): Promise<Sample[]> {
  const { data } = await api.json<QueryAnswer>(`/api/v1/query?query=${encodeURIComponent(expression)}`);
  return data.result.map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) }));
}
