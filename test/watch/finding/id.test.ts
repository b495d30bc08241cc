// How findings are named: the same on every agent, and nothing in it that a URL would have to hide.
import { describe, expect, it } from 'vitest';
import type { OwnNetwork } from '../../../src/intent/index.ts';
import { parseIp } from '../../../src/net/address.ts';
import type { Identity } from '../../../src/watch/finding/entry.ts';
import { findingId } from '../../../src/watch/finding/id.ts';
import { INTENT, Lan, mac, PHONE, range, VIP } from '../lan.ts';

const on = (text: string, segment = 'eth0'): OwnNetwork => ({ ...range(text), segment });

function claimOn(segment: string | null, over: Partial<Identity> = {}): Identity {
  const place = segment === null ? null : { name: segment, interface: segment, vlan: null };
  return { kind: 'foreign-claim', ip: VIP, segment: place, culprit: { mac: PHONE }, ...over };
}

const id = (segment: string | null, networks: readonly OwnNetwork[], over: Partial<Identity> = {}) =>
  findingId(claimOn(segment, over), networks);

describe('the id of a finding', () => {
  it('names the kind, the network, the address and the culprit, whatever the interface is called', () => {
    const expected = 'foreign-claim_192.168.1.0-24_192.168.1.50_02:00:00:00:00:aa';
    expect(id('eth0', [on('192.168.1.0/24')])).toBe(expected);
    expect(id('enp3s0', [on('192.168.1.0/24', 'enp3s0')])).toBe(expected);
  });

  it.each([
    { network: '10.0.0.0/8', name: '10.0.0.0-8' },
    { network: '10.1.2.3/32', name: '10.1.2.3-32' },
    { network: 'fd00:0:0:1::/64', name: 'fd00:0:0:1::-64' },
    { network: '192.168.1.128/25', name: '192.168.1.128-25' },
  ])('names $network as $name', ({ network, name }) => {
    expect(id('eth0', [on(network)])).toBe(`foreign-claim_${name}_192.168.1.50_02:00:00:00:00:aa`);
  });

  it('names the interface where this agent has no address there, as in a capture or in a VLAN of others', () => {
    expect(id('eth0', [])).toBe('foreign-claim_eth0_192.168.1.50_02:00:00:00:00:aa');
    expect(id('eth0.10', [on('192.168.1.0/24')])).toBe(
      'foreign-claim_eth0.10_192.168.1.50_02:00:00:00:00:aa',
    );
    expect(id('eth0.10', [on('192.168.1.0/24'), on('10.10.0.0/16', 'eth0.10')])).toBe(
      'foreign-claim_10.10.0.0-16_192.168.1.50_02:00:00:00:00:aa',
    );
  });

  it('of several networks of the interface names the one that holds the address, else always the same one', () => {
    const networks = [on('fe80::/64'), on('fd00::/64'), on('192.168.1.0/24'), on('10.0.0.0/24')];
    for (const order of [networks, networks.toReversed()]) {
      expect(id('eth0', order)).toContain('_192.168.1.0-24_');
      expect(id('eth0', order, { ip: parseIp('fd00::50')! })).toContain('_fd00::-64_fd00::50_');
      expect(id('eth0', order, { ip: parseIp('172.16.0.1')! })).toContain('_10.0.0.0-24_');
    }
    expect(id('eth0', [on('fe80::/64')])).toContain('_eth0_');
  });

  it('is another one for two interfaces in one network', () => {
    const networks = [on('192.168.1.0/24', 'eth1'), on('192.168.1.0/24', 'eth0')];
    expect(id('eth0', networks)).toContain('_192.168.1.0-24_');
    expect(id('eth1', networks)).toContain('_eth1_');
  });

  it('has neither segment nor culprit where the finding has none', () => {
    expect(id(null, [on('192.168.1.0/24')], { kind: 'silent-vip', culprit: null })).toBe(
      'silent-vip_192.168.1.50',
    );
    expect(id('eth0', [], { kind: 'stray' as never, culprit: { node: 'w1' } })).toBe(
      'stray_eth0_192.168.1.50_w1',
    );
  });

  it.each(['a_b', 'a/b', 'ä', 'a b', '?', '#', '%2f', '~', 'wlan0@if2', '日', '..'])(
    'is made of unreserved characters for an interface called %s',
    (name) => {
      const made = id(name, []);
      expect(made).toMatch(/^[A-Za-z0-9._~:-]+$/);
      expect(new URL(`http://h/api/v1/findings/${made}`).pathname).toBe(`/api/v1/findings/${made}`);
      expect(made.split('_')).toHaveLength(4);
    },
  );

  it('tells apart interfaces that look alike once their names are written so', () => {
    const names = ['a_b', 'a~5fb', 'a-b', 'a.b', 'a~b', 'ab'];
    expect(new Set(names.map((name) => id(name, []))).size).toBe(names.length);
  });
});

