// What the operator does not want to hear of: kept, shown and counted, but not raised.
import { describe, expect, it } from 'vitest';
import { HOUR, MINUTE, SECOND } from '../../../src/base/time.ts';
import type { Finding } from '../../../src/watch/finding/finding.ts';
import {
  ALL_HEARD,
  type IgnoreRule,
  type SilenceRule,
  type SuppressionSettings,
} from '../../../src/watch/finding/suppression.ts';
import type { SavedState } from '../../../src/watch/restore.ts';
import { CP, INTENT, ip, Lan, mac, PHONE, ROUTER, range, START, VIP, W1, W2 } from '../lan.ts';

const PRINTER = mac('99');
const FREE = ip('192.168.1.55');

function lanWith(suppression: Partial<SuppressionSettings>): Lan {
  return new Lan(INTENT, { suppression: { ...ALL_HEARD, ...suppression } });
}

function ignoring(rule: Partial<IgnoreRule>): Lan {
  return lanWith({ ignore: [{ mac: null, ranges: [], kinds: null, comment: 'known', ...rule }] });
}

function silenced(seconds: number, rule: Partial<SilenceRule> = {}): Partial<SuppressionSettings> {
  const until = START + seconds * SECOND;
  return { silences: [{ mac: null, ranges: [], kinds: null, comment: 'works', until, ...rule }] };
}

function suppressions(lan: Lan): string[] {
  return lan.watcher
    .counters()
    .findingsSuppressed.filter(({ count }) => count > 0)
    .map(({ kind, by, count }) => `${count} ${kind} by ${by}`);
}

describe('an ignored finding', () => {
  it('is not raised, but kept with the reason, and counted', () => {
    const lan = ignoring({ mac: PRINTER }).announce(PRINTER, FREE).wait(1000).announce(PRINTER, FREE);
    expect(lan.story()).toEqual([]);
    expect(lan.watcher.findings()).toMatchObject([
      {
        kind: 'pool-address-taken',
        state: 'suppressed',
        suppressed: { by: 'ignore', comment: 'known' },
        macs: [PRINTER],
        occurrences: 2,
      },
    ]);
    expect(suppressions(lan)).toEqual(['1 pool-address-taken by ignore']);
    expect(lan.watcher.counters().findingsRaised['pool-address-taken']).toBe(0);
  });

  it('ends in silence, and the reason stays to be read', () => {
    const lan = ignoring({ mac: PRINTER }).announce(PRINTER, VIP).wait(61_000);
    expect(lan.story()).toEqual([]);
    expect(lan.watcher.findings()).toMatchObject([
      { state: 'resolved', suppressed: { by: 'ignore', comment: 'known' } },
    ]);
  });

  it('says nothing of another machine on the same address', () => {
    const lan = ignoring({ mac: PRINTER }).announce(PRINTER, VIP).announce(PHONE, VIP);
    expect(lan.raised()).toMatchObject([{ kind: 'foreign-claim', macs: [PHONE] }]);
  });

  it.each<[string, Partial<IgnoreRule>, boolean]>([
    ['its MAC', { mac: PRINTER }, true],
    ['another MAC', { mac: PHONE }, false],
    ['its address', { ranges: [range('192.168.1.55')] }, true],
    ['another address', { ranges: [range('192.168.1.56')] }, false],
    ['a range that holds its address', { ranges: [range('192.168.1.52/30'), range('192.168.1.55')] }, true],
    ['one range that does and one that does not', { ranges: [range('192.168.1.55'), range('::/0')] }, false],
    ['its kind', { mac: PRINTER, kinds: ['proxy-arp', 'pool-address-taken'] }, true],
    ['another kind', { mac: PRINTER, kinds: ['foreign-claim'] }, false],
    ['its MAC on another address', { mac: PRINTER, ranges: [range('192.168.1.56')] }, false],
  ])('that is held against %s', (_what, rule, ignored) => {
    const lan = ignoring(rule).announce(PRINTER, FREE);
    expect(lan.story()).toEqual(ignored ? [] : ['raised pool-address-taken 192.168.1.55']);
  });

  it('where machines are at odds, is not named by one of them', () => {
    const lan = ignoring({ mac: W1 });
    for (let i = 0; i < 20; i += 1) lan.reply(W1, VIP).reply(W2, VIP).wait(1000);
    expect(lan.story()).toEqual(['raised split-brain 192.168.1.50']);
    const others = ignoring({ ranges: [range('192.168.1.50')] });
    for (let i = 0; i < 20; i += 1) others.reply(W1, VIP).reply(W2, VIP).wait(1000);
    expect(others.story()).toEqual([]);
  });

  it('keeps its look-alikes silent: of a known proxy no address is taken', () => {
    const lan = ignoring({ mac: ROUTER });
    for (let last = 52; last < 59; last += 1) lan.reply(ROUTER, ip(`192.168.1.${last}`)).wait(500);
    lan.announce(ROUTER, FREE).wait(10_000);
    expect(lan.story()).toEqual([]);
    expect(suppressions(lan)).toEqual(['1 proxy-arp by ignore']);
    expect(lan.dismissed('proxy-arp')).toBe(1);
  });

  it('takes no room from what is told: a flood on an ignored range', () => {
    const lan = ignoring({ ranges: [range('192.168.1.55')] });
    for (let i = 0; i < 40; i += 1) lan.announce(mac(String(i + 20)), FREE);
    expect(lan.watcher.findings()).toHaveLength(16);
    lan.announce(PHONE, ip('192.168.1.56')).announce(PHONE, VIP);
    expect(lan.story()).toEqual([
      'raised pool-address-taken 192.168.1.56',
      'raised foreign-claim 192.168.1.50',
    ]);
  });

  it('gives way in a full book before a warning that was told does', () => {
    const lan = new Lan(INTENT, {
      suppression: {
        ...ALL_HEARD,
        ignore: [{ mac: null, ranges: [range('192.168.1.55')], kinds: null, comment: 'known' }],
      },
      settings: { maxFindings: 2 },
    });
    lan.announce(PHONE, ip('192.168.1.56')).announce(PHONE, FREE).announce(PHONE, VIP);
    expect(lan.watcher.findings().map(({ ip: address }) => address)).toEqual(['192.168.1.56', VIP]);
    expect(lan.story()).toEqual([
      'raised pool-address-taken 192.168.1.56',
      'raised foreign-claim 192.168.1.50',
    ]);
  });
});

