// Straight to several Alertmanagers, and from agents that do not all see the same: whoever is told, and by whomever, a person
// hears of each problem once, and of its end once.
import { describe, expect, it, vi } from 'vitest';
import type { Host } from '../../lab/host.ts';
import { Lab } from '../../lab/lab.ts';
import { type Agent, startAgent } from '../../lab/roles/agent.ts';
import { type Alertmanager, startAlertmanager, startAlertmanagers } from '../../lab/roles/alertmanager.ts';
import { startAnnouncer } from '../../lab/roles/announcer.ts';
import {
  type Notification,
  startWebhookReceiver,
  type WebhookReceiver,
} from '../../lab/roles/webhook-receiver.ts';
import { PHONE_MAC, VIP } from '../../lab/story.ts';
import type { ConfigFile } from '../../src/config/schema.ts';
import { labUnavailable } from '../lab/available.ts';

/** It waits for what Alertmanager and the agents do in seconds, on a machine that may be slow. */
const TIMEOUT_MS = 240_000;
/** Alertmanager clears away what it has nothing more to say of twice a minute. */
const CLEARED_WITHIN_MS = 90_000;
const SECOND_VIP = '192.168.1.51';
const THIRD_VIP = '192.168.1.52';
/** By a network of its own, so that an agent whose LAN is cut still reaches it. */
const MONITOR = '10.0.0.20';
const NODES = ['cp', 'w1', 'w2'].map((name, i) => ({
  name,
  macs: [`02:00:00:00:00:1${i}`],
  addresses: [`192.168.1.1${i}`],
}));

/** Told again each second, and over four seconds after the last telling. The finding itself ends after `quiet`. */
function configFor(alertmanagers: readonly Alertmanager[], quiet: string): ConfigFile {
  return {
    intent: {
      source: 'static',
      static: {
        pools: [{ name: 'main-pool', addresses: ['192.168.1.50-192.168.1.59'] }],
        vips: [
          { address: VIP, service: 'traefik/traefik' },
          { address: SECOND_VIP, service: 'web/shop' },
          { address: THIRD_VIP, service: 'web/blog' },
        ],
        nodes: NODES,
      },
    },
    findings: { kinds: { 'foreign-claim': { quiet } } },
    alertmanager: { urls: alertmanagers.map(({ port }) => `http://${MONITOR}:${port}`), resend: '1s' },
  };
}

interface Site {
  readonly nodes: readonly Host[];
  readonly phone: Host;
  readonly receiver: WebhookReceiver;
  readonly monitor: Host;
}

/** Three nodes, of which w1 announces the VIPs, a phone, and a monitor that is not on the LAN. */
async function siteIn(lab: Lab): Promise<Site> {
  const management = await lab.network();
  const nodes = await Promise.all(
    NODES.map(({ name, macs, addresses }, i) =>
      lab.host(name, {
        mac: macs[0]!,
        address: `${addresses[0]}/24`,
        cards: [
          { name: 'eth1', switch: management, mac: `02:00:00:00:01:1${i}`, address: `10.0.0.1${i}/24` },
        ],
      }),
    ),
  );
  const monitor = await lab.host('monitor', {
    mac: '02:00:00:00:01:20',
    address: `${MONITOR}/24`,
    switch: management,
  });
  const phone = await lab.host('phone', { mac: PHONE_MAC, address: '192.168.1.77/24' });
  const announcer = await startAnnouncer(nodes[1]!);
  for (const vip of [VIP, SECOND_VIP, THIRD_VIP]) await announcer.announce(vip);
  return { nodes, phone, monitor, receiver: await startWebhookReceiver(monitor) };
}

/** The phone says once that the VIP is its own, and answers nobody. */
async function claimOnce(phone: Host, vip: string): Promise<void> {
  await takes(phone, vip);
  await leaves(phone, vip);
}

/** For so long that it answers a question of each agent: one announcement alone is not told. */
async function takes(phone: Host, vip: string): Promise<void> {
  await phone.run(['ip', 'address', 'replace', `${vip}/24`, 'dev', 'eth0']);
  await phone.run(['arping', '-U', '-c', '3', '-w', '3', '-I', 'eth0', vip]);
}

async function leaves(phone: Host, vip: string): Promise<void> {
  await phone.run(['ip', 'address', 'delete', `${vip}/24`, 'dev', 'eth0']);
}

const told = (receiver: WebhookReceiver) =>
  receiver
    .received()
    .map(({ notification: { status, groupLabels, alerts } }) => [
      status,
      groupLabels.ip,
      ...alerts.map((alert) => alert.status),
    ]);

const isOf =
  (status: Notification['status'], ip: string) =>
  (notification: Notification): boolean =>
    notification.status === status && notification.groupLabels.ip === ip;

/** Resolves when none of them has anything more to say: each has been through all that it was told. */
async function nothingLeftToSay(alertmanagers: readonly Alertmanager[]): Promise<void> {
  for (const { api } of alertmanagers) {
    const groups = async () => await api.metrics('alertmanager_dispatcher_aggregation_groups ');
    await vi.waitUntil(async () => (await groups())[0] === 'alertmanager_dispatcher_aggregation_groups 0', {
      timeout: CLEARED_WITHIN_MS,
      interval: 200,
    });
  }
}

/** By the port, of its own page. */
function senderOf(alertmanagers: readonly Alertmanager[], externalUrl: string): Alertmanager {
  return alertmanagers.find(({ port }) => externalUrl.endsWith(`:${port}`))!;
}

