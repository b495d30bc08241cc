// What somebody reads, of each kind of finding: from an agent's scrape through the real Prometheus, with the rules as shipped, and the
// real Alertmanager, whose receiver is the manual's.
import { readFileSync } from 'node:fs';
import { describe, expect, it, vi } from 'vitest';
import { parse } from 'yaml';
import { Lab } from '../../lab/lab.ts';
import { startAlertmanager } from '../../lab/roles/alertmanager.ts';
import { startPrometheus } from '../../lab/roles/prometheus.ts';
import { startWebhookReceiver } from '../../lab/roles/webhook-receiver.ts';
import { ALERT_RULES } from '../../lab/site.ts';
import type { Ipv4 } from '../../src/net/address.ts';
import type { Finding } from '../../src/watch/finding/finding.ts';
import { FINDING_KINDS, type FindingKind, KINDS, type Severity } from '../../src/watch/finding/kinds.ts';
import { labUnavailable } from '../lab/available.ts';
import { NOON, sampleFinding, sampleView } from '../serve/sample.ts';
import { sampleMetrics } from '../serve/server.ts';

const MANUAL = readFileSync(new URL('../../docs/alerting.md', import.meta.url), 'utf8');
const [WORDS] = parse(/```yaml\n(slack_configs:.*?)```/s.exec(MANUAL)![1]!).slack_configs;
const SCRAPE = '/run/lab/scrape.txt';
const PORT = 9797;

/** Of each kind as it usually is; and of those that their detectors may call a warning. */
const TOLD: readonly (readonly [FindingKind, Severity])[] = [
  ...FINDING_KINDS.map((kind) => [kind, KINDS[kind].severity] as const),
  ['lease-on-vip', 'warning'],
  ['silent-vip', 'warning'],
];

/** Each about an address of its own. */
function findings(): Finding[] {
  return TOLD.map(([kind, severity], i) =>
    sampleFinding({
      kind,
      severity,
      id: `${kind} ${severity}`,
      ip: `192.168.1.${50 + i}` as Ipv4,
      raisedAt: NOON,
    }),
  );
}

describe.skipIf(labUnavailable('prometheus', 'prometheus-alertmanager'))('a notification', () => {
  it('of each kind says who, since when, what to do and where to look', async () => {
    await using lab = await Lab.create();
    const monitor = await lab.host('monitor', { mac: '02:00:00:00:00:20', address: '192.168.1.20/24' });
    const metrics = sampleMetrics({ view: sampleView({ findings }) });
    await monitor.writeFile(SCRAPE, [...metrics.render()].join(''));
    const exporter = monitor.spawnScript('test/alerts/exporter.ts', [String(PORT), SCRAPE]);
    await exporter.waitForLine(/^listening/);
    const receiver = await startWebhookReceiver(monitor);
    const { title, text: words } = WORDS;
    const { port } = await startAlertmanager(monitor, {
      webhook: receiver.url,
      words: { title, text: words },
      groupBy: ['alertname', 'severity'],
    });
    await startPrometheus(monitor, {
      targets: [{ instance: 'cp', address: `127.0.0.1:${PORT}` }],
      rules: ALERT_RULES,
      alertmanager: port,
    });
    const told = () =>
      receiver
        .messages()
        .flatMap(({ attachments }) => attachments)
        .map((one) => `${one.title}\n${one.text}`);
    // A warning waits for a minute.
    await vi.waitUntil(() => told().length >= TOLD.length, { timeout: 150_000, interval: 200 });
    await expect(`${told().toSorted().join('\n')}`).toMatchFileSnapshot('../data/notifications.txt');
  }, 200_000);
});