describe('a kind', () => {
  it('that is off is kept and counted', () => {
    const lan = lanWith({ kinds: { 'foreign-claim': { enabled: false } } }).announce(PHONE, VIP);
    expect(lan.story()).toEqual([]);
    expect(lan.watcher.findings()).toMatchObject([{ suppressed: { by: 'off', comment: null } }]);
    expect(suppressions(lan)).toEqual(['1 foreign-claim by off']);
  });

  it('has the severity that is wanted', () => {
    const lan = lanWith({ kinds: { 'foreign-claim': { severity: 'warning' } } }).announce(PHONE, VIP);
    expect(lan.raised()).toMatchObject([{ kind: 'foreign-claim', severity: 'warning' }]);
  });

  it('has the quiet period and the hold-down that are wanted', () => {
    const lan = lanWith({ kinds: { 'foreign-claim': { quiet: 5 * SECOND, holdDown: HOUR } } });
    lan.announce(PHONE, VIP).wait(4_900);
    expect(lan.active()).toHaveLength(1);
    lan.wait(200);
    expect(lan.active()).toHaveLength(0);
    lan.announce(PHONE, VIP).wait(3_590_000);
    expect(lan.story()).toHaveLength(2);
    lan.wait(6_000);
    expect(lan.story()).toHaveLength(3);
  });
});

