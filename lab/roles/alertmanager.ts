// Alertmanager: groups what it is told, and passes it on to one receiver.
import type { Api } from '../api.ts';
import type { Host } from '../host.ts';
import type { LabProcess } from '../process.ts';
import { apiOf } from './tunnel.ts';

export interface AlertmanagerOptions {
  /** Where notifications go: {@link startWebhookReceiver}. */
  readonly webhook: string;
  /** The labels that a group shares. @default those that tell one problem from another: alertname, ip */
  readonly groupBy?: readonly string[];
  /** Alerts that keep others silent, as its configuration has them. @default none */
  readonly inhibit?: readonly unknown[];
  /** How long a new group is gathered. @default '1s' */
  readonly groupWait?: string;
  /** How long a change of a group is gathered. @default '1s' */
  readonly groupInterval?: string;
}

export interface Alertmanager {
  readonly process: LabProcess;
  readonly api: Api;
  /** The port on every address of the host. */
  readonly port: number;
}

const PORT = 9093;
const CONFIG = '/run/lab/alertmanager.json';
const START_TIMEOUT_MS = 30_000;

/** Resolves when it listens. */
export async function startAlertmanager(host: Host, options: AlertmanagerOptions): Promise<Alertmanager> {
  const {
    webhook,
    inhibit = [],
    groupBy = ['alertname', 'ip'],
    groupWait = '1s',
    groupInterval = '1s',
  } = options;
  const route = {
    receiver: 'webhook',
    group_by: groupBy,
    group_wait: groupWait,
    group_interval: groupInterval,
    // Nothing is said twice while a test lasts.
    repeat_interval: '4h',
  };
  const receivers = [{ name: 'webhook', webhook_configs: [{ url: webhook, send_resolved: true }] }];
  // JSON is YAML as well.
  await host.writeFile(CONFIG, JSON.stringify({ route, receivers, inhibit_rules: inhibit }, null, 2));
  const process = host.spawn([
    'prometheus-alertmanager',
    `--config.file=${CONFIG}`,
    '--storage.path=/run/lab/alertmanager',
    `--web.listen-address=:${PORT}`,
    // It has no peers.
    '--cluster.listen-address=',
  ]);
  await process.waitForLine(/Listening on/, { timeoutMs: START_TIMEOUT_MS });
  return { process, api: await apiOf(host, PORT), port: PORT };
}
