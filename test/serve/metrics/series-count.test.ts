// docs/metrics.md says how many series there are: held against the exposition, by what one thing more adds to it.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { IpAddress } from '../../../src/net/address.ts';
import type { Metrics } from '../../../src/serve/metrics/metrics.ts';
import type { Sources } from '../../../src/serve/tables/sources.ts';
import type { VipRow } from '../../../src/watch/takeover/vip-rows.ts';
import { NOON, sampleFinding, sampleTakeover, sampleView } from '../sample.ts';
import { sampleMetrics } from '../server.ts';
import { textOf } from './text.ts';

const PAGE = readFileSync(new URL('../../../docs/metrics.md', import.meta.url), 'utf8').replaceAll(
  /\s+/g,
  ' ',
);

/** The number before these words, or in the table's cell before them. */
function stated(words: string): number {
  const at = PAGE.indexOf(words);
  expect(at, words).toBeGreaterThan(0);
  return Number(/(\d[\d,]*)[ |]*$/.exec(PAGE.slice(0, at))![1]!.replace(',', ''));
}

function countOf(metrics: Metrics): number {
  return textOf(metrics).match(/^\w/gm)!.length;
}

const BASE = { findings: () => [], takeovers: () => [] };
const seriesWith = (over: Partial<Sources>) => countOf(sampleMetrics(over));
const withVips = (vips: VipRow[], isAskedFor: boolean) =>
  seriesWith({ view: sampleView({ ...BASE, eachVip: () => vips }), asks: () => isAskedFor });
const vipRow = (last: number) => ({ ...sampleView().vips(NOON)[0]!, ip: `10.0.0.${last}` as IpAddress });

describe('a scrape grows by', () => {
  const atAsker = withVips([vipRow(1), vipRow(2)], true) - withVips([vipRow(1)], true);
  const atAnnouncer = withVips([vipRow(1), vipRow(2)], false) - withVips([vipRow(1)], false);

  it('a VIP', () => {
    expect(atAsker).toBe(stated('a VIP, at each of the two agents that probe it'));
    expect(atAnnouncer).toBe(stated('a VIP, at the agent of the node that announces it'));
    const b = 2 * atAsker + atAnnouncer;
    expect(b).toBe(stated('× VIPs'));
    expect(b).toBe(stated('series in a cluster of any size'));
  });

  it('the sum of both', () => {
    expect(3 * stated('× agents') + 1000 * stated('× VIPs')).toBe(stated('series, which is'));
    expect(stated('an agent with one interface and one pool')).toBe(stated('× agents'));
  });

  it('a pool and an interface', () => {
    const pool = sampleView().pools()[0]!;
    const withPools = (count: number) =>
      seriesWith({
        view: sampleView({
          ...BASE,
          pools: () => [1, 2].slice(0, count).map((i) => ({ ...pool, name: `p${i}` })),
        }),
      });
    expect(withPools(2) - withPools(1)).toBe(stated('each further pool'));
    const counters = sampleView().counters();
    const withInterfaces = (names: string[]) =>
      seriesWith({
        interfaces: () => names.map((name) => ({ name, up: true, dropped: 0 })),
        view: sampleView({
          ...BASE,
          counters: () => ({
            ...counters,
            framesByProtocol: names.flatMap((name) =>
              (['ethernet', 'arp', 'ndp', 'dhcp', 'other'] as const).map((protocol) => ({
                protocol,
                interface: name,
                count: 1,
              })),
            ),
            lastHeard: names.map((name) => ({ interface: name, at: NOON })),
          }),
        }),
      });
    expect(withInterfaces(['a', 'b']) - withInterfaces(['a'])).toBe(stated('each further interface'));
  });

  it('a takeover', () => {
    const metrics = sampleMetrics({ view: sampleView({ ...BASE }) });
    const before = countOf(metrics);
    const takeover = sampleTakeover();
    metrics.observeEvents([{ type: 'takeover', at: takeover.at, takeover }]);
    const gap = countOf(metrics) - before;
    expect(gap).toBe(stated('more series for each class'));
    const serviceGap = { gapMs: 1, open: false, uncertaintyMs: 0, servedMs: 1, note: null };
    metrics.observeEvents([{ type: 'service-gap', at: takeover.at, takeover: { ...takeover, serviceGap } }]);
    expect(countOf(metrics) - before - gap).toBe(stated("for the service's gap"));
  });

  it('a finding', () => {
    const withFindings = (...findings: ReturnType<typeof sampleFinding>[]) =>
      seriesWith({ view: sampleView({ ...BASE, findings: () => findings }) });
    const none = withFindings();
    expect(withFindings(sampleFinding({ severity: 'warning' })) - none).toBe(
      stated(' series, and 5 at most'),
    );
    const macs = [1, 2, 3, 4].map((last) => `02:00:00:00:00:0${last}` as never);
    expect(withFindings(sampleFinding({ macs })) - none).toBe(stated('at most if it is critical'));
  });
});
