import { describe, expect, it } from 'vitest';
import { SECOND } from '../../../src/base/time.ts';
import type { IpAddress, Mac } from '../../../src/net/address.ts';
import type { Finding } from '../../../src/watch/finding/finding.ts';
import { FINDING_KINDS } from '../../../src/watch/finding/kinds.ts';
import { NOON, PHONE, sampleFinding, sampleView } from '../sample.ts';
import { sampleMetrics } from '../server.ts';
import { seriesOf, textOf } from './text.ts';

const SERVICE = 'namespace="traefik",service="traefik"';
const W1 = '02:00:00:00:00:11' as Mac;

function metricsOf(findings: () => Finding[]) {
  return sampleMetrics({ view: sampleView({ findings }) });
}

function macOf(number: number): Mac {
  return `02:00:00:00:01:${number.toString(16).padStart(2, '0')}` as Mac;
}

describe('vipwatch_finding_active', () => {
  it('shows active findings, and no longer once they are resolved or suppressed', () => {
    let findings = [sampleFinding()];
    const metrics = metricsOf(() => findings);
    expect(seriesOf(metrics, 'vipwatch_finding_active')).toEqual([
      `vipwatch_finding_active{kind="lease-on-vip",severity="critical",confirmed="true",acknowledged="false",ip="192.168.1.50",${SERVICE}} 1`,
    ]);
    findings = [
      sampleFinding({ state: 'resolved', resolvedAt: NOON }),
      sampleFinding({ state: 'suppressed', suppressed: { by: 'off', comment: null } }),
    ];
    expect(textOf(metrics)).not.toMatch(/^vipwatch_finding_(active|info|raised_timestamp_seconds)\{/m);
  });

  it('says the severity of the finding itself, and whether it is confirmed', () => {
    const metrics = metricsOf(() => [
      sampleFinding({ severity: 'warning' }),
      sampleFinding({ kind: 'foreign-claim', confirmed: false }),
    ]);
    expect(seriesOf(metrics, 'vipwatch_finding_active')).toEqual([
      `vipwatch_finding_active{kind="foreign-claim",severity="critical",confirmed="false",acknowledged="false",ip="192.168.1.50",${SERVICE}} 1`,
      `vipwatch_finding_active{kind="lease-on-vip",severity="warning",confirmed="true",acknowledged="false",ip="192.168.1.50",${SERVICE}} 1`,
    ]);
  });

  it('says whether it is acknowledged, apart from one of the same labels that is not', () => {
    const acknowledged = {
      by: 'anna',
      comment: 'known',
      at: '2026-03-01T12:00:00Z',
      until: '2026-03-01T20:00:00Z',
    };
    const [known, other] = [sampleFinding({ acknowledged }), sampleFinding({ macs: [macOf(7)] })];
    const metrics = metricsOf(() => [known, other]);
    expect(
      seriesOf(metrics, 'vipwatch_finding_active').map((line) => /acknowledged="\w+"/.exec(line)?.[0]),
    ).toEqual(['acknowledged="false"', 'acknowledged="true"']);
    // The machine that somebody sees to is not the one that the alert is of.
    expect(seriesOf(metrics, 'vipwatch_finding_info')).toEqual([expect.stringContaining(macOf(7))]);
    const alone = metricsOf(() => [known]);
    expect(seriesOf(alone, 'vipwatch_finding_info')).toEqual([
      expect.stringContaining('mac="02:00:00:00:00:aa"'),
    ]);
  });

  it('names all Services that share the VIP', () => {
    const finding = sampleFinding({
      vip: { service: 'a/web', sharedWith: ['a/web-udp', 'b/mail'], pool: null },
    });
    for (const name of ['active', 'raised_timestamp_seconds', 'info'])
      expect(
        seriesOf(
          metricsOf(() => [finding]),
          `vipwatch_finding_${name}`,
        ),
      ).toEqual([expect.stringContaining('namespace="a",service="web,web-udp,b/mail"')]);
  });

  it('has empty labels where it is about no Service', () => {
    const finding = sampleFinding({ vip: null, kind: 'rogue-dhcp-server', ip: '192.168.1.2' as IpAddress });
    expect(
      seriesOf(
        metricsOf(() => [finding]),
        'vipwatch_finding_active',
      ),
    ).toEqual([
      'vipwatch_finding_active{kind="rogue-dhcp-server",severity="warning",confirmed="true",acknowledged="false",ip="192.168.1.2",namespace="",service=""} 1',
    ]);
  });

  it('has room for each address, however many culprits others have', () => {
    const forged = Array.from({ length: 2000 }, (_, i) =>
      sampleFinding({ kind: 'foreign-claim', ip: `10.0.0.${i % 130}` as IpAddress, macs: [macOf(i)] }),
    );
    const real = sampleFinding({ kind: 'lease-in-pool', ip: '10.0.0.200' as IpAddress });
    const metrics = metricsOf(() => [...forged, real]);
    expect(seriesOf(metrics, 'vipwatch_finding_active')).toContainEqual(
      expect.stringContaining('kind="lease-in-pool"'),
    );
    expect(seriesOf(metrics, 'vipwatch_finding_active_overflow')).toEqual([
      'vipwatch_finding_active_overflow 0',
    ]);
  });

  it('is bounded: the gravest stay, the rest is counted', () => {
    const findings = Array.from({ length: 1200 }, (_, i) =>
      sampleFinding({
        kind: i < 1150 ? 'lease-conflict' : 'foreign-claim',
        ip: `10.0.${i >> 8}.${i & 255}` as IpAddress,
      }),
    );
    const metrics = metricsOf(() => findings);
    const lines = seriesOf(metrics, 'vipwatch_finding_active');
    expect(lines).toHaveLength(1000);
    expect(lines.filter((line) => line.includes('foreign-claim'))).toHaveLength(50);
    expect(seriesOf(metrics, 'vipwatch_finding_raised_timestamp_seconds')).toHaveLength(1000);
    expect(seriesOf(metrics, 'vipwatch_finding_active_overflow')).toEqual([
      'vipwatch_finding_active_overflow 200',
    ]);
  });
});

describe('the bound of the findings', () => {
  it('leaves room for what raises an alert, however many stray frames came before', () => {
    const findings = Array.from({ length: 1200 }, (_, i) =>
      sampleFinding({
        kind: 'foreign-claim',
        ip: `10.0.${i >> 8}.${i & 255}` as IpAddress,
        confirmed: i === 1199,
      }),
    );
    expect(
      seriesOf(
        metricsOf(() => findings),
        'vipwatch_finding_active',
      ),
    ).toContainEqual(expect.stringContaining('confirmed="true",acknowledged="false",ip="10.0.4.175"'));
  });
});

describe('vipwatch_finding_raised_timestamp_seconds', () => {
  it('is the time of the earliest of those that share the labels', () => {
    const metrics = metricsOf(() =>
      [30, 10, 20].map((seconds) => sampleFinding({ raisedAt: NOON + seconds * SECOND })),
    );
    expect(seriesOf(metrics, 'vipwatch_finding_raised_timestamp_seconds')).toEqual([
      `vipwatch_finding_raised_timestamp_seconds{kind="lease-on-vip",severity="critical",ip="192.168.1.50",${SERVICE}} 1772366410`,
    ]);
  });
});

describe('vipwatch_finding_info', () => {
  const info = (findings: Finding[]) =>
    seriesOf(
      metricsOf(() => findings),
      'vipwatch_finding_info',
    ).map((line) => line.replace(`,${SERVICE}`, ''));

  it('names the machines behind what is critical, by what they are called, and nobody behind a warning', () => {
    expect(
      info([
        sampleFinding(),
        sampleFinding({ kind: 'split-brain', ip: '10.0.0.1' as IpAddress, macs: [W1, macOf(9)] }),
        sampleFinding({ kind: 'proxy-arp' }),
      ]),
    ).toEqual([
      `vipwatch_finding_info{kind="lease-on-vip",ip="192.168.1.50",mac="${PHONE}",name="\\"luca-phone\\""} 1`,
      `vipwatch_finding_info{kind="split-brain",ip="10.0.0.1",mac="${W1}",name="w1"} 1`,
      `vipwatch_finding_info{kind="split-brain",ip="10.0.0.1",mac="${macOf(9)}",name=""} 1`,
    ]);
  });

  it('goes by the severity of the finding itself', () => {
    expect(info([sampleFinding({ severity: 'warning' })])).toEqual([]);
    expect(info([sampleFinding({ kind: 'proxy-arp', severity: 'critical' })])).toHaveLength(1);
  });

  it('has a series without a machine where there is none to name', () => {
    expect(info([sampleFinding({ kind: 'silent-vip', macs: [] })])).toEqual([
      'vipwatch_finding_info{kind="silent-vip",ip="192.168.1.50",mac="",name=""} 1',
    ]);
  });

  it('names three machines of an address at most, those that came first', () => {
    const findings = [4, 1, 3, 2].map((number) =>
      sampleFinding({ kind: 'foreign-claim', macs: [macOf(number)], raisedAt: NOON + number }),
    );
    expect(info(findings)).toEqual(
      [1, 2, 3].map(
        (number) =>
          `vipwatch_finding_info{kind="foreign-claim",ip="192.168.1.50",mac="${macOf(number)}",name=""} 1`,
      ),
    );
  });

  it('names those of whom nothing but a stray frame is known only where nobody else is', () => {
    const stray = [1, 2, 3].map((number) =>
      sampleFinding({
        kind: 'foreign-claim',
        macs: [macOf(number)],
        confirmed: false,
        raisedAt: NOON + number,
      }),
    );
    const machines = (findings: Finding[]) => info(findings).map((line) => /mac="([^"]+)"/.exec(line)![1]);
    expect(machines(stray)).toEqual([1, 2, 3].map(macOf));
    const culprit = sampleFinding({ kind: 'foreign-claim', macs: [macOf(4)], raisedAt: NOON + 4 });
    expect(machines([...stray, culprit])).toEqual([macOf(4)]);
  });

  it('names a machine of each kind before a second one of any', () => {
    const findings = [1, 2, 3].map((number) =>
      sampleFinding({ kind: 'foreign-claim', macs: [macOf(number)], raisedAt: NOON + number }),
    );
    const named = info([...findings, sampleFinding({ raisedAt: NOON + 9 })]);
    expect(named.map((line) => /kind="([^"]+)"/.exec(line)![1])).toEqual([
      'foreign-claim',
      'lease-on-vip',
      'foreign-claim',
    ]);
  });

  it('quotes what a machine calls itself', () => {
    const view = sampleView({ findings: () => [sampleFinding()], spokenNameOf: () => 'a"b\\c\nd' });
    expect(seriesOf(sampleMetrics({ view }), 'vipwatch_finding_info')).toEqual([
      expect.stringContaining('name="a\\"b\\\\c\\nd"} 1'),
    ]);
  });

  it('is bounded over all addresses', () => {
    const findings = Array.from({ length: 600 }, (_, i) =>
      [1, 2].map((number) =>
        sampleFinding({
          kind: 'foreign-claim',
          ip: `10.0.${i >> 8}.${i & 255}` as IpAddress,
          macs: [macOf(number)],
        }),
      ),
    );
    expect(info(findings.flat())).toHaveLength(1000);
  });
});

it('vipwatch_findings_total has a series for every kind from the start', () => {
  expect(seriesOf(sampleMetrics(), 'vipwatch_findings_total')).toHaveLength(FINDING_KINDS.length);
});
