// What the operator wants to hear of, and what is known of DHCP, set anew while the watcher watches.
import { describe, expect, it } from 'vitest';
import { HOUR } from '../../src/base/time.ts';
import type { DhcpExpectations } from '../../src/watch/detect/dhcp.ts';
import { ALL_HEARD, type SuppressionSettings } from '../../src/watch/finding/suppression.ts';
import { INTENT, ip, Lan, mac, PHONE, ROUTER, range, VIP } from './lan.ts';

const SERVER = ip('192.168.1.1');
const ROGUE = ip('192.168.1.66');
const OUTSIDE = ip('192.168.1.100');
const IGNORE_PHONE = { mac: PHONE, ranges: [], kinds: null, comment: 'known' };

function suppress(lan: Lan, settings: Partial<SuppressionSettings>): Lan {
  lan.events.push(...lan.watcher.setSuppression({ ...ALL_HEARD, ...settings }, lan.now));
  return lan;
}

function expectDhcp(lan: Lan, dhcp: Partial<DhcpExpectations>): Lan {
  lan.events.push(...lan.watcher.setDhcp({ ranges: [], servers: null, ...dhcp }, lan.now));
  return lan.intend(INTENT);
}

describe('findings set anew', () => {
  it('ends what is ignored from now on, and tells of it no more', () => {
    const lan = suppress(new Lan().announce(PHONE, VIP), { ignore: [IGNORE_PHONE] });
    lan.wait(1_000).announce(PHONE, VIP);
    expect(lan.story()).toEqual(['raised foreign-claim 192.168.1.50', 'resolved foreign-claim 192.168.1.50']);
    expect(lan.watcher.findings()).toMatchObject([{ state: 'suppressed', suppressed: { by: 'ignore' } }]);
  });

  it('raises what is ignored no more', () => {
    const lan = new Lan(INTENT, { suppression: { ...ALL_HEARD, ignore: [IGNORE_PHONE] } });
    lan.announce(PHONE, VIP).wait(1_000);
    expect(lan.story()).toEqual([]);
    expect(suppress(lan, {}).wait(1_000).story()).toEqual(['raised foreign-claim 192.168.1.50']);
  });

  it('tells of another severity, and leaves all others as they are', () => {
    const lan = new Lan().announce(PHONE, VIP).announce(PHONE, ip('192.168.1.55'));
    suppress(lan, { kinds: { 'foreign-claim': { severity: 'warning' } } });
    expect(lan.events.slice(-1)).toMatchObject([
      { action: 'changed', changed: ['severity'], finding: { kind: 'foreign-claim', severity: 'warning' } },
    ]);
    suppress(lan, {});
    expect(lan.events.slice(-1)).toMatchObject([
      { changed: ['severity'], finding: { severity: 'critical' } },
    ]);
    expect(lan.active().map(({ kind }) => kind)).toEqual(['foreign-claim', 'pool-address-taken']);
  });

  it('resolves by the quiet period of today', () => {
    const lan = new Lan().announce(PHONE, VIP).wait(30_000);
    suppress(lan, { kinds: { 'foreign-claim': { quiet: HOUR } } }).wait(60_000);
    expect(lan.active()).toHaveLength(1);
    suppress(lan, {}).wait(1_000);
    expect(lan.active()).toEqual([]);
  });
});

describe('DHCP set anew', () => {
  const offers = (lan: Lan, server: typeof SERVER, from = ROUTER) =>
    lan.dhcp({ type: 'offer', client: PHONE, yourIp: OUTSIDE, server, from });
  const both = () => offers(offers(new Lan(), SERVER), ROGUE, mac('bb'));

  it('ends the finding of a server that is listed now, and not of another one', () => {
    const lan = offers(both(), ip('192.168.1.67'), mac('cc'));
    expectDhcp(lan, { servers: [SERVER, ROGUE] });
    expect(lan.active()).toEqual([]);
    // Which one is wrong is known now: its next message raises it, by its own address.
    offers(offers(lan, ROGUE, mac('bb')), ip('192.168.1.67'), mac('cc'));
    expect(lan.active()).toMatchObject([{ kind: 'rogue-dhcp-server', ip: '192.168.1.67' }]);
    expectDhcp(lan, { servers: [SERVER] });
    expect(lan.active()).toHaveLength(1);
    expectDhcp(lan, { servers: [SERVER, ip('192.168.1.67')] });
    expect(lan.active()).toEqual([]);
  });

  it('raises a server that is listed no more when it is heard again', () => {
    const lan = new Lan(INTENT, { dhcp: { ranges: [], servers: [SERVER, ROGUE] } });
    offers(offers(lan, SERVER), ROGUE, mac('bb'));
    expectDhcp(lan, { servers: [SERVER] });
    expect(lan.active()).toEqual([]);
    expect(offers(lan, ROGUE, mac('bb')).active()).toMatchObject([{ kind: 'rogue-dhcp-server', ip: ROGUE }]);
  });

  it('expects the first one heard where none is listed any more', () => {
    const lan = new Lan(INTENT, { dhcp: { ranges: [], servers: [ROGUE] } });
    offers(offers(lan, SERVER), ROGUE, mac('bb'));
    expectDhcp(lan, { servers: null });
    expect(lan.watcher.dhcpServers().map(({ ip: address, expected }) => [address, expected])).toEqual([
      [SERVER, true],
      [ROGUE, false],
    ]);
    expect(lan.active()).toEqual([]);
  });

  it('judges the ranges of today by the pools', () => {
    const lan = expectDhcp(new Lan(), { ranges: [range('192.168.1.2-192.168.1.253')] });
    expect(lan.active()).toMatchObject([{ kind: 'dhcp-range-overlaps-pool' }]);
    expect(expectDhcp(lan, {}).active()).toEqual([]);
  });
});
