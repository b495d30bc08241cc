// What a restart must not lose, and must not tell twice.
import { describe, expect, it } from 'vitest';
import type { Watcher } from '../../src/watch/watcher.ts';
import { INTENT, ip, Lan, mac, PHONE, savedStateOf, VIP, W1, W2 } from './lan.ts';

const SERVER = ip('192.168.1.1');

/** The same LAN after a restart. */
function restarted(before: Lan, away = 1000, intent = INTENT): Lan {
  const after = new Lan(null);
  after.watcher.restore(savedStateOf(before.watcher), before.now);
  return after.wait((before.now - after.now) / 1000 + away).intend(intent);
}

describe('Watcher restored', () => {
  it('keeps leases, claims, findings, takeovers and servers', () => {
    const lan = new Lan();
    lan
      .dhcp({ type: 'request', client: PHONE, requested: VIP, server: SERVER, hostname: 'luca-phone' })
      .announce(PHONE, VIP);
    for (let i = 0; i < 5; i += 1) lan.reply(W1, VIP).wait(1000);
    for (let i = 0; i < 10; i += 1) lan.reply(W2, VIP).announce(PHONE, VIP).wait(1000);
    const { watcher } = restarted(lan);
    const rows = (from: Watcher) => ({
      leases: from.leases(),
      claims: from.claims(),
      findings: from.findings(),
      takeovers: from.takeovers(),
      dhcpServers: from.dhcpServers(),
    });
    expect(rows(watcher)).toEqual(rows(lan.watcher));
    expect(rows(watcher).takeovers).toHaveLength(1);
  });

  it('does not raise again what was active, and resolves it in its time', () => {
    const lan = new Lan()
      .dhcp({ type: 'request', client: PHONE, requested: VIP, server: SERVER })
      .announce(PHONE, VIP);
    const after = restarted(lan).announce(PHONE, VIP);
    expect(after.story()).toEqual([]);
    expect(after.active().map((finding) => finding.kind)).toEqual(['lease-on-vip', 'foreign-claim']);
    after.dhcp({ type: 'release', client: PHONE, clientIp: VIP }).wait(61_000);
    expect(after.story()).toEqual([
      'resolved lease-on-vip 192.168.1.50',
      'resolved foreign-claim 192.168.1.50',
    ]);
  });

  it('resolves at once what ended with the configuration in between', () => {
    const lan = new Lan().announce(PHONE, VIP);
    const after = restarted(lan).intend({ ...INTENT, vips: [] });
    expect(after.active()).toEqual([]);
  });

  it('times a takeover and knows a failback that happen after it', () => {
    const lan = new Lan();
    const answers = (on: Lan, owner: typeof W1, times: number) => {
      for (let i = 0; i < times; i += 1) on.reply(owner, VIP).wait(1000);
    };
    answers(lan, W1, 5);
    answers(lan, W2, 10);
    const after = restarted(lan);
    answers(after, W1, 10);
    expect(
      after.watcher.takeovers().map(({ class: kind, from, to }) => `${kind} ${from.node}>${to.node}`),
    ).toEqual(['failover w1>w2', 'failback w2>w1']);
  });

  it('knows the first DHCP server still, so that a second one stays the rogue', () => {
    const lan = new Lan().dhcp({ type: 'offer', client: PHONE, yourIp: ip('192.168.1.100'), server: SERVER });
    const after = restarted(lan).dhcp({
      type: 'offer',
      client: PHONE,
      yourIp: ip('192.168.1.100'),
      server: ip('192.168.1.66'),
    });
    expect(after.raised()).toMatchObject([{ kind: 'rogue-dhcp-server' }]);
    expect(after.raised()[0]?.message).toContain('A second DHCP server, 192.168.1.66, answers');
  });

  it("knows a repeater's client still, whose claims carry the repeater's MAC", () => {
    const repeater = mac('77');
    const address = ip('192.168.1.100');
    const lan = new Lan()
      .dhcp({ type: 'ack', client: PHONE, yourIp: address, server: SERVER })
      .dhcp({ type: 'request', client: PHONE, clientIp: address, from: repeater });
    const after = restarted(lan);
    for (let i = 0; i < 5; i += 1) after.announce(repeater, address).wait(2000);
    expect(after.story()).toEqual([]);
    expect(after.dismissed('lessee-behind-repeater')).toBe(5);
    expect(after.watcher.leases()).toMatchObject([{ mac: PHONE, transmitter: repeater }]);
    const own = new Lan().dhcp({ type: 'request', client: PHONE, clientIp: address });
    expect(own.watcher.leases()[0]).not.toHaveProperty('transmitter');
  });

  it('keeps the offers from one pool one finding', () => {
    const offers = (lan: Lan, last: number) =>
      lan.dhcp({ type: 'offer', client: PHONE, yourIp: ip(`192.168.1.${last}`), server: SERVER });
    const after = offers(restarted(offers(new Lan(), 52)), 57);
    expect(after.story()).toEqual([]);
    expect(after.active()).toMatchObject([{ ip: '192.168.1.50', occurrences: 2 }]);
  });

  it('judges no lease that ended in between', () => {
    const address = ip('192.168.1.100');
    const lan = new Lan().dhcp({
      type: 'ack',
      client: PHONE,
      yourIp: address,
      server: SERVER,
      seconds: 3600,
    });
    const saved = { leases: lan.watcher.leases(), claims: [], findings: [], takeovers: [], dhcpServers: [] };
    const intent = { ...INTENT, vips: [{ address, service: 'x/y' }] };
    const { watcher } = new Lan(null);
    watcher.restore(saved, lan.now + 3_700_000_000);
    expect(watcher.setIntent(intent, lan.now + 3_700_000_000)).toEqual([]);
    expect(watcher.leases()).toEqual([]);
    expect(restarted(lan, 60_000, intent).active()).toMatchObject([{ kind: 'lease-on-vip' }]);
  });

  it('takes a lease that is declined once more for the trouble that was told before', () => {
    const given = (lan: Lan) =>
      lan
        .dhcp({ type: 'discover', client: PHONE })
        .dhcp({ type: 'request', client: PHONE, requested: VIP, server: SERVER });
    const declined = (lan: Lan) =>
      lan.dhcp({ type: 'decline', client: PHONE, requested: VIP, server: SERVER });
    const after = restarted(given(new Lan()).wait(1000));
    declined(after.wait(2000));
    expect(after.active().map(({ kind }) => kind)).toContain('lease-on-vip');
    given(after.wait(12_000));
    expect(after.story().filter((line) => line.includes('lease-on-vip'))).toEqual([]);
    expect(declined(after).wait(31_000).story()).toContain('resolved lease-on-vip 192.168.1.50');
  });

  it('gives an address that two clients contended for to the later one', () => {
    const lan = new Lan()
      .dhcp({ type: 'ack', client: PHONE, yourIp: VIP, server: SERVER })
      .wait(10)
      .dhcp({ type: 'request', client: W1, requested: VIP, server: SERVER });
    expect(lan.watcher.leases()).toHaveLength(2);
    const after = restarted(lan);
    expect(after.watcher.leases()).toMatchObject([{ ip: VIP, mac: W1 }]);
    expect(after.active()).toMatchObject([{ kind: 'lease-on-vip', macs: [W1] }]);
  });
});
