// Straight to Alertmanager, without a Prometheus: a real one, and three agents that see the same thing.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { Host } from '../../lab/host.ts';
import { Lab } from '../../lab/lab.ts';
import { startAgent } from '../../lab/roles/agent.ts';
import { startAlertmanager } from '../../lab/roles/alertmanager.ts';
import { startAnnouncer } from '../../lab/roles/announcer.ts';
import { startWebhookReceiver } from '../../lab/roles/webhook-receiver.ts';
import { PHONE_MAC, STORY_CONFIG, VIP } from '../../lab/story.ts';
import type { ConfigFile } from '../../src/config/schema.ts';
import { labUnavailable } from '../lab/available.ts';

/** It waits for what Alertmanager and the agents do in seconds, on a machine that may be slow. */
const TIMEOUT_MS = 180_000;
const MONITOR = '192.168.1.20';
/** Told again each second, and over four seconds after the last telling. The finding itself ends after five. */
const CONFIG: ConfigFile = {
  ...STORY_CONFIG,
  dhcp: {},
  findings: { kinds: { 'foreign-claim': { quiet: '5s' } } },
  alertmanager: { urls: [`http://${MONITOR}:9093`], resend: '1s', labels: { cluster: 'home' } },
};
const LABELS = {
  alertname: 'VipwatchForeignClaim',
  severity: 'critical',
  kind: 'foreign-claim',
  ip: VIP,
  namespace: 'traefik',
  service: 'traefik',
  cluster: 'home',
};

