// A home with a cluster of three nodes that announces one VIP, an agent on each node, and a machine with Prometheus,
// Alertmanager and a receiver of notifications.
import type { ConfigFile } from '../src/config/schema.ts';
import type { Host } from './host.ts';
import type { Lab } from './lab.ts';
import { type Agent, startAgent } from './roles/agent.ts';
import { type Alertmanager, startAlertmanager } from './roles/alertmanager.ts';
import { type Announcer, startAnnouncer } from './roles/announcer.ts';
import { type Prometheus, startPrometheus } from './roles/prometheus.ts';
import { startWebhookReceiver, type WebhookReceiver } from './roles/webhook-receiver.ts';
import { PROJECT_FOLDER } from './tools.ts';

export const SITE_VIP = '192.168.1.50';
export const ALERT_RULES = `${PROJECT_FOLDER}/deploy/alerts/vipwatch.rules.yaml`;

const NODES = ['cp', 'w1', 'w2'].map((name, i) => ({
  name,
  mac: `02:00:00:00:00:1${i}`,
  address: `192.168.1.1${i}`,
}));

const CONFIG: ConfigFile = {
  intent: {
    source: 'static',
    static: {
      pools: [{ name: 'main-pool', addresses: ['192.168.1.50-192.168.1.59'] }],
      vips: [{ address: SITE_VIP, service: 'traefik/traefik' }],
      nodes: NODES.map(({ name, mac, address }) => ({ name, addresses: [address], macs: [mac] })),
    },
  },
};

export interface Site {
  readonly agents: readonly Agent[];
  /** On w1, where it announces the VIP, and on w2, where it announces nothing. */
  readonly announcers: { readonly w1: Announcer; readonly w2: Announcer };
  readonly monitor: Host;
  readonly alertmanager: Alertmanager;
  readonly receiver: WebhookReceiver;
  readonly prometheus: Prometheus;
}

const MONITOR = '192.168.1.20';
/** For agents that tell the site's Alertmanager of alerts themselves. */
export const DIRECT: ConfigFile = { alertmanager: { urls: [`http://${MONITOR}:9093`] } };

/**
 * Resolves when all of it runs; in an empty lab. Whether agents see the VIP answered by then is not asked.
 * @param config for every agent, besides the intent.
 */
export async function buildSite(lab: Lab, config: ConfigFile = {}): Promise<Site> {
  const hosts = await Promise.all(
    NODES.map(({ name, mac, address }) => lab.host(name, { mac, address: `${address}/24` })),
  );
  const [, w1, w2] = await Promise.all(hosts.map((host) => startAnnouncer(host)));
  await w1!.announce(SITE_VIP);
  const agents = await Promise.all(hosts.map((host) => startAgent(host, { ...CONFIG, ...config })));
  const monitor = await lab.host('monitor', { mac: '02:00:00:00:00:20', address: `${MONITOR}/24` });
  const receiver = await startWebhookReceiver(monitor);
  const alertmanager = await startAlertmanager(monitor, { webhook: receiver.url });
  const prometheus = await startPrometheus(monitor, {
    targets: NODES.map(({ name, address }) => ({ instance: name, address: `${address}:9797` })),
    rules: ALERT_RULES,
    alertmanager: alertmanager.port,
  });
  return { agents, announcers: { w1: w1!, w2: w2! }, monitor, alertmanager, receiver, prometheus };
}

/** A phone joins that has the VIP as its own address, and says so. */
export async function phoneTakesVip(lab: Lab): Promise<Host> {
  const phone = await lab.host('phone', { mac: '02:00:00:00:00:aa', address: `${SITE_VIP}/24` });
  await phone.run(['arping', '-U', '-c', '1', '-I', 'eth0', SITE_VIP]);
  return phone;
}
