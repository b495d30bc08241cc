import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { SECOND } from '../../../src/base/time.ts';
import { STATUSES } from '../../../src/check/results.ts';
import { RULE_IDS } from '../../../src/check/rules/catalogue.ts';
import type { Sources } from '../../../src/serve/tables/sources.ts';
import { intentHealth, NOON, sampleChecks, sampleTakeover, sampleView } from '../sample.ts';
import { sampleMetrics } from '../server.ts';
import { seriesOf, textOf } from './text.ts';

/** The sample lines of one metric. */
const series = (name: string, over: Partial<Sources> = {}) => seriesOf(sampleMetrics(over), name);

describe('metrics', () => {
  it.each([
    ['vipwatch_findings_total{kind="lease-on-vip"} 1'],
    ['vipwatch_findings_total{kind="split-brain"} 0'],
    ['vipwatch_findings_suppressed_total{kind="proxy-arp",by="ignore"} 2'],
    ['vipwatch_detector_enabled{kind="foreign-claim"} 1'],
    ['vipwatch_detector_enabled{kind="wrong-announcer"} 0'],
    ['vipwatch_dismissals_total{reason="within-grace"} 5'],
    ['vipwatch_vip_up{ip="192.168.1.50",namespace="traefik",service="traefik"} 1'],
    ['vipwatch_vip_up{ip="fd00::50",namespace="",service=""} 0'],
    [
      'vipwatch_vip_info{ip="192.168.1.50",namespace="traefik",service="traefik",pool="main-pool",elected="w1"} 1',
    ],
    ['vipwatch_vip_info{ip="fd00::50",namespace="",service="",pool="",elected=""} 1'],
    [
      'vipwatch_vip_announcer_info{ip="192.168.1.50",namespace="traefik",service="traefik",provider="metallb",node="w1",mac="02:00:00:00:00:11"} 1',
    ],
    [
      'vipwatch_vip_last_takeover_timestamp_seconds{ip="192.168.1.50",namespace="traefik",service="traefik"} 1772366409',
    ],
    ['vipwatch_pool_addresses{pool="main-pool",state="total"} 10'],
    ['vipwatch_pool_addresses{pool="main-pool",state="assigned"} 1'],
    ['vipwatch_pool_addresses{pool="main-pool",state="leased"} 2'],
    ['vipwatch_pool_addresses{pool="main-pool",state="taken"} 0'],
    ['vipwatch_takeovers_total{ip="192.168.1.50",namespace="traefik",service="traefik",class="failover"} 0'],
    ['vipwatch_takeovers_total{ip="fd00::50",namespace="",service="",class="failback"} 0'],
    [
      'vipwatch_takeovers_within_objective_total{ip="192.168.1.50",namespace="traefik",service="traefik",class="handover"} 0',
    ],
    ['vipwatch_failover_objective_seconds 10'],
    ['vipwatch_probes_total{how="unicast",result="answered"} 4'],
    ['vipwatch_probes_total{how="unicast",result="unanswered"} 1'],
    ['vipwatch_probes_total{how="unicast",result="refused"} 0'],
    ['vipwatch_probes_total{how="broadcast",result="answered"} 2'],
    ['vipwatch_probes_total{how="broadcast",result="unanswered"} 3'],
    ['vipwatch_probes_total{how="broadcast",result="refused"} 0'],
    ['vipwatch_service_probes_total{result="served"} 20'],
    ['vipwatch_service_probes_total{result="refused"} 2'],
    ['vipwatch_service_probes_total{result="unanswered"} 3'],
    ['vipwatch_service_probes_total{result="unsent"} 0'],
    ['vipwatch_failover_tests_total{mode="drain",result="passed"} 3'],
    ['vipwatch_failover_tests_total{mode="drain",result="failed"} 0'],
    ['vipwatch_leases{state="requested"} 1'],
    ['vipwatch_leases{state="declined"} 0'],
    ['vipwatch_dhcp_messages_total{type="request"} 3'],
    ['vipwatch_dhcpv6_messages_total{type="renew"} 2'],
    ['vipwatch_dhcp_servers 1'],
    ['vipwatch_dhcp_import_last_success_timestamp_seconds{name="pihole"} 1772366400'],
    ['vipwatch_dhcp_import_leases{name="pihole"} 20'],
    ['vipwatch_check{id="rwo-rollout",status="warning"} 1'],
    ['vipwatch_check{id="rwo-rollout",status="critical"} 0'],
    ['vipwatch_frames_total{protocol="arp",interface="eth0"} 9'],
    ['vipwatch_frames_malformed_total{protocol="arp",reason="truncated"} 2'],
    ['vipwatch_frames_ignored_total{reason="other-ethertype"} 4'],
    ['vipwatch_frames_dropped_total{interface="eth0"} 3'],
    ['vipwatch_last_frame_timestamp_seconds{interface="eth0"} 1772366407'],
    ['vipwatch_last_frame_timestamp_seconds{interface="eth1"} 0'],
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
    ['vipwatch_event_streams 2'],
    ['vipwatch_event_streams_dropped_total 1'],
    ['process_cpu_seconds_total 1.5'],
    ['process_resident_memory_bytes 70000000'],
    ['process_open_fds 30'],
    ['process_max_fds 1024'],
    ['nodejs_heap_size_used_bytes 15000000'],
    ['nodejs_eventloop_lag_p99_seconds 0.005'],
    ['nodejs_eventloop_lag_max_seconds 0.02'],
    ['nodejs_version_info{version="v26.10.0"} 1'],
  ])('%s', (line) => {
    expect(textOf(sampleMetrics()).split('\n')).toContain(line);
  });

  it('of the checks are those of the agent that looks', () => {
    const now = () => NOON + 90 * SECOND;
    expect(series('vipwatch_check_age_seconds', { now })).toEqual(['vipwatch_check_age_seconds 90']);
    expect(series('vipwatch_check')).toHaveLength(RULE_IDS.length * STATUSES.length);
    for (const checks of [null, sampleChecks({ isOwn: false, done: null })]) {
      expect(series('vipwatch_check', { checks: () => checks })).toEqual([]);
      expect(series('vipwatch_check_age_seconds', { checks: () => checks })).toEqual([]);
    }
  });

  it('are read anew at each scrape', () => {
    const interfaces = [{ name: 'eth0', up: true, dropped: 3 }];
    const metrics = sampleMetrics({ interfaces: () => interfaces });
    textOf(metrics);
    interfaces[0] = { name: 'eth0', up: false, dropped: 5 };
    const lines = textOf(metrics).split('\n');
    expect(lines).toContain('vipwatch_frames_dropped_total{interface="eth0"} 5');
    expect(lines).toContain('vipwatch_interface_up{interface="eth0"} 0');
  });

  it.each([
    { durable: false, wanted: true, failed: 1 },
    { durable: false, wanted: false, failed: 0 },
    { durable: true, wanted: true, failed: 0 },
  ])('vipwatch_journal_failed: durable $durable, wanted $wanted', ({ durable, wanted, failed }) => {
    const journal = () => ({ durable, wanted, problem: null });
    expect(series('vipwatch_journal_failed', { journal })).toEqual([`vipwatch_journal_failed ${failed}`]);
  });

  it('vipwatch_probe_rtt_seconds counts each answer', () => {
    const metrics = sampleMetrics();
    metrics.observeProbe(0.0004);
    const lines = textOf(metrics).split('\n');
    expect(lines).toContain('vipwatch_probe_rtt_seconds_bucket{le="0.00025"} 0');
    expect(lines).toContain('vipwatch_probe_rtt_seconds_bucket{le="0.0005"} 1');
  });

  it('vipwatch_http_requests_total counts by route, method and status, and never by what a client wrote', () => {
    const metrics = sampleMetrics();
    metrics.observeRequest({ route: '/api/v1/failover-tests/{id}', method: 'GET', code: 200 });
    metrics.observeRequest({ route: '/api/v1/failover-tests/{id}', method: 'GET', code: 200 });
    metrics.observeRequest({ route: null, method: 'PROPFIND', code: 404 });
    metrics.observeRequest({ route: null, method: 'BREW', code: 404 });
    expect(seriesOf(metrics, 'vipwatch_http_requests_total')).toEqual([
      'vipwatch_http_requests_total{route="/api/v1/failover-tests/{id}",method="GET",code="200"} 2',
      'vipwatch_http_requests_total{route="",method="other",code="404"} 2',
    ]);
  });

  it('name all Services that share a VIP', () => {
    const vip = { ...sampleView().vips(NOON)[0]!, service: 'a/web', sharedWith: ['a/web-udp', 'b/mail'] };
    const view = sampleView({ eachVip: () => [vip] });
    expect(series('vipwatch_vip_up', { view })).toEqual([
      'vipwatch_vip_up{ip="192.168.1.50",namespace="a",service="web,web-udp,b/mail"} 1',
    ]);
  });

  it('vipwatch_vip_info comes from the agents that ask for the VIP alone, the rest from those that announce it, too', () => {
    const over = { asks: (ip: string) => ip !== '192.168.1.50' };
    expect(series('vipwatch_vip_info', over)).toEqual([
      'vipwatch_vip_info{ip="fd00::50",namespace="",service="",pool="",elected=""} 1',
    ]);
    expect(series('vipwatch_vip_up', over)).toHaveLength(2);
    expect(series('vipwatch_vip_announcer_info', over)).toHaveLength(1);
  });

  it('have nothing of a VIP that this agent neither asks for nor announces', () => {
    const vip = { ...sampleView().vips(NOON)[0]!, up: null };
    const view = sampleView({ eachVip: () => [vip], takeovers: () => [], findings: () => [] });
    expect(textOf(sampleMetrics({ view, asks: () => false }))).not.toContain('ip=');
  });

  it('vipwatch_intent_age_seconds has no number before intent is set', () => {
    expect(
      series('vipwatch_intent_age_seconds', { intent: () => intentHealth({ confirmedAt: null }) }),
    ).toEqual([expect.stringMatching(/^vipwatch_intent_age_seconds nan$/i)]);
    expect(series('vipwatch_intent_age_seconds', { now: () => NOON + 1_500_000 })).toEqual([
      'vipwatch_intent_age_seconds 1.5',
    ]);
  });

  describe('vipwatch_agent_longest_unready_seconds', () => {
    const longest = (unreadySinceMs: number | null, over: Partial<Sources> = {}) =>
      series('vipwatch_agent_longest_unready_seconds', { agentPods: () => ({ unreadySinceMs }), ...over });
    const value = (seconds: number) => [`vipwatch_agent_longest_unready_seconds ${seconds}`];
    const noonMs = NOON / 1000;

    it('is counted by the wall clock, up to when the API last told of the Pods', () => {
      expect(longest(noonMs - 90_000)).toEqual(value(90));
      const late = { now: () => NOON + 3600 * SECOND };
      expect(longest(noonMs - 90_000, late)).toEqual(value(90));
      const confirmed = () => intentHealth({ confirmedAt: NOON + 3600 * SECOND });
      expect(longest(noonMs - 90_000, { ...late, intent: confirmed })).toEqual(value(3690));
    });

    it('is 0 where all are ready, and by a clock that is behind', () => {
      expect(longest(null)).toEqual(value(0));
      expect(longest(noonMs + 5000)).toEqual(value(0));
    });

    it('is not there where nobody tells of Pods', () => {
      expect(longest(null, { agentPods: () => null })).toEqual([]);
      expect(longest(noonMs, { intent: () => intentHealth({ confirmedAt: null }) })).toEqual([]);
    });
  });

  it('vipwatch_intent_skipped_objects counts by kind and reason', () => {
    const skipped = [
      { kind: 'pools', object: 'metallb-system/a', reason: 'bad-range' },
      { kind: 'pools', object: 'metallb-system/b', reason: 'bad-range' },
      { kind: 'nodes', object: 'w1', reason: 'no-address' },
    ];
    expect(series('vipwatch_intent_skipped_objects', { intent: () => intentHealth({ skipped }) })).toEqual([
      'vipwatch_intent_skipped_objects{kind="pools",reason="bad-range"} 2',
      'vipwatch_intent_skipped_objects{kind="nodes",reason="no-address"} 1',
    ]);
  });

  const promtool = spawnSync('promtool', ['--version']).status === 0;
  if (!promtool) console.warn('skipped: promtool is not here; install the Debian package prometheus');
  it.skipIf(!promtool)('satisfy promtool check metrics', () => {
    for (const over of [{}, { intent: () => intentHealth({ confirmedAt: null }) }]) {
      const metrics = sampleMetrics(over);
      const takeover = sampleTakeover();
      metrics.observeEvents([{ type: 'takeover', at: takeover.at, takeover }]);
      metrics.observeProbe(0.001);
      metrics.observeRequest({ route: '/metrics', method: 'GET', code: 200 });
      const check = spawnSync('promtool', ['check', 'metrics'], {
        input: textOf(metrics),
        encoding: 'utf8',
      });
      expect(`${check.stdout}${check.stderr}`).toBe('');
      expect(check.status).toBe(0);
    }
  });
});
