// The story that vipwatch is for, on real nodes from end to end: the router leases the VIP of a web server to a phone, the agents find it,
// Prometheus reads their metrics, Alertmanager is told, and its webhook is called.
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { startAlertmanager } from '../../lab/roles/alertmanager.ts';
import { startDnsmasq } from '../../lab/roles/dnsmasq.ts';
import { startPrometheus } from '../../lab/roles/prometheus.ts';
import { startUdhcpc } from '../../lab/roles/udhcpc.ts';
import { startWebhookReceiver } from '../../lab/roles/webhook-receiver.ts';
import { RULES_FILE } from '../alerts/rules.ts';
import { RealHome, SERVICE, VIP } from './home.ts';

const setup = inject('nodes');
const PATIENCE = { timeout: 90_000, interval: 500 };

describe.skipIf(!setup.ok)('the story on real nodes', () => {
  let home: RealHome;

  beforeAll(async () => {
    if (!setup.ok) return;
    home = await RealHome.start(setup, 2);
    await home.helmApply('install', '--wait', '--timeout=180s');
  });

  afterAll(async () => {
    await home?.[Symbol.asyncDispose]();
  });

  it('ends with a notification that names the VIP and the phone', async () => {
    const { lab, router, cluster } = home;
    const monitor = await lab.host('monitor', { mac: '02:00:00:00:00:20', address: '192.168.1.20/24' });
    const receiver = await startWebhookReceiver(monitor);
    const { port } = await startAlertmanager(monitor, { webhook: receiver.url });
    const targets = cluster.nodes.map(({ name, address }) => ({
      instance: name,
      address: `${address}:9797`,
    }));
    await startPrometheus(monitor, { targets, rules: RULES_FILE, alertmanager: port });
    await vi.waitFor(async () => expect(await home.clientGets()).toMatch(/^node-/), PATIENCE);

    // The whole LAN, the cluster's pool included.
    await startDnsmasq(router, {
      subnet: '192.168.1.0/24',
      range: ['192.168.1.100', '192.168.1.250'],
      noPing: true,
    });
    const phone = await lab.host('phone', { mac: '02:00:00:00:00:aa' });
    await (await startUdhcpc(phone, { hostname: 'luca-phone', request: VIP })).bound();

    const { notification } = await receiver.waitFor(
      ({ alerts }) =>
        alerts.some(({ labels }) => labels.ip === VIP && labels.alertname === 'VipwatchLeaseOnVip'),
      { timeoutMs: PATIENCE.timeout },
    );
    expect(notification.status).toBe('firing');
    const kinds = async (node: number) =>
      (await (await home.agent(node)).findings()).filter(({ ip }) => ip === VIP).map(({ kind }) => kind);
    for (const node of [1, 2])
      await vi.waitFor(async () => expect(await kinds(node)).toContain('lease-on-vip'), PATIENCE);
    // And whoever asks Kubernetes is told as well.
    await vi.waitFor(async () => {
      const text = await cluster.controlPlane.kubectl('describe', 'service', SERVICE);
      expect(text).toMatch(/Warning .*vipwatch .*luca-phone/);
    }, PATIENCE);
  });
});