async function count(agent: Agent | Alertmanager, metric: string): Promise<number> {
  const lines = await agent.api.metrics(metric);
  return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}

async function foreignClaim({ api }: Agent) {
  return (await api.findings('all')).find(({ kind }) => kind === 'foreign-claim');
}

describe.skipIf(labUnavailable('prometheus-alertmanager', 'arping'))(
  'alerts sent to two Alertmanagers',
  () => {
    it('are one notification and one of its end, and still that when the one that notified is killed', {
      timeout: TIMEOUT_MS,
    }, async () => {
      await using lab = await Lab.create();
      const { nodes, phone, monitor, receiver } = await siteIn(lab);
      const alertmanagers = await startAlertmanagers(monitor, { webhook: receiver.url }, 2);
      const config = configFor(alertmanagers, '10s');
      const agents = await Promise.all(nodes.map((node) => startAgent(node, config)));
      await claimOnce(phone, VIP);
      await receiver.waitFor(isOf('resolved', VIP), { timeoutMs: 60_000 });
      await nothingLeftToSay(alertmanagers);
      expect(told(receiver)).toEqual([
        ['firing', VIP, 'firing'],
        ['resolved', VIP, 'resolved'],
      ]);
      // Each of the two had it from each of the three.
      for (const agent of agents)
        for (const { port } of alertmanagers)
          expect(
            await count(agent, `vipwatch_alertmanager_sent_total{alertmanager="http://${MONITOR}:${port}"}`),
          ).toBeGreaterThan(1);
      for (const alertmanager of alertmanagers)
        expect(
          await count(alertmanager, 'alertmanager_alerts_received_total{status="firing",version="v2"}'),
        ).toBeGreaterThan(6);

      // The one that has notified dies once the other has left it at that; and then there is a problem that it never heard of.
      const decisions = await Promise.all(
        alertmanagers.map((one) => count(one, 'alertmanager_nflog_queries_total')),
      );
      await claimOnce(phone, SECOND_VIP);
      const { notification } = await receiver.waitFor(isOf('firing', SECOND_VIP), { timeoutMs: 60_000 });
      for (const [i, one] of alertmanagers.entries())
        await vi.waitUntil(
          async () => (await count(one, 'alertmanager_nflog_queries_total')) > decisions[i]!,
          {
            timeout: 60_000,
          },
        );
      const killed = senderOf(alertmanagers, notification.externalURL);
      const survivor = alertmanagers.find((one) => one !== killed)!;
      await killed.process.stop('SIGKILL');
      await claimOnce(phone, THIRD_VIP);
      const bySurvivor = [
        isOf('firing', THIRD_VIP),
        isOf('resolved', SECOND_VIP),
        isOf('resolved', THIRD_VIP),
      ];
      for (const awaited of bySurvivor) {
        const { notification } = await receiver.waitFor(awaited, { timeoutMs: 60_000 });
        expect(senderOf(alertmanagers, notification.externalURL)).toBe(survivor);
      }
      await nothingLeftToSay([survivor]);
      const later = told(receiver).slice(2);
      expect(later).toHaveLength(4);
      for (const ip of [SECOND_VIP, THIRD_VIP])
        expect(later.filter((one) => one[1] === ip)).toEqual([
          ['firing', ip, 'firing'],
          ['resolved', ip, 'resolved'],
        ]);
    });
  },
);

describe.skipIf(labUnavailable('prometheus-alertmanager', 'arping'))(
  'an alert that one agent sees no more',
  () => {
    it('holds while another sees it, without a second notification, and ends with the last word', {
      timeout: TIMEOUT_MS,
    }, async () => {
      await using lab = await Lab.create();
      const { nodes, phone, monitor, receiver } = await siteIn(lab);
      const alertmanager = await startAlertmanager(monitor, { webhook: receiver.url });
      const [a, , b] = await Promise.all(
        nodes.map((node) => startAgent(node, configFor([alertmanager], '5s'))),
      );
      // The phone keeps the VIP and answers whoever asks.
      await takes(phone, VIP);
      for (const agent of [a!, b!])
        await vi.waitUntil(async () => (await foreignClaim(agent))?.state === 'active', { timeout: 60_000 });
      await receiver.waitFor(isOf('firing', VIP), { timeoutMs: 20_000 });
      await a!.host.unplug();
      await vi.waitUntil(async () => (await foreignClaim(a!))?.state === 'resolved', { timeout: 60_000 });
      // Its last word is over by the time that B has told it so many times more.
      const lastWord = await count(a!, 'vipwatch_alertmanager_sent_total');
      const before = await count(b!, 'vipwatch_alertmanager_sent_total');
      await vi.waitUntil(async () => (await count(b!, 'vipwatch_alertmanager_sent_total')) > before + 8, {
        timeout: 60_000,
      });
      expect(await count(a!, 'vipwatch_alertmanager_sent_total')).toBe(lastWord);
      expect(told(receiver)).toEqual([['firing', VIP, 'firing']]);

      await leaves(phone, VIP);
      const over = await receiver.waitFor(isOf('resolved', VIP), { timeoutMs: 60_000 });
      const endedForB = Date.parse((await foreignClaim(b!))!.resolvedAt!);
      expect(Date.parse(over.notification.alerts[0]!.endsAt)).toBeGreaterThan(endedForB);
      await nothingLeftToSay([alertmanager]);
      expect(told(receiver)).toEqual([
        ['firing', VIP, 'firing'],
        ['resolved', VIP, 'resolved'],
      ]);
    });
  },
);
