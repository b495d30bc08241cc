import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { SECOND } from '../../../src/base/time.ts';
import type { IpAddress } from '../../../src/net/address.ts';
import { createMetrics, type Metrics } from '../../../src/serve/metrics/metrics.ts';
import { Snapshot } from '../../../src/serve/tables/snapshot.ts';
import type { Sources } from '../../../src/serve/tables/sources.ts';
import { FINDING_KINDS } from '../../../src/watch/finding/kinds.ts';
import type { ServiceGap } from '../../../src/watch/takeover/takeover.ts';
import {
  findingEvent,
  intentHealth,
  NOON,
  sampleFinding,
  sampleSources,
  sampleTakeover,
  sampleView,
} from '../sample.ts';

function metricsOf(over: Partial<Sources> = {}) {
  const sources = sampleSources(over);
  return createMetrics(sources, new Snapshot(sources.view, sources.now));
}

async function textOf(metrics: Metrics): Promise<string> {
  return Buffer.concat(await Array.fromAsync(metrics.render())).toString();
}

/** The sample lines of one metric. */
async function series(name: string, over: Partial<Sources> = {}): Promise<string[]> {
  const text = await textOf(metricsOf(over));
  return text.split('\n').filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
}

describe('metrics', () => {
  it.each([
    ['vipwatch_findings_total{kind="lease-on-vip"} 1'],
    ['vipwatch_findings_total{kind="split-brain"} 0'],
    ['vipwatch_findings_suppressed_total{kind="proxy-arp",by="ignore"} 2'],
    ['vipwatch_not_findings_total{reason="within-grace"} 5'],
    ['vipwatch_vip_up{ip="192.168.1.50",service="traefik/traefik"} 1'],
    ['vipwatch_vip_up{ip="fd00::50",service=""} 0'],
    [
      'vipwatch_vip_announcer_info{ip="192.168.1.50",service="traefik/traefik",node="w1",mac="02:00:00:00:00:11"} 1',
    ],
    ['vipwatch_vip_last_takeover_timestamp_seconds{ip="192.168.1.50",service="traefik/traefik"} 1772366409'],
    ['vipwatch_takeovers_total{ip="192.168.1.50",class="failover"} 1'],
    ['vipwatch_takeovers_total{ip="192.168.1.50",class="handover"} 0'],
    ['vipwatch_takeovers_total{ip="fd00::50",class="failback"} 0'],
    ['vipwatch_probes_total{result="answered"} 4'],
    ['vipwatch_probes_total{result="unanswered"} 1'],
    ['vipwatch_probes_total{result="refused"} 0'],
    ['vipwatch_service_probes_total{result="served"} 20'],
    ['vipwatch_service_probes_total{result="refused"} 2'],
    ['vipwatch_service_probes_total{result="unanswered"} 3'],
    ['vipwatch_service_probes_total{result="unsent"} 0'],
    ['vipwatch_failover_tests_total{mode="drain",result="passed"} 3'],
    ['vipwatch_failover_tests_total{mode="drain",result="failed"} 0'],
    ['vipwatch_leases{state="requested"} 1'],
    ['vipwatch_leases{state="declined"} 0'],
    ['vipwatch_dhcp_messages_total{type="request"} 3'],
    ['vipwatch_dhcp_servers 1'],
    ['vipwatch_frames_total{protocol="arp",interface="eth0"} 9'],
    ['vipwatch_frames_malformed_total{protocol="arp",reason="truncated"} 2'],
    ['vipwatch_frames_ignored_total{reason="other-ethertype"} 4'],
    ['vipwatch_frames_dropped_total{interface="eth0"} 3'],
    ['vipwatch_interface_up{interface="eth0"} 1'],
    ['vipwatch_interface_up{interface="eth1"} 0'],
    ['vipwatch_table_entries{table="claims"} 2'],
    ['vipwatch_table_evictions_total{table="leases"} 7'],
    ['vipwatch_kubernetes_events_total{result="raised"} 3'],
    ['vipwatch_kubernetes_events_total{result="forbidden"} 0'],
    ['vipwatch_alertmanager_sent_total{alertmanager="http://am:9093"} 5'],
    ['vipwatch_alertmanager_failures_total{alertmanager="http://am:9093",reason="unreachable"} 3'],
    ['vipwatch_alertmanager_failures_total{alertmanager="http://am:9093",reason="timed-out"} 0'],
    ['vipwatch_alertmanager_dropped_total{alertmanager="http://am:9093"} 2'],
    ['vipwatch_alertmanager_waiting{alertmanager="http://am:9093"} 1'],
    ['vipwatch_journal_durable 1'],
    ['vipwatch_build_info{version="0.1.0",node_version="v26.10.0"} 1'],
    ['process_resident_memory_bytes 70000000'],
  ])('%s', async (line) => {
    expect((await textOf(metricsOf())).split('\n')).toContain(line);
  });

  it('are read anew at each scrape', async () => {
    const interfaces = [{ name: 'eth0', up: true, dropped: 3 }];
    const metrics = metricsOf({ interfaces: () => interfaces });
    await textOf(metrics);
    interfaces[0] = { name: 'eth0', up: false, dropped: 5 };
    const lines = (await textOf(metrics)).split('\n');
    expect(lines).toContain('vipwatch_frames_dropped_total{interface="eth0"} 5');
    expect(lines).toContain('vipwatch_interface_up{interface="eth0"} 0');
  });

  it('vipwatch_finding_active shows active findings, and no longer once they are resolved', async () => {
    let findings = [sampleFinding()];
    const metrics = metricsOf({ view: sampleView({ findings: () => findings }) });
    const line =
      'vipwatch_finding_active{kind="lease-on-vip",severity="critical",ip="192.168.1.50",service="traefik/traefik"} 1';
    expect((await textOf(metrics)).split('\n')).toContain(line);
    findings = [
      sampleFinding({ state: 'resolved', resolvedAt: NOON }),
      sampleFinding({ state: 'suppressed', suppressed: { by: 'off', comment: null } }),
    ];
    expect(await textOf(metrics)).not.toContain('vipwatch_finding_active{');
  });

  it('vipwatch_finding_active is bounded: the gravest stay, the rest is counted', async () => {
    const findings = Array.from({ length: 1200 }, (_, i) =>
      sampleFinding({
        kind: i < 1150 ? 'lease-conflict' : 'foreign-claim',
        ip: `10.0.${i >> 8}.${i & 255}` as IpAddress,
      }),
    );
    const view = sampleView({ findings: () => findings });
    const lines = await series('vipwatch_finding_active', { view });
    expect(lines).toHaveLength(1000);
    expect(lines.filter((line) => line.includes('foreign-claim'))).toHaveLength(50);
    expect(await series('vipwatch_finding_active_overflow', { view })).toEqual([
      'vipwatch_finding_active_overflow 200',
    ]);
  });

  it('vipwatch_findings_total has a series for every kind from the start', async () => {
    expect(await series('vipwatch_findings_total')).toHaveLength(FINDING_KINDS.length);
  });

  it('vipwatch_takeover_gap_seconds counts each takeover under its gap', async () => {
    const metrics = metricsOf();
    const takeover = sampleTakeover();
    metrics.observeEvents([findingEvent(), { type: 'takeover', at: takeover.at, takeover }]);
    const lines = (await textOf(metrics))
      .split('\n')
      .filter((line) => line.includes('ip="192.168.1.50",class="failover"'));
    const bucket = (edge: string) =>
      lines
        .find((line) => line.startsWith(`vipwatch_takeover_gap_seconds_bucket{le="${edge}",`))
        ?.split(' ')
        .at(-1);
    expect(bucket('1')).toBe('0');
    expect(bucket('2')).toBe('1');
    const edges = lines.flatMap(
      (line) => /^vipwatch_takeover_gap_seconds_bucket\{le="([^"]+)"/.exec(line)?.[1] ?? [],
    );
    expect(edges.join(' ')).toBe('0.05 0.1 0.25 0.5 1 2 4 5 6 8 10 15 20 30 60 300 +Inf');
    expect(lines).toContain('vipwatch_takeover_gap_seconds_sum{ip="192.168.1.50",class="failover"} 1.4');
  });

  it('vipwatch_takeover_gap_seconds begins at 0 for every VIP, and goes on from there', async () => {
    const metrics = metricsOf();
    const count = async () =>
      (await textOf(metrics)).match(/^vipwatch_takeover_gap_seconds_count\{ip="192\.168\.1\.50".*$/gm);
    const line = (name: string, value: number) =>
      `vipwatch_takeover_gap_seconds_count{ip="192.168.1.50",class="${name}"} ${value}`;
    expect((await count())?.sort()).toEqual([line('failback', 0), line('failover', 0), line('handover', 0)]);
    const takeover = sampleTakeover();
    metrics.observeEvents([{ type: 'takeover', at: takeover.at, takeover }]);
    expect((await count())?.sort()).toEqual([line('failback', 0), line('failover', 1), line('handover', 0)]);
  });

  it('vipwatch_takeover_gap_seconds stays one block of lines, each series in it once', async () => {
    const metrics = metricsOf();
    const takeover = sampleTakeover();
    metrics.observeEvents([{ type: 'takeover', at: takeover.at, takeover }]);
    const lines = (await textOf(metrics)).trimEnd().split('\n');
    const isOne = (line: string) => line.includes('vipwatch_takeover_gap_seconds');
    const block = lines.slice(lines.findIndex(isOne), lines.findLastIndex(isOne) + 1);
    expect(block.every(isOne)).toBe(true);
    const names = block.map((line) => line.replace(/ [\d.]+$/, ''));
    expect(new Set(names).size).toBe(names.length);
  });

  it('vipwatch_takeover_gap_seconds writes each series once, also where a takeover comes during a scrape', async () => {
    const vips = Array.from({ length: 300 }, (_, i) => ({
      ...sampleView().vips(NOON)[0]!,
      ip: `10.0.${i >> 8}.${i & 255}` as IpAddress,
    }));
    const metrics = metricsOf({ view: sampleView({ vips: () => vips }) });
    const before = (await textOf(metrics)).match(/^vipwatch_takeover_gap_seconds.*(?= )/gm)!;
    const pieces: Uint8Array[] = [];
    for await (const piece of metrics.render()) {
      pieces.push(piece);
      const takeover = sampleTakeover({ ip: vips.at(-pieces.length)!.ip });
      metrics.observeEvents([{ type: 'takeover', at: takeover.at, takeover }]);
    }
    expect(pieces.length).toBeGreaterThan(5);
    const during = Buffer.concat(pieces)
      .toString()
      .match(/^vipwatch_takeover_gap_seconds.*(?= )/gm)!;
    expect(during.toSorted()).toEqual(before.toSorted());
  });

  it('have nothing of a VIP that was withdrawn, and begin at 0 where it is back', async () => {
    const all = sampleView().vips(NOON);
    let vips = all;
    const counters = sampleView().counters();
    const view = sampleView({ vips: () => vips, counters: () => ({ ...counters, takeovers: [] }) });
    const metrics = metricsOf({ view });
    const takeover = sampleTakeover();
    const serviceGap = { gapMs: 2500, open: false, uncertaintyMs: 100, servedMs: 2400, note: null };
    const away = { ...serviceGap, open: true };
    metrics.observeEvents([
      { type: 'takeover', at: takeover.at, takeover },
      { type: 'service-gap', at: takeover.at, takeover: { ...takeover, serviceGap } },
      { type: 'service-gap', at: takeover.at, takeover: { ...takeover, serviceGap: away } },
    ]);
    const count = 'vipwatch_takeover_gap_seconds_count{ip="192.168.1.50",class="failover"}';
    expect(await textOf(metrics)).toContain(`${count} 1`);
    vips = all.filter(({ ip }) => ip !== '192.168.1.50');
    expect(
      (await textOf(metrics)).match(/^vipwatch_(vip|takeover|service_).*\bip="192\.168\.1\.50.*/gm),
    ).toBeNull();
    vips = all;
    expect(await textOf(metrics)).toContain(`${count} 0`);
  });

  it.each([
    { durable: false, wanted: true, failed: 1 },
    { durable: false, wanted: false, failed: 0 },
    { durable: true, wanted: true, failed: 0 },
  ])('vipwatch_journal_failed: durable $durable, wanted $wanted', async ({ durable, wanted, failed }) => {
    const journal = () => ({ durable, wanted, problem: null });
    expect(await series('vipwatch_journal_failed', { journal })).toEqual([
      `vipwatch_journal_failed ${failed}`,
    ]);
  });

  it('vipwatch_service_gap_seconds counts what was measured to its end, and vipwatch_service_away_total what was not', async () => {
    const metrics = metricsOf();
    const told = (serviceGap: ServiceGap) => {
      const takeover = sampleTakeover({ serviceGap });
      metrics.observeEvents([{ type: 'service-gap', at: takeover.at, takeover }]);
    };
    const none = { gapMs: null, open: false, uncertaintyMs: null, servedMs: null };
    told({ ...none, servedMs: 30, note: 'not probed before the takeover' });
    told({ ...none, note: 'no SYN-ACK before the takeover' });
    told({ gapMs: 2500, open: false, uncertaintyMs: 100, servedMs: 2400, note: null });
    told({ ...none, gapMs: 13_000, open: true, note: 'no SYN-ACK yet: away for longer' });
    const lines = (await textOf(metrics)).split('\n');
    expect(lines.filter((line) => /^vipwatch_service_gap_seconds_(sum|count)/.test(line))).toEqual([
      'vipwatch_service_gap_seconds_sum{ip="192.168.1.50",class="failover"} 2.5',
      'vipwatch_service_gap_seconds_count{ip="192.168.1.50",class="failover"} 1',
    ]);
    expect(lines).toContain('vipwatch_service_away_total{ip="192.168.1.50",class="failover"} 1');
  });

  it('vipwatch_probe_rtt_seconds counts each answer', async () => {
    const metrics = metricsOf();
    metrics.observeProbe(0.0004);
    const lines = (await textOf(metrics)).split('\n');
    expect(lines).toContain('vipwatch_probe_rtt_seconds_bucket{le="0.00025"} 0');
    expect(lines).toContain('vipwatch_probe_rtt_seconds_bucket{le="0.0005"} 1');
  });

  it('vipwatch_intent_age_seconds has no number before intent is set', async () => {
    expect(
      await series('vipwatch_intent_age_seconds', { intent: () => intentHealth({ confirmedAt: null }) }),
    ).toEqual([expect.stringMatching(/^vipwatch_intent_age_seconds nan$/i)]);
    expect(await series('vipwatch_intent_age_seconds', { now: () => NOON + 1_500_000 })).toEqual([
      'vipwatch_intent_age_seconds 1.5',
    ]);
  });

  describe('vipwatch_agent_longest_unready_seconds', () => {
    const longest = (unreadySinceMs: number | null, over: Partial<Sources> = {}) =>
      series('vipwatch_agent_longest_unready_seconds', { agentPods: () => ({ unreadySinceMs }), ...over });
    const value = (seconds: number) => [`vipwatch_agent_longest_unready_seconds ${seconds}`];
    const noonMs = NOON / 1000;

    it('is counted by the wall clock, up to when the API last told of the Pods', async () => {
      expect(await longest(noonMs - 90_000)).toEqual(value(90));
      const late = { now: () => NOON + 3600 * SECOND };
      expect(await longest(noonMs - 90_000, late)).toEqual(value(90));
      const confirmed = () => intentHealth({ confirmedAt: NOON + 3600 * SECOND });
      expect(await longest(noonMs - 90_000, { ...late, intent: confirmed })).toEqual(value(3690));
    });

    it('is 0 where all are ready, and by a clock that is behind', async () => {
      expect(await longest(null)).toEqual(value(0));
      expect(await longest(noonMs + 5000)).toEqual(value(0));
    });

    it('is not there where nobody tells of Pods', async () => {
      expect(await longest(null, { agentPods: () => null })).toEqual([]);
      expect(await longest(noonMs, { intent: () => intentHealth({ confirmedAt: null }) })).toEqual([]);
    });
  });

  it('vipwatch_intent_skipped_objects counts by kind and reason', async () => {
    const skipped = [
      { kind: 'pools', object: 'metallb-system/a', reason: 'bad-range' },
      { kind: 'pools', object: 'metallb-system/b', reason: 'bad-range' },
      { kind: 'nodes', object: 'w1', reason: 'no-address' },
    ];
    expect(
      await series('vipwatch_intent_skipped_objects', { intent: () => intentHealth({ skipped }) }),
    ).toEqual([
      'vipwatch_intent_skipped_objects{kind="pools",reason="bad-range"} 2',
      'vipwatch_intent_skipped_objects{kind="nodes",reason="no-address"} 1',
    ]);
  });

  const promtool = spawnSync('promtool', ['--version']).status === 0;
  if (!promtool) console.warn('skipped: promtool is not here; install the Debian package prometheus');
  it.skipIf(!promtool)('satisfy promtool check metrics', async () => {
    for (const over of [{}, { intent: () => intentHealth({ confirmedAt: null }) }]) {
      const metrics = metricsOf(over);
      const takeover = sampleTakeover();
      metrics.observeEvents([{ type: 'takeover', at: takeover.at, takeover }]);
      metrics.observeProbe(0.001);
      const check = spawnSync('promtool', ['check', 'metrics'], {
        input: await textOf(metrics),
        encoding: 'utf8',
      });
      expect(`${check.stdout}${check.stderr}`).toBe('');
      expect(check.status).toBe(0);
    }
  });
});
