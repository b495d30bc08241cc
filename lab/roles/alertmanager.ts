// Alertmanager: groups what it is told, and passes it on to one receiver; alone, or several that settle who does.
import { setTimeout as delay } from 'node:timers/promises';
import type { Api } from '../api.ts';
import type { Host } from '../host.ts';
import type { LabProcess } from '../process.ts';
import { apiOf } from './tunnel.ts';

export interface AlertmanagerOptions {
  /** Where notifications go: {@link startWebhookReceiver}. */
  readonly webhook: string;
  /** What a notification says, as a receiver for Slack has it: then that is what comes. @default the webhook's JSON */
  readonly words?: { readonly title: string; readonly text: string };
  /** The labels that a group shares. @default those that tell one problem from another: alertname, ip */
  readonly groupBy?: readonly string[];
  /** Alerts that keep others silent, as its configuration has them. @default none */
  readonly inhibit?: readonly unknown[];
  /** How long a new group is gathered. @default '1s' */
  readonly groupWait?: string;
  /** How long a change of a group is gathered. @default '1s' */
  readonly groupInterval?: string;
  /** Who may ask it, by name: the bcrypt hash of the password. @default everybody */
  readonly users?: Readonly<Record<string, string>>;
}

export interface Alertmanager {
  readonly process: LabProcess;
  readonly api: Api;
  /** The port on every address of the host. */
  readonly port: number;
}

const PORT = 9093;
const CONFIG = '/run/lab/alertmanager.json';
const WEB_CONFIG = '/run/lab/alertmanager-web.json';
const START_TIMEOUT_MS = 60_000;
/**
 * How long the second of a cluster leaves the first to notify, the third the second, and so on. A change must be gathered
 * for longer than that: else the second, which judges by what held when it began to wait, contradicts the first.
 */
const PEER_TIMEOUT = '2s';
const GATHERED_IN_CLUSTER = '5s';
/** Its peers' ports follow. */
const GOSSIP_PORT = 9194;

/** Resolves when it listens. */
export async function startAlertmanager(host: Host, options: AlertmanagerOptions): Promise<Alertmanager> {
  // It has no peers.
  return await start(host, options, PORT, ['--cluster.listen-address=']);
}

/** So many on one host, as one cluster. Resolves when they have found each other, and notify. */
export async function startAlertmanagers(
  host: Host,
  options: AlertmanagerOptions,
  count: number,
): Promise<Alertmanager[]> {
  const indexes = Array.from({ length: count }, (_, i) => i);
  const gossip = indexes.map((i) => `127.0.0.1:${GOSSIP_PORT + i}`);
  const members = await Promise.all(
    indexes.map((i) =>
      start(host, { groupInterval: GATHERED_IN_CLUSTER, ...options }, PORT + i, [
        `--cluster.listen-address=${gossip[i]}`,
        ...gossip.filter((_, other) => other !== i).map((address) => `--cluster.peer=${address}`),
        `--cluster.peer-timeout=${PEER_TIMEOUT}`,
        // A member that started a moment before the others is heard of after it.
        '--cluster.reconnect-interval=1s',
      ]),
    ),
  );
  for (const { process } of members)
    await process.waitForLine(/gossip settled/, { timeoutMs: START_TIMEOUT_MS });
  for (const { api } of members) await untilMembers(api, count);
  return members;
}

async function start(
  host: Host,
  options: AlertmanagerOptions,
  port: number,
  cluster: readonly string[],
): Promise<Alertmanager> {
  const {
    webhook,
    words,
    inhibit = [],
    groupBy = ['alertname', 'ip'],
    groupWait = '1s',
    groupInterval = '1s',
    users = {},
  } = options;
  const route = {
    receiver: 'webhook',
    group_by: groupBy,
    group_wait: groupWait,
    group_interval: groupInterval,
    // Nothing is said twice while a test lasts.
    repeat_interval: '4h',
  };
  const receiver = words
    ? { slack_configs: [{ ...words, api_url: webhook, channel: '#lab', send_resolved: true }] }
    : { webhook_configs: [{ url: webhook, send_resolved: true }] };
  const receivers = [{ name: 'webhook', ...receiver }];
  // JSON is YAML as well. Members of a cluster have the same.
  await host.writeFile(CONFIG, JSON.stringify({ route, receivers, inhibit_rules: inhibit }, null, 2));
  await host.writeFile(WEB_CONFIG, JSON.stringify({ basic_auth_users: users }));
  const process = host.spawn([
    'prometheus-alertmanager',
    `--config.file=${CONFIG}`,
    `--web.config.file=${WEB_CONFIG}`,
    `--storage.path=/run/lab/alertmanager-${port}`,
    `--web.listen-address=:${port}`,
    ...cluster,
  ]);
  await process.waitForLine(/Listening on/, { timeoutMs: START_TIMEOUT_MS });
  return { process, api: await apiOf(host, port), port };
}

async function untilMembers(api: Api, count: number): Promise<void> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (Date.now() < deadline) {
    const [line] = await api.metrics('alertmanager_cluster_members ');
    if (line === `alertmanager_cluster_members ${count}`) return;
    await delay(100);
  }
  throw new Error(`The ${count} Alertmanagers do not find each other within ${START_TIMEOUT_MS} ms`);
}
