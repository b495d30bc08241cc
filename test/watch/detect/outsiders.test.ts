// Machines outside the cluster on VIPs, and nodes that must not be taken for one, each with the look-alike that must stay silent.
import { describe, expect, it } from 'vitest';
import type { Intent } from '../../../src/intent/intent.ts';
import { CP, INTENT, ip, Lan, mac, PHONE, ROUTER, range, VIP, W1, W2 } from '../lan.ts';

describe('foreign-claim', () => {
  it('is raised at once for a foreign announcement, request from the VIP, or answer beside a node', () => {
    for (const act of [
      (lan: Lan) => lan.announce(PHONE, VIP),
      (lan: Lan) => lan.reply(W1, VIP).reply(PHONE, VIP),
      (lan: Lan) => lan.reply(PHONE, VIP).reply(W1, VIP).wait(100).reply(PHONE, VIP),
      (lan: Lan) => lan.request(PHONE, VIP, ip('192.168.1.1')),
    ]) {
      const lan = act(new Lan());
      expect(lan.raised()).toMatchObject([
        {
          kind: 'foreign-claim',
          severity: 'critical',
          ip: VIP,
          macs: [PHONE],
          vip: { service: 'traefik/traefik', pool: 'main-pool' },
        },
      ]);
    }
  });

  it('is raised for one that alone answers once the nodes had 2 s to answer for their own addresses', () => {
    const lan = new Lan().reply(PHONE, VIP).wait(1999);
    expect(lan.story()).toEqual([]);
    expect(lan.dismissed('awaiting-own-address')).toBe(1);
    expect(lan.watcher.nodesToAsk(lan.now)).toEqual(['192.168.1.10', '192.168.1.11', '192.168.1.12']);
    expect(lan.wait(1).raised()).toMatchObject([{ kind: 'foreign-claim', confirmed: true, macs: [PHONE] }]);
    expect(lan.watcher.nodesToAsk(lan.wait(1).now)).toEqual([]);
  });

  it('is one finding for each culprit, refreshed and not raised again, resolved after a minute of quiet', () => {
    const lan = new Lan();
    for (let i = 0; i < 20; i += 1) lan.announce(PHONE, VIP).wait(1000);
    lan.announce(mac('bb'), VIP).wait(59_000);
    expect(lan.story()).toEqual([
      'raised foreign-claim 192.168.1.50',
      'changed foreign-claim 192.168.1.50',
      'raised foreign-claim 192.168.1.50',
      'resolved foreign-claim 192.168.1.50',
    ]);
    expect(lan.watcher.findings()[0]).toMatchObject({ occurrences: 20, state: 'resolved' });
    expect(lan.watcher.findings()[0]?.evidence).toHaveLength(10);
    lan.wait(2000);
    expect(lan.active()).toEqual([]);
  });

  it('carries the frame as evidence', () => {
    const [finding] = new Lan().reply(PHONE, VIP, W2).wait(2000).raised();
    expect(finding?.evidence).toEqual([
      {
        at: expect.any(Number),
        interface: 'eth0',
        summary: `ARP reply to ${W2}: 192.168.1.50 is at ${PHONE}`,
      },
    ]);
  });

  it.each([
    ['00:00:0c:07:ac:05', 'HSRP group 5'],
    ['00:00:0c:9f:f1:05', 'HSRP version 2 group 261'],
    ['00:05:73:a0:00:07', 'HSRP version 2 group 7 (IPv6)'],
    ['00:07:b4:00:0a:02', 'GLBP group 10, forwarder 2'],
    ['03:bf:c0:a8:01:32', 'Microsoft NLB'],
  ])('names the virtual MAC %s as such', (virtual, name) => {
    const lan = new Lan().announce(virtual as typeof PHONE, VIP);
    expect(lan.raised()[0]?.message).toContain(name);
  });

  it('is not raised for a VRRP virtual MAC that holds the VIP alone, but for one beside a node', () => {
    const vrrp = '00:00:5e:00:01:07' as typeof PHONE;
    const alone = new Lan().announce(vrrp, VIP);
    for (let i = 0; i < 20; i += 1) alone.reply(vrrp, VIP).wait(1000);
    expect(alone.story()).toEqual([]);
    expect(alone.dismissed('vrrp-of-nodes')).toBe(21);
    expect(alone.watcher.vips(alone.now)).toMatchObject([{ up: true }]);
    const beside = new Lan().reply(W1, VIP).reply(vrrp, VIP).wait(3000);
    expect(beside.raised()[0]?.message).toContain('VRRP virtual router 7');
  });

  it('is not raised for the announcing node, its bursts, or another node', () => {
    const lan = new Lan();
    for (let i = 0; i < 5; i += 1) lan.gratuitous(W1, VIP).wait(1100);
    lan.reply(W1, VIP, PHONE).wait(20_000).gratuitous(W1, VIP).wait(60_000).gratuitous(W2, VIP).wait(60_000);
    expect(lan.story()).toEqual([]);
  });

  it('is not raised for a client that checks or asks for the address', () => {
    const lan = new Lan();
    lan.acdProbe(PHONE, VIP).request(PHONE, ip('192.168.1.77'), VIP).wait(60_000);
    expect(lan.story()).toEqual([]);
    expect(lan.dismissed('acd-probe')).toBe(1);
  });

  it('waits for the MACs of all nodes, then judges what it saw', () => {
    const nodes = INTENT.nodes.map((node) => ({ ...node, macs: [] }));
    const lan = new Lan({ ...INTENT, nodes });
    lan.gratuitous(W1, VIP).announce(PHONE, VIP);
    expect(lan.dismissed('awaiting-node-macs')).toBeGreaterThan(0);
    lan.request(CP, ip('192.168.1.10'), ip('192.168.1.1')).request(W1, ip('192.168.1.11'), ip('192.168.1.1'));
    expect(lan.story()).toEqual([]);
    lan.request(W2, ip('192.168.1.12'), ip('192.168.1.1'));
    expect(lan.story()).toEqual(['raised foreign-claim 192.168.1.50']);
    expect(lan.raised()[0]?.macs).toEqual([PHONE]);
  });

  describe('where a node is never heard', () => {
    const unheard = () => new Lan({ ...INTENT, nodes: INTENT.nodes.map((node) => ({ ...node, macs: [] })) });

    it('is not raised for the one machine that answers: it may be that node', () => {
      const lan = unheard();
      for (let i = 0; i < 60; i += 1) lan.reply(W1, VIP).wait(1000);
      expect(lan.story()).toEqual([]);
      expect(lan.dismissed('maybe-unknown-node')).toBeGreaterThan(0);
      expect(lan.watcher.unlearnedNodeAddresses()).toHaveLength(3);
    });

    it('is raised for the one machine that answers where each node has been asked for its own address', () => {
      const lan = unheard();
      lan.watcher.setOwnInterfaces({
        addresses: [],
        macs: [],
        networks: [{ ...range('192.168.1.0/24'), segment: 'eth0' }],
      });
      for (let i = 0; i < 29; i += 1) lan.reply(PHONE, VIP).wait(1000);
      expect(lan.story()).toEqual([]);
      for (let i = 0; i < 5; i += 1) lan.reply(PHONE, VIP).wait(1000);
      expect(lan.raised()).toMatchObject([{ kind: 'foreign-claim', macs: [PHONE] }]);
      expect(lan.raised()[0]?.message).toContain(
        'That machine may still be cp, w1 or w2, whose MAC is not known for certain.',
      );
    });

    it('is raised for a free address of the pool as well, or for a router with proxy ARP as one', () => {
      const lan = unheard();
      lan.watcher.setOwnInterfaces({
        addresses: [],
        macs: [],
        networks: [{ ...range('192.168.1.0/24'), segment: 'eth0' }],
      });
      for (let i = 0; i < 40; i += 1) {
        lan.announce(PHONE, ip('192.168.1.55'));
        for (const last of [51, 52, 53, 54]) lan.reply(ROUTER, ip(`192.168.1.${last}`));
        lan.wait(1000);
      }
      expect(lan.raised().map(({ kind, macs }) => [kind, macs])).toEqual([
        ['pool-address-taken', [PHONE]],
        ['proxy-arp', [ROUTER]],
      ]);
    });

    it('is not raised while a node is elsewhere: it may announce here by an interface that nobody knows', () => {
      const nodes = [...INTENT.nodes, { name: 'far', addresses: [ip('10.9.9.9')], macs: [] }];
      const lan = new Lan({ ...INTENT, nodes });
      lan.watcher.setOwnInterfaces({
        addresses: [],
        macs: [],
        networks: [{ ...range('192.168.1.0/24'), segment: 'eth0' }],
      });
      for (let i = 0; i < 60; i += 1) lan.reply(PHONE, VIP).wait(1000);
      expect(lan.story()).toEqual([]);
      expect(lan.dismissed('maybe-unknown-node')).toBeGreaterThan(0);
    });

    it('is not raised for a node that is switched on late: it speaks before it announces', () => {
      const lan = unheard();
      lan.watcher.setOwnInterfaces({
        addresses: [],
        macs: [],
        networks: [{ ...range('192.168.1.0/24'), segment: 'eth0' }],
      });
      lan.wait(120_000).request(W1, ip('192.168.1.11'), ip('192.168.1.1')).gratuitous(W1, VIP);
      for (let i = 0; i < 60; i += 1) lan.reply(W1, VIP).wait(1000);
      expect(lan.story()).toEqual([]);
    });

    it('is raised beside a known node that goes on answering: a conflict either way', () => {
      const nodes = INTENT.nodes.map((node) => (node.name === 'w2' ? { ...node, macs: [] } : node));
      const lan = new Lan({ ...INTENT, nodes });
      for (let i = 0; i < 40; i += 1) lan.reply(W1, VIP).reply(PHONE, VIP).wait(1000);
      expect(lan.raised()).toMatchObject([{ kind: 'foreign-claim', macs: [PHONE] }]);
    });

    it('is raised after the grace for the second one', () => {
      const lan = unheard().reply(W1, VIP).wait(1000).reply(PHONE, VIP).wait(30_000);
      expect(lan.raised()).toMatchObject([{ kind: 'foreign-claim', macs: [PHONE] }]);
    });

    it('is raised at once for a client that DHCP leased the VIP to', () => {
      const lan = unheard().dhcp({
        type: 'request',
        client: PHONE,
        requested: VIP,
        server: ip('192.168.1.1'),
      });
      lan.announce(PHONE, VIP).reply(W1, VIP).wait(50_000);
      expect(lan.story()).toEqual(['raised lease-on-vip 192.168.1.50', 'raised foreign-claim 192.168.1.50']);
    });
  });

  it('is never raised where no nodes are known', () => {
    const lan = new Lan({ ...INTENT, nodes: [] }).announce(W1, VIP).wait(120_000);
    expect(lan.story()).toEqual([]);
    expect(lan.dismissed('nodes-unknown')).toBe(1);
  });

  it('keeps its number small under a flood of made-up MACs', () => {
    const lan = new Lan();
    for (let i = 0; i < 200; i += 1) lan.announce(mac((i + 32).toString(16).slice(-2)), VIP);
    expect(lan.raised().length).toBe(16);
    expect(lan.dismissed('too-many-culprits')).toBeGreaterThan(100);
  });

  it('ends when the address is no VIP any more', () => {
    const lan = new Lan().announce(PHONE, VIP).intend({ ...INTENT, vips: [] });
    expect(lan.story()).toEqual(['raised foreign-claim 192.168.1.50', 'resolved foreign-claim 192.168.1.50']);
  });

  it('holds down what comes and goes, and raises it again once the hold-down is over', () => {
    const lan = new Lan()
      .announce(PHONE, VIP)
      .intend({ ...INTENT, vips: [] })
      .intend(INTENT)
      .wait(1000)
      .announce(PHONE, VIP);
    expect(lan.story()).toEqual(['raised foreign-claim 192.168.1.50', 'resolved foreign-claim 192.168.1.50']);
    expect(lan.dismissed('held-down')).toBe(1);
    lan.wait(60_000);
    expect(lan.story().slice(2)).toEqual(['raised foreign-claim 192.168.1.50']);
  });

  it('is not raised after its hold-down for what is no VIP any more', () => {
    const lan = new Lan()
      .announce(PHONE, VIP)
      .intend({ ...INTENT, vips: [] })
      .intend(INTENT)
      .wait(1000);
    lan
      .announce(PHONE, VIP)
      .intend({ ...INTENT, vips: [] })
      .wait(120_000);
    expect(lan.active()).toEqual([]);
  });

  it('tells the VLAN it happened on', () => {
    const lan = new Lan().announce(PHONE, VIP, { vlans: [10] });
    expect(lan.raised()[0]?.segment).toEqual({ interface: 'eth0', vlan: 10, name: 'eth0.10' });
  });
});

