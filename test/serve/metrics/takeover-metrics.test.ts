import { describe, expect, it } from 'vitest';
import { SECOND } from '../../../src/base/time.ts';
import type { IpAddress } from '../../../src/net/address.ts';
import type { Metrics } from '../../../src/serve/metrics/metrics.ts';
import type { ServiceGap, Takeover } from '../../../src/watch/takeover/takeover.ts';
import { NOON, sampleTakeover, sampleView } from '../sample.ts';
import { sampleMetrics } from '../server.ts';
import { seriesOf, textOf } from './text.ts';

const VIP = 'ip="192.168.1.50",namespace="traefik",service="traefik"';

function observe(metrics: Metrics, over: Partial<Takeover> = {}): void {
  const takeover = sampleTakeover(over);
  metrics.observeEvents([{ type: 'takeover', at: takeover.at, takeover }]);
}

/** The value of the one series. */
function numberOf(metrics: Metrics, series: string): string | undefined {
  const line = textOf(metrics)
    .split('\n')
    .find((one) => one.startsWith(`${series} `));
  return line?.split(' ').at(-1);
}

describe('takeovers', () => {
  it('are counted from 0 on, in every class, where this agent asks for the VIP', () => {
    const metrics = sampleMetrics({ asks: (ip) => ip === '192.168.1.50' });
    for (const name of ['vipwatch_takeovers_total', 'vipwatch_takeovers_within_objective_total']) {
      expect(seriesOf(metrics, name)).toEqual([
        `${name}{${VIP},class="failover"} 0`,
        `${name}{${VIP},class="handover"} 0`,
        `${name}{${VIP},class="failback"} 0`,
      ]);
    }
  });

  it('are counted where it does not ask, but saw one, as the node that handed over does', () => {
    const metrics = sampleMetrics({ asks: () => false });
    expect(seriesOf(metrics, 'vipwatch_takeovers_total')).toEqual([]);
    observe(metrics, { class: 'handover', gapMs: 0 });
    expect(seriesOf(metrics, 'vipwatch_takeovers_total')).toEqual([
      `vipwatch_takeovers_total{${VIP},class="failover"} 0`,
      `vipwatch_takeovers_total{${VIP},class="handover"} 1`,
      `vipwatch_takeovers_total{${VIP},class="failback"} 0`,
    ]);
  });

  it('that stand at 0 are left to others where this agent asks no more; what it counted stays', () => {
    const asked = new Set<string>(['192.168.1.50', 'fd00::50']);
    const metrics = sampleMetrics({ asks: (ip) => asked.has(ip) });
    expect(seriesOf(metrics, 'vipwatch_takeovers_total')).toHaveLength(6);
    observe(metrics);
    asked.clear();
    expect(seriesOf(metrics, 'vipwatch_takeovers_total')).toEqual([
      `vipwatch_takeovers_total{${VIP},class="failover"} 1`,
      `vipwatch_takeovers_total{${VIP},class="handover"} 0`,
      `vipwatch_takeovers_total{${VIP},class="failback"} 0`,
    ]);
  });

  it.each([
    { gapMs: 0, within: '1' },
    { gapMs: 10_000, within: '1' },
    { gapMs: 10_000.001, within: '0' },
    { gapMs: 400_000, within: '0' },
  ])('with a gap of $gapMs ms count $within within an objective of 10 s', ({ gapMs, within }) => {
    const metrics = sampleMetrics();
    observe(metrics, { gapMs });
    const labels = `{${VIP},class="failover"}`;
    expect(numberOf(metrics, `vipwatch_takeovers_total${labels}`)).toBe('1');
    expect(numberOf(metrics, `vipwatch_takeovers_within_objective_total${labels}`)).toBe(within);
    expect(numberOf(metrics, `vipwatch_takeover_gap_seconds_count${labels}`)).toBe('1');
  });

  it('are within the objective that is configured', () => {
    const metrics = sampleMetrics({ maxGap: () => SECOND });
    observe(metrics, { gapMs: 1400 });
    observe(metrics, { gapMs: 900 });
    expect(numberOf(metrics, `vipwatch_takeovers_within_objective_total{${VIP},class="failover"}`)).toBe('1');
    expect(numberOf(metrics, 'vipwatch_failover_objective_seconds')).toBe('1');
  });

  it('have a histogram from the first one of their class on', () => {
    const metrics = sampleMetrics();
    expect(textOf(metrics)).not.toMatch(/^vipwatch_takeover_gap_seconds/m);
    observe(metrics);
    expect(seriesOf(metrics, 'vipwatch_takeover_gap_seconds_count')).toEqual([
      `vipwatch_takeover_gap_seconds_count{${VIP},class="failover"} 1`,
    ]);
  });

  it('are counted under their gap', () => {
    const metrics = sampleMetrics();
    observe(metrics);
    const bucket = (edge: string) =>
      numberOf(metrics, `vipwatch_takeover_gap_seconds_bucket{le="${edge}",${VIP},class="failover"}`);
    expect(bucket('1')).toBe('0');
    expect(bucket('2')).toBe('1');
    expect(bucket('+Inf')).toBe('1');
    const edges = [...textOf(metrics).matchAll(/^vipwatch_takeover_gap_seconds_bucket\{le="([^"]+)"/gm)];
    expect(edges.map(([, edge]) => edge).join(' ')).toBe(
      '0.05 0.1 0.25 0.5 1 2 4 5 6 8 10 15 20 30 60 300 +Inf',
    );
    expect(numberOf(metrics, `vipwatch_takeover_gap_seconds_sum{${VIP},class="failover"}`)).toBe('1.4');
  });

  it('count for the edge that their gap just reaches', () => {
    const metrics = sampleMetrics();
    observe(metrics, { gapMs: 2000 });
    observe(metrics, { gapMs: 2000.001 });
    observe(metrics, { gapMs: 301_000 });
    const buckets = seriesOf(metrics, 'vipwatch_takeover_gap_seconds_bucket');
    const values = Object.fromEntries(
      buckets.map((line) => [/le="([^"]+)"/.exec(line)![1]!, line.split(' ').at(-1)]),
    );
    expect(values).toMatchObject({ 1: '0', 2: '1', 4: '2', 300: '2', '+Inf': '3' });
  });

  it('that come during a scrape leave every series whole, and in it once', () => {
    const vips = Array.from({ length: 300 }, (_, i) => ({
      ...sampleView().vips(NOON)[0]!,
      ip: `10.0.${i >> 8}.${i & 255}` as IpAddress,
    }));
    const metrics = sampleMetrics({ view: sampleView({ eachVip: () => vips }) });
    for (const { ip } of vips) observe(metrics, { ip });
    const pieces: string[] = [];
    for (const piece of metrics.render()) {
      pieces.push(piece);
      for (const { ip } of vips) observe(metrics, { ip });
    }
    expect(pieces.length).toBeGreaterThan(5);
    const lines = pieces.join('').trimEnd().split('\n');
    const series = lines.map((line) => line.replace(/ [^ ]+$/, ''));
    expect(new Set(series).size).toBe(series.length);
    const value = (name: string, labels: string) =>
      lines.find((line) => line.startsWith(`${name}{${labels}}`))!.replace(/.* /, '');
    for (const { ip } of vips) {
      const labels = `ip="${ip}",namespace="traefik",service="traefik",class="failover"`;
      expect(value('vipwatch_takeover_gap_seconds_bucket', `le="+Inf",${labels}`)).toBe(
        value('vipwatch_takeover_gap_seconds_count', labels),
      );
    }
  });

  it('have nothing of a VIP that was withdrawn, and begin at 0 where it is back', () => {
    const all = sampleView().vips(NOON);
    let vips = all;
    const metrics = sampleMetrics({ view: sampleView({ eachVip: () => vips }) });
    const takeover = sampleTakeover();
    const serviceGap = { gapMs: 2500, open: false, uncertaintyMs: 100, servedMs: 2400, note: null };
    const away = { ...serviceGap, open: true };
    metrics.observeEvents([
      { type: 'takeover', at: takeover.at, takeover },
      { type: 'service-gap', at: takeover.at, takeover: { ...takeover, serviceGap } },
      { type: 'service-gap', at: takeover.at, takeover: { ...takeover, serviceGap: away } },
    ]);
    const ofVip = () => textOf(metrics).match(/^vipwatch_(vip|takeover|service_).*\bip="192\.168\.1\.50.*/gm);
    const count = `vipwatch_takeovers_total{${VIP},class="failover"}`;
    expect(numberOf(metrics, count)).toBe('1');
    expect(ofVip()?.length).toBeGreaterThan(40);
    vips = all.filter(({ ip }) => ip !== '192.168.1.50');
    expect(ofVip()).toBeNull();
    vips = all;
    expect(numberOf(metrics, count)).toBe('0');
    expect(textOf(metrics)).not.toMatch(/^vipwatch_(takeover|service)_gap_seconds/m);
  });

  it('tell what they did to the service: measured to its end, or away', () => {
    const metrics = sampleMetrics();
    const told = (serviceGap: ServiceGap) => {
      const takeover = sampleTakeover({ serviceGap });
      metrics.observeEvents([{ type: 'service-gap', at: takeover.at, takeover }]);
    };
    const none = { gapMs: null, open: false, uncertaintyMs: null, servedMs: null };
    told({ ...none, servedMs: 30, note: 'not probed before the takeover' });
    told({ ...none, note: 'no SYN-ACK before the takeover' });
    expect(textOf(metrics)).not.toMatch(/^vipwatch_service_(gap_seconds|away_total)/m);
    told({ gapMs: 2500, open: false, uncertaintyMs: 100, servedMs: 2400, note: null });
    told({ ...none, gapMs: 13_000, open: true, note: 'no SYN-ACK yet: away for longer' });
    const labels = `{${VIP},class="failover"}`;
    expect(numberOf(metrics, `vipwatch_service_gap_seconds_sum${labels}`)).toBe('2.5');
    expect(numberOf(metrics, `vipwatch_service_gap_seconds_count${labels}`)).toBe('1');
    expect(numberOf(metrics, `vipwatch_service_away_total${labels}`)).toBe('1');
    expect(numberOf(metrics, `vipwatch_takeovers_total${labels}`)).toBe('0');
  });
});