describe('an agent', () => {
  it('names by the networks that it has an address in', () => {
    const lan = new Lan();
    lan.watcher.setOwnInterfaces({ addresses: [], macs: [mac('12')], networks: [on('192.168.1.0/24')] });
    lan.announce(PHONE, VIP);
    const [finding] = lan.active();
    expect(finding?.id).toBe('foreign-claim_192.168.1.0-24_192.168.1.50_02:00:00:00:00:aa');
    expect(lan.watcher.finding(finding!.id)).toBe(finding);
    expect(lan.watcher.finding('foreign-claim')).toBeUndefined();
  });

  it('keeps an id while the finding is open, and never gives it to another one', () => {
    const lan = new Lan();
    const own = (...networks: OwnNetwork[]) =>
      lan.watcher.setOwnInterfaces({ addresses: [], macs: [mac('12')], networks });
    own(on('192.168.1.0/24', 'eth1'));
    lan.announce(PHONE, VIP, { interface: 'eth1' });
    // Another card comes into the same network, and would be the one that the network is named for.
    own(on('192.168.1.0/24', 'eth1'), on('192.168.1.0/24', 'eth0'));
    lan.announce(PHONE, VIP).announce(PHONE, VIP, { interface: 'eth1' });
    expect(lan.active().map((one) => [one.segment?.name, one.id])).toEqual([
      ['eth1', 'foreign-claim_192.168.1.0-24_192.168.1.50_02:00:00:00:00:aa'],
      ['eth0', 'foreign-claim_eth0_192.168.1.50_02:00:00:00:00:aa'],
    ]);
    for (const finding of lan.active()) expect(lan.watcher.finding(finding.id)).toBe(finding);
  });

  it('gives it to another one once the first is forgotten', () => {
    const lan = new Lan(INTENT, { settings: { maxFindings: 1 } });
    const own = (segment: string) =>
      lan.watcher.setOwnInterfaces({
        addresses: [],
        macs: [mac('12')],
        networks: [on('192.168.1.0/24', segment)],
      });
    own('eth1');
    lan.announce(PHONE, VIP, { interface: 'eth1' }).wait(70_000);
    lan.announce(mac('bb'), VIP, { interface: 'eth1' }).wait(70_000);
    own('eth0');
    lan.announce(PHONE, VIP);
    expect(lan.active().map((one) => one.id)).toEqual([
      'foreign-claim_192.168.1.0-24_192.168.1.50_02:00:00:00:00:aa',
    ]);
  });

  it('keeps it over a restart, before it knows its interfaces', () => {
    const lan = new Lan();
    lan.watcher.setOwnInterfaces({ addresses: [], macs: [mac('12')], networks: [on('192.168.1.0/24')] });
    lan.announce(PHONE, VIP);
    const restarted = new Lan(null);
    const saved = { leases: [], claims: [], takeovers: [], dhcpServers: [] };
    restarted.watcher.restore({ ...saved, findings: lan.watcher.findings() }, restarted.now);
    const before = lan.active()[0]!.id;
    expect(restarted.active()).toMatchObject([{ id: before }]);
    expect(restarted.watcher.finding(before)?.id).toBe(before);
    restarted.intend({ pools: [], vips: [], nodes: [] });
    expect(restarted.story()).toEqual(['resolved foreign-claim 192.168.1.50']);
  });
});