describe('nodes with several network cards', () => {
  const CARD_2 = mac('21');
  const twoCards: Intent = {
    ...INTENT,
    nodes: [{ name: 'w1', addresses: [ip('192.168.1.11'), ip('10.0.0.11')], macs: [] }],
  };

  it('are waited for on each of their addresses', () => {
    const lan = new Lan(twoCards).request(W1, ip('192.168.1.11'), ip('192.168.1.1'));
    expect(lan.watcher.unlearnedNodeAddresses()).toEqual(['10.0.0.11']);
    lan.gratuitous(CARD_2, VIP, { interface: 'eth1' }).wait(1000);
    lan.request(CARD_2, ip('10.0.0.11'), ip('10.0.0.1'), { interface: 'eth1' });
    expect(lan.wait(60_000).gratuitous(CARD_2, VIP, { interface: 'eth1' }).story()).toEqual([]);
    expect(lan.watcher.unlearnedNodeAddresses()).toEqual([]);
  });

  it('are known by all their cards where the watcher runs on the node itself', () => {
    const lan = new Lan(twoCards);
    lan.watcher.setOwnInterfaces({ addresses: [ip('192.168.1.11')], macs: [W1, CARD_2], networks: [] });
    lan.gratuitous(CARD_2, VIP, { interface: 'eth1' }).announce(CARD_2, ip('192.168.1.11')).wait(60_000);
    expect(lan.story()).toEqual([]);
    expect(lan.announce(PHONE, VIP).raised()).toMatchObject([{ kind: 'foreign-claim', macs: [PHONE] }]);
  });
});

describe('a node whose agent is being replaced', () => {
  it('is known by what it published before, on all its interfaces', () => {
    const interfaces = [
      { name: 'eth0', mac: W1, addresses: [{ ip: ip('192.168.1.11'), prefixLength: 24 }], segment: 'eth0' },
      { name: 'eth1', mac: mac('21'), addresses: [], segment: null },
    ];
    const published = { name: 'w1', addresses: [ip('192.168.1.11')], macs: [W1, mac('21')], interfaces };
    const silent = { ...published, macs: [], interfaces: [] };
    const others = INTENT.nodes.filter(({ name }) => name !== 'w1');
    const lan = new Lan({ ...INTENT, nodes: [published, ...others] });
    for (const node of [silent, { ...silent }]) {
      lan.wait(60_000).intend({ ...INTENT, nodes: [node, ...others] });
      expect(lan.watcher.unlearnedNodeAddresses()).toEqual([]);
      lan.announce(mac('21'), VIP).announce(W1, VIP);
    }
    expect(lan.wait(60_000).story()).toEqual([]);
    expect(lan.announce(PHONE, VIP).raised()).toMatchObject([{ kind: 'foreign-claim' }]);
  });
});