describe('a silence', () => {
  it('ends, and what still holds is raised then, with the evidence of before', () => {
    const lan = lanWith(silenced(60, { kinds: ['foreign-claim'] }));
    for (let i = 0; i < 12; i += 1) lan.announce(PHONE, VIP).wait(4_999);
    expect(lan.story()).toEqual([]);
    expect(lan.watcher.findings()).toMatchObject([{ suppressed: { by: 'silence', comment: 'works' } }]);
    lan.wait(1_000);
    expect(lan.raised()).toMatchObject([
      { kind: 'foreign-claim', state: 'active', raisedAt: START + 60 * SECOND, occurrences: 12 },
    ]);
    expect(lan.raised()[0]).not.toHaveProperty('suppressed');
    expect(lan.raised()[0]?.evidence).toHaveLength(10);
    lan.wait(120_000);
    expect(lan.story()).toEqual(['raised foreign-claim 192.168.1.50', 'resolved foreign-claim 192.168.1.50']);
  });

  it('ends after the condition did, and nothing is raised', () => {
    const lan = lanWith(silenced(300)).announce(PHONE, VIP).wait(600_000);
    expect(lan.story()).toEqual([]);
    expect(lan.watcher.findings()).toMatchObject([{ state: 'resolved' }]);
  });

  it('that is followed by another is not over', () => {
    const [first] = silenced(60).silences!;
    const [second] = silenced(120, { comment: 'more works' }).silences!;
    const lan = lanWith({ silences: [second!, first!] });
    for (let i = 0; i < 10; i += 1) lan.announce(PHONE, VIP).wait(10_000);
    expect(lan.story()).toEqual([]);
    for (let i = 0; i < 3; i += 1) lan.announce(PHONE, VIP).wait(10_000);
    expect(lan.story()).toEqual(['raised foreign-claim 192.168.1.50']);
  });

  it('holds back nothing afterwards: the hold-down is for what was told', () => {
    const kinds = { 'foreign-claim': { quiet: 5 * SECOND, holdDown: HOUR } };
    const lan = lanWith({ ...silenced(60), kinds });
    lan.announce(PHONE, VIP).wait(61_000).announce(PHONE, VIP);
    expect(lan.story()).toEqual(['raised foreign-claim 192.168.1.50']);
  });

  it('that is over before the start has no effect', () => {
    expect(lanWith(silenced(0)).announce(PHONE, VIP).story()).toEqual(['raised foreign-claim 192.168.1.50']);
  });

  it('ends by the wall clock, which may be set meanwhile', () => {
    const lan = lanWith(silenced(3600)).announce(PHONE, VIP).wait(10_000);
    lan.watcher.setAhead(HOUR);
    expect(lan.story()).toEqual([]);
    lan.wait(0);
    expect(lan.story()).toEqual(['raised foreign-claim 192.168.1.50']);
    const early = lanWith(silenced(60)).announce(PHONE, VIP);
    early.watcher.setAhead(-10 * MINUTE);
    for (let i = 0; i < 10; i += 1) early.wait(10_000).announce(PHONE, VIP);
    expect(early.story()).toEqual([]);
  });
});

describe('after a restart', () => {
  function restarted(before: Lan, suppression: Partial<SuppressionSettings>): Lan {
    const findings = JSON.parse(JSON.stringify(before.watcher.findings())) as Finding[];
    const after = new Lan(null, { suppression: { ...ALL_HEARD, ...suppression } });
    const saved: SavedState = { leases: [], claims: [], findings, takeovers: [], dhcpServers: [] };
    after.watcher.restore(saved, before.now);
    return after.wait((before.now - after.now) / 1000 + 1000);
  }

  const IGNORED = { ignore: [{ mac: PHONE, ranges: [], kinds: null, comment: 'known' }] };

  it('what is ignored from now on turns silent, and is told as nothing else', () => {
    const after = restarted(new Lan().announce(PHONE, VIP), IGNORED).intend(INTENT).announce(PHONE, VIP);
    expect(after.watcher.findings()).toMatchObject([
      { state: 'suppressed', suppressed: { by: 'ignore' }, occurrences: 2 },
    ]);
    after.wait(61_000);
    expect(after.story()).toEqual([]);
    expect(suppressions(after)).toEqual(['1 foreign-claim by ignore']);
  });

  it('what is ignored no more is raised, but not before the intent is known', () => {
    const after = restarted(lanWith(IGNORED).announce(PHONE, VIP), {}).wait(5000);
    expect(after.story()).toEqual([]);
    after.intend(INTENT);
    expect(after.story()).toEqual(['raised foreign-claim 192.168.1.50']);
    const elsewhere = restarted(lanWith(IGNORED).announce(PHONE, VIP), {}).intend({ ...INTENT, vips: [] });
    expect(elsewhere.story()).toEqual([]);
  });

  it('what is ignored still is counted once', () => {
    const after = restarted(lanWith(IGNORED).announce(PHONE, VIP), IGNORED).intend(INTENT);
    after.announce(PHONE, VIP);
    expect(suppressions(after)).toEqual([]);
    expect(after.watcher.findings()).toMatchObject([{ state: 'suppressed', occurrences: 2 }]);
  });

  it('has the severity of the new settings', () => {
    const after = restarted(new Lan().announce(PHONE, VIP), {
      kinds: { 'foreign-claim': { severity: 'warning' } },
    });
    expect(after.active()).toMatchObject([{ severity: 'warning' }]);
  });
});

it('a DHCP lease that is ignored is judged no second time by a new intent', () => {
  const lan = ignoring({ mac: PHONE });
  lan.dhcp({ type: 'ack', client: PHONE, yourIp: VIP, server: ip('192.168.1.1') });
  lan.intend({ ...INTENT, pools: [] }).reply(CP, VIP);
  expect(lan.story()).toEqual([]);
  expect(suppressions(lan)).toEqual(['1 lease-on-vip by ignore']);
});