/** Of whichever of the three told it last; what was seen first is up to chance. */
const TEXTS = {
  summary: expect.stringMatching(
    /^VIP 192\.168\.1\.50 of traefik\/traefik is claimed by 02:00:00:00:00:aa, which belongs to no cluster node: traffic for the service goes to (it or to w1, to the one|the one of the two) that answered last\.$/,
  ),
  description: expect.stringMatching(
    /^Since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC\. What to do: Remove 192\.168\.1\.50 from that machine \(its static address or its lease\), and keep the pool out of the DHCP range\. Seen: [^.]*192\.168\.1\.50.*\. The frames that prove it: http:\/\/192\.168\.1\.1\d:9797\/api\/v1\/findings\?ip=192\.168\.1\.50$/,
  ),
  runbook_url: expect.stringMatching(/^http:\/\/192\.168\.1\.1\d:9797\/docs\/findings#foreign-claim$/),
};

async function cluster(lab: Lab): Promise<Host[]> {
  return await Promise.all(
    ['cp', 'w1', 'w2'].map((name, i) =>
      lab.host(name, { mac: `02:00:00:00:00:1${i}`, address: `192.168.1.1${i}/24` }),
    ),
  );
}

/** The phone takes the VIP for so long that it answers a question of each agent: one announcement alone is not told. */
async function claim(phone: Host): Promise<void> {
  await phone.run(['ip', 'address', 'replace', `${VIP}/24`, 'dev', 'eth0']);
  await phone.run(['arping', '-U', '-c', '3', '-w', '3', '-I', 'eth0', VIP]);
  // It must not go on to answer the agents' probes.
  await phone.run(['ip', 'address', 'delete', `${VIP}/24`, 'dev', 'eth0']);
}

describe.skipIf(labUnavailable('prometheus-alertmanager', 'arping'))(
  'alerts sent by the agents themselves',
  () => {
    it('of what three agents see: one notification, and one of its end', {
      timeout: TIMEOUT_MS,
    }, async () => {
      await using lab = await Lab.create();
      const monitor = await lab.host('monitor', { mac: '02:00:00:00:00:20', address: `${MONITOR}/24` });
      const receiver = await startWebhookReceiver(monitor);
      await startAlertmanager(monitor, { webhook: receiver.url });
      const nodes = await cluster(lab);
      const announcer = await startAnnouncer(nodes[1]!);
      await announcer.announce(VIP);
      const agents = await Promise.all(nodes.map((node) => startAgent(node, CONFIG)));
      const phone = await lab.host('phone', { mac: PHONE_MAC, address: '192.168.1.77/24' });
      await claim(phone);
      await receiver.waitFor(({ status }) => status === 'firing', { timeoutMs: 20_000 });
      const over = await receiver.waitFor(({ status }) => status === 'resolved', { timeoutMs: 60_000 });
      expect(receiver.received().map(({ notification }) => notification)).toMatchObject([
        {
          status: 'firing',
          alerts: [{ labels: LABELS, annotations: TEXTS }],
        },
        { status: 'resolved', alerts: [{ labels: LABELS }] },
      ]);
      const [first] = receiver.received()[0]!.notification.alerts;
      expect(Object.keys(first!.annotations).sort()).toEqual(['description', 'runbook_url', 'summary']);
      // All three told of it, and it was over only when each of them said so no more.
      for (const { api } of agents) {
        const [finding] = (await api.findings('all')).filter(({ kind }) => kind === 'foreign-claim');
        expect(Date.parse(over.notification.alerts[0]!.endsAt)).toBeGreaterThan(
          Date.parse(finding!.resolvedAt!),
        );
        const [sent] = await api.metrics('vipwatch_alertmanager_sent_total');
        expect(Number(sent?.split(' ').at(-1))).toBeGreaterThan(1);
      }
    });

    it('survive an Alertmanager that is away: told once it is back, once', {
      timeout: TIMEOUT_MS,
    }, async () => {
      await using lab = await Lab.create();
      const monitor = await lab.host('monitor', { mac: '02:00:00:00:00:20', address: `${MONITOR}/24` });
      const receiver = await startWebhookReceiver(monitor);
      const first = await startAlertmanager(monitor, { webhook: receiver.url });
      const nodes = await cluster(lab);
      const config = { ...CONFIG, findings: { kinds: { 'foreign-claim': { quiet: '1h' } } } };
      const agents = await Promise.all(nodes.map((node) => startAgent(node, config)));
      await first.process.stop('SIGKILL');
      const phone = await lab.host('phone', { mac: PHONE_MAC, address: '192.168.1.77/24' });
      await claim(phone);
      for (const { process, api } of agents) {
        await process.waitForLine(/Cannot send alerts to Alertmanager/, { timeoutMs: 20_000 });
        expect(await api.metrics('vipwatch_alertmanager_waiting')).toEqual([
          `vipwatch_alertmanager_waiting{alertmanager="http://${MONITOR}:9093"} 1`,
        ]);
      }
      await startAlertmanager(monitor, { webhook: receiver.url });
      for (const { process } of agents)
        await process.waitForLine(/Alertmanager accepts alerts again/, { timeoutMs: 60_000 });
      await receiver.waitFor(({ status }) => status === 'firing', { timeoutMs: 20_000 });
      expect(receiver.received().map(({ notification }) => notification.alerts)).toMatchObject([
        [{ status: 'firing', labels: LABELS }],
      ]);
      // An agent that was restarted tells of what its journal held.
      await agents[0]!.process.stop();
      const again = await startAgent(nodes[0]!, config);
      const sent = async () =>
        Number((await again.api.metrics('vipwatch_alertmanager_sent_total'))[0]?.split(' ').at(-1));
      await expect.poll(sent, { timeout: 60_000 }).toBeGreaterThan(0);
      expect(receiver.received()).toHaveLength(1);
    });

    it('keep the same alerts by Prometheus silent, where Alertmanager is told as the manual says', async () => {
      const manual = readFileSync(new URL('../../docs/alerting.md', import.meta.url), 'utf8');
      const { inhibit_rules: inhibit } = parse(/```yaml\n(inhibit_rules:.*?)```/s.exec(manual)![1]!);
      await using lab = await Lab.create();
      const monitor = await lab.host('monitor', { mac: '02:00:00:00:00:20', address: `${MONITOR}/24` });
      const receiver = await startWebhookReceiver(monitor);
      const { api } = await startAlertmanager(monitor, { webhook: receiver.url, inhibit });
      // What it was, or will be, until that expires.
      const asWarning = { ...LABELS, severity: 'warning' };
      const ofPrometheus = { ...LABELS, job: 'vipwatch/vipwatch' };
      const ofAnother = { ...ofPrometheus, ip: '192.168.1.51' };
      const ofAnotherCluster = { ...ofPrometheus, cluster: 'work' };
      const ofAgents = { alertname: 'VipwatchAgentDown', severity: 'warning', job: 'vipwatch/vipwatch' };
      await api.post(
        '/api/v2/alerts',
        [LABELS, asWarning, ofPrometheus, ofAnother, ofAnotherCluster, ofAgents].map((labels) => ({
          labels,
        })),
      );
      for (const { alertname, ip } of [LABELS, ofAnother, { ...ofAgents, ip: undefined }])
        await receiver.waitFor(
          ({ groupLabels }) => groupLabels.alertname === alertname && groupLabels.ip === ip,
          { timeoutMs: 20_000 },
        );
      const told = receiver
        .received()
        .flatMap(({ notification }) => notification.alerts.map(({ labels }) => labels));
      expect(told).toHaveLength(4);
      expect(told).toEqual(expect.arrayContaining([LABELS, ofAnother, ofAnotherCluster, ofAgents]));
    });
  },
);
