// Every finding that ARP alone decides, each with the look-alike that must stay silent.
import { describe, expect, it } from 'vitest';
import type { Intent } from '../../../src/intent/intent.ts';
import { CP, INTENT, ip, Lan, mac, PHONE, ROUTER, range, VIP, W1, W2 } from '../lan.ts';

const FREE = ip('192.168.1.55');

describe('foreign-claim', () => {
  it('is raised at once for a foreign announcement, answer or request from the VIP', () => {
    for (const act of [
      (lan: Lan) => lan.announce(PHONE, VIP),
      (lan: Lan) => lan.reply(PHONE, VIP),
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

  it('is one finding for each culprit, refreshed and not raised again, resolved after a minute of quiet', () => {
    const lan = new Lan();
    for (let i = 0; i < 20; i += 1) lan.announce(PHONE, VIP).wait(1000);
    lan.announce(mac('bb'), VIP).wait(59_000);
    expect(lan.story()).toEqual([
      'raised foreign-claim 192.168.1.50',
      'raised foreign-claim 192.168.1.50',
      'resolved foreign-claim 192.168.1.50',
    ]);
    expect(lan.watcher.findings()[0]).toMatchObject({ occurrences: 20, state: 'resolved' });
    expect(lan.watcher.findings()[0]?.evidence).toHaveLength(10);
    lan.wait(2000);
    expect(lan.active()).toEqual([]);
  });

  it('carries the frame as evidence', () => {
    const [finding] = new Lan().reply(PHONE, VIP, W2).raised();
    expect(finding?.evidence).toEqual([
      {
        at: expect.any(Number),
        interface: 'eth0',
        summary: `ARP reply to ${W2}: 192.168.1.50 is at ${PHONE}`,
      },
    ]);
  });

  it('names a VRRP or HSRP virtual MAC as such', () => {
    const lan = new Lan();
    lan.announce('00:00:5e:00:01:07' as typeof PHONE, VIP);
    expect(lan.raised()[0]?.message).toContain('VRRP virtual router 7');
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
      lan.watcher.setOwnInterfaces({ addresses: [], macs: [], networks: [range('192.168.1.0/24')] });
      for (let i = 0; i < 29; i += 1) lan.reply(PHONE, VIP).wait(1000);
      expect(lan.story()).toEqual([]);
      for (let i = 0; i < 5; i += 1) lan.reply(PHONE, VIP).wait(1000);
      expect(lan.raised()).toMatchObject([{ kind: 'foreign-claim', macs: [PHONE] }]);
      expect(lan.raised()[0]?.message).toContain(
        'Unless it is cp, w1 or w2, whose own address nobody answers for.',
      );
    });

    it('is raised for a free address of the pool as well, or for a router with proxy ARP as one', () => {
      const lan = unheard();
      lan.watcher.setOwnInterfaces({ addresses: [], macs: [], networks: [range('192.168.1.0/24')] });
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
      lan.watcher.setOwnInterfaces({ addresses: [], macs: [], networks: [range('192.168.1.0/24')] });
      for (let i = 0; i < 60; i += 1) lan.reply(PHONE, VIP).wait(1000);
      expect(lan.story()).toEqual([]);
      expect(lan.dismissed('maybe-unknown-node')).toBeGreaterThan(0);
    });

    it('is not raised for a node that is switched on late: it speaks before it announces', () => {
      const lan = unheard();
      lan.watcher.setOwnInterfaces({ addresses: [], macs: [], networks: [range('192.168.1.0/24')] });
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

describe('a flood of warnings', () => {
  it('leaves room for what is critical', () => {
    const pools = [{ name: 'wide', ranges: [range('10.0.0.0/16')] }];
    const lan = new Lan({ ...INTENT, pools }, { settings: { maxFindings: 300 } });
    for (let i = 0; i < 2500; i += 1) lan.announce(PHONE, ip(`10.0.${i >> 8}.${i & 255}`));
    expect(lan.active()).toHaveLength(300);
    lan.announce(PHONE, VIP);
    expect(lan.active().filter(({ severity }) => severity === 'critical')).toMatchObject([
      { kind: 'foreign-claim', ip: VIP },
    ]);
    expect(lan.active()).toHaveLength(300);
  });

  it('of one kind is cut short', () => {
    const lan = new Lan({ ...INTENT, pools: [{ name: 'wide', ranges: [range('10.0.0.0/16')] }] });
    for (let i = 0; i < 600; i += 1) lan.announce(PHONE, ip(`10.0.${i >> 8}.${i & 255}`));
    expect(lan.active()).toHaveLength(500);
    expect(lan.dismissed('too-many-of-kind')).toBe(100);
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

describe('a VIP that this node announces', () => {
  const isUp = (lan: Lan) => lan.watcher.vips(lan.now)[0]?.up;

  it('is up while this node answers, though nobody else is seen to', () => {
    const lan = new Lan().gratuitous(W1, VIP, { outgoing: true }).wait(3_600_000);
    expect(isUp(lan)).toBe(true);
    for (let i = 0; i < 10; i += 1) {
      lan
        .request(PHONE, ip('192.168.1.77'), VIP)
        .reply(W1, VIP, PHONE, ip('192.168.1.77'), { outgoing: true })
        .wait(1000);
    }
    expect(isUp(lan)).toBe(true);
  });

  it("is down once this node's own questions stay unanswered too: another may have taken it over", () => {
    const lan = new Lan().gratuitous(W1, VIP, { outgoing: true }).wait(60_000);
    for (let i = 0; i < 6; i += 1) lan.request(PHONE, ip('192.168.1.77'), VIP).wait(1000);
    expect(isUp(lan)).toBe(null);
    expect(isUp(lan.ask(VIP, 3))).toBe(false);
  });

  it('is up by anyone who answers where no nodes are known', () => {
    const lan = new Lan({ ...INTENT, nodes: [] }).reply(W1, VIP);
    expect(lan.watcher.vips(lan.now)).toMatchObject([{ up: true, announcers: [{ mac: W1, node: null }] }]);
    expect(isUp(lan.wait(10_000))).toBe(null);
    expect(isUp(lan.ask(VIP, 3))).toBe(false);
  });
});

describe('segments', () => {
  it('of other interfaces survive a flood of made-up tags', () => {
    const lan = new Lan();
    for (let vlan = 1; vlan < 400; vlan += 1) lan.announce(PHONE, ip('10.9.9.9'), { vlans: [vlan] });
    expect(lan.announce(PHONE, VIP, { interface: 'eth1' }).raised()).toMatchObject([
      { kind: 'foreign-claim' },
    ]);
  });

  it('are the same for a tag in the frame, a tag the kernel took off, and the VLAN interface', () => {
    const lan = new Lan();
    lan.announce(PHONE, VIP, { vlans: [10] });
    lan.announce(PHONE, VIP, { strippedVlan: 10 });
    lan.announce(PHONE, VIP, { linkVlan: 10 });
    expect(lan.raised().map((finding) => finding.segment?.name)).toEqual(['eth0.10']);
  });

  it('take a priority tag for no VLAN', () => {
    const lan = new Lan().announce(PHONE, VIP, { vlans: [0] }).announce(PHONE, VIP);
    expect(lan.raised().map((finding) => finding.segment?.name)).toEqual(['eth0']);
  });
});

describe('split-brain', () => {
  it('is raised when two nodes keep answering beyond the grace, and resolved after they stop', () => {
    const lan = new Lan();
    for (let i = 0; i < 8; i += 1) lan.reply(W1, VIP).wait(1).reply(W2, VIP).wait(999);
    expect(lan.raised()).toMatchObject([{ kind: 'split-brain', severity: 'critical', macs: [W1, W2] }]);
    expect(lan.raised()[0]?.message).toContain('w1 and w2');
    for (let i = 0; i < 40; i += 1) lan.reply(W2, VIP).wait(1000);
    expect(lan.story()).toEqual(['raised split-brain 192.168.1.50', 'resolved split-brain 192.168.1.50']);
  });

  it('is not a graceful handover that shows both owners for a moment', () => {
    const lan = new Lan();
    for (let i = 0; i < 10; i += 1) lan.reply(W1, VIP).wait(1000);
    lan.gratuitous(W2, VIP).wait(300).reply(W1, VIP).wait(700).gratuitous(W2, VIP);
    for (let i = 0; i < 60; i += 1) lan.reply(W2, VIP).wait(1000);
    expect(lan.story()).toEqual([]);
    expect(lan.watcher.takeovers()).toMatchObject([{ class: 'handover', gapMs: 0, overlapMs: 300 }]);
  });

  it('is not one node answering with two network cards', () => {
    const second = mac('21');
    const nodes = INTENT.nodes.map((node) => (node.name === 'w1' ? { ...node, macs: [W1, second] } : node));
    const lan = new Lan({ ...INTENT, nodes });
    for (let i = 0; i < 20; i += 1) lan.reply(W1, VIP).reply(second, VIP).wait(1000);
    expect(lan.story()).toEqual([]);
    expect(lan.watcher.takeovers()).toEqual([]);
  });
});

describe('a takeover long after a question that two nodes answered', () => {
  it('is timed from its own beginning', () => {
    const lan = new Lan().reply(W1, VIP).wait(1000).reply(W1, VIP).wait(2).reply(W2, VIP);
    for (let i = 0; i < 40; i += 1) lan.wait(90_000).reply(W1, VIP);
    lan.wait(30_000);
    for (let i = 0; i < 3; i += 1) lan.reply(W2, VIP).wait(30_000);
    expect(lan.dismissed('did-not-hold')).toBe(1);
    expect(lan.watcher.takeovers()).toMatchObject([{ class: 'failover', gapMs: 30_000, overlapMs: 0 }]);
  });
});

describe('vip-flapping', () => {
  const swing = (lan: Lan, times: number) => {
    for (let i = 0; i < times; i += 1) {
      const owner = i % 2 === 0 ? W1 : W2;
      for (let answers = 0; answers < 20; answers += 1) lan.reply(owner, VIP).wait(1000);
    }
    return lan.wait(6000);
  };

  it('is raised at the fourth takeover within ten minutes', () => {
    const lan = swing(new Lan(), 5);
    expect(lan.watcher.takeovers()).toHaveLength(4);
    expect(lan.raised()).toMatchObject([{ kind: 'vip-flapping', severity: 'warning', macs: [W1, W2] }]);
    expect(lan.raised()[0]?.message).toContain('within 10 minutes, between w1 and w2.');
  });

  it('is not a failover, its failback and one more', () => {
    const lan = swing(new Lan(), 4);
    expect(lan.watcher.takeovers()).toHaveLength(3);
    expect(lan.story()).toEqual([]);
  });
});

describe('pool-address-taken', () => {
  it('is raised for a foreign machine that announces a free pool address', () => {
    const lan = new Lan().announce(PHONE, FREE);
    expect(lan.raised()).toMatchObject([
      {
        kind: 'pool-address-taken',
        severity: 'warning',
        ip: FREE,
        vip: { service: null, pool: 'main-pool' },
      },
    ]);
  });

  it('is raised for one that only answers, once it is clear that it is no proxy', () => {
    const lan = new Lan().reply(PHONE, FREE);
    expect(lan.story()).toEqual([]);
    expect(lan.wait(2000).story()).toEqual(['raised pool-address-taken 192.168.1.55']);
  });

  it('is not raised for a node, a DHCP server that checks, or a client that probes', () => {
    const lan = new Lan();
    lan.gratuitous(W1, FREE).request(ROUTER, ip('192.168.1.1'), FREE).acdProbe(PHONE, FREE).wait(60_000);
    expect(lan.story()).toEqual([]);
    expect(lan.dismissed('cluster-node')).toBeGreaterThan(0);
  });

  it('gives way to foreign-claim when a Service takes the address', () => {
    const lan = new Lan().announce(PHONE, FREE);
    lan
      .intend({ ...INTENT, vips: [...INTENT.vips, { address: FREE, service: 'default/web' }] })
      .wait(1000)
      .announce(PHONE, FREE);
    expect(lan.story()).toEqual([
      'raised pool-address-taken 192.168.1.55',
      'resolved pool-address-taken 192.168.1.55',
      'raised foreign-claim 192.168.1.55',
    ]);
  });
});

describe('proxy-arp', () => {
  const scan = (lan: Lan, pauseMs: number) => {
    for (const last of [51, 52, 53, 54, 55]) lan.reply(ROUTER, ip(`192.168.1.${last}`)).wait(pauseMs);
    return lan.wait(10_000);
  };

  it('is raised alone for one MAC that answers for many pool addresses', () => {
    const lan = scan(new Lan(), 100);
    expect(lan.raised()).toMatchObject([{ kind: 'proxy-arp', severity: 'warning', macs: [ROUTER] }]);
  });

  it('is the same whichever addresses an agent sees answered', () => {
    const seen = [
      [51, 52, 53, 54],
      [59, 58, 57, 56],
    ];
    const byAgent = seen.map((lasts) => {
      const lan = new Lan();
      for (const last of lasts) lan.reply(ROUTER, ip(`192.168.1.${last}`)).wait(100);
      return lan.raised().map(({ kind, ip: named, vip }) => ({ kind, named, vip }));
    });
    expect(byAgent[0]).toEqual([
      { kind: 'proxy-arp', named: ip('192.168.1.50'), vip: { service: null, pool: 'main-pool' } },
    ]);
    expect(byAgent[1]).toEqual(byAgent[0]);
  });

  it('takes back what it took for squatters when the answers come slowly', () => {
    const lan = scan(new Lan(), 5000);
    expect(lan.active().map((finding) => finding.kind)).toEqual(['proxy-arp']);
  });

  it('is over once mended: the same machine may later be a squatter', () => {
    const lan = scan(new Lan(), 100).wait(2 * 24 * 3_600_000);
    expect(lan.active()).toEqual([]);
    lan.announce(ROUTER, FREE).wait(1000).reply(ROUTER, ip('192.168.1.57')).wait(5000);
    expect(lan.active().map((finding) => finding.kind)).toEqual(['pool-address-taken', 'pool-address-taken']);
  });

  it('is not raised for a machine on two pool addresses, nor for other addresses', () => {
    const lan = new Lan().announce(PHONE, ip('192.168.1.51')).announce(PHONE, ip('192.168.1.52'));
    for (const last of [100, 101, 102, 103]) lan.reply(ROUTER, ip(`192.168.1.${last}`));
    expect(
      lan
        .wait(5000)
        .raised()
        .map((finding) => finding.kind),
    ).toEqual(['pool-address-taken', 'pool-address-taken']);
  });
});

describe('node-address-conflict', () => {
  const W1_IP = ip('192.168.1.11');

  it("is raised for another MAC on a node's address", () => {
    const lan = new Lan().request(W1, W1_IP, ip('192.168.1.1')).announce(PHONE, W1_IP);
    expect(lan.raised()).toMatchObject([
      { kind: 'node-address-conflict', severity: 'critical', ip: W1_IP, macs: [W1, PHONE] },
    ]);
  });

  it('is not raised for the node itself or for questions about it', () => {
    const lan = new Lan()
      .announce(W1, W1_IP)
      .request(PHONE, ip('192.168.1.77'), W1_IP)
      .acdProbe(PHONE, W1_IP);
    expect(lan.wait(60_000).story()).toEqual([]);
  });

  describe('where the MAC was learned', () => {
    const learning = () => new Lan({ ...INTENT, nodes: INTENT.nodes.map((node) => ({ ...node, macs: [] })) });

    it('is raised once both were heard in turn', () => {
      const lan = learning().announce(W1, W1_IP).wait(1000).announce(PHONE, W1_IP);
      expect(lan.story()).toEqual([]);
      lan.wait(1000).request(W1, W1_IP, ip('192.168.1.1'));
      expect(lan.raised()).toMatchObject([{ kind: 'node-address-conflict', macs: [W1, PHONE] }]);
    });

    it('is raised when the quiet node is heard again, and the other is never taken for the node', () => {
      const lan = learning().announce(W1, W1_IP).wait(70_000).announce(PHONE, W1_IP);
      expect(lan.watcher.unlearnedNodeAddresses()).toContain(W1_IP);
      lan.announce(PHONE, VIP).wait(1000).reply(W1, W1_IP);
      expect(lan.raised()).toMatchObject([{ kind: 'node-address-conflict', macs: [W1, PHONE] }]);
    });

    it('is not raised for a replaced network card', () => {
      const lan = learning().announce(W1, W1_IP).wait(90_000).announce(mac('99'), W1_IP).wait(5000);
      lan.announce(mac('99'), W1_IP).wait(120_000);
      expect(lan.story()).toEqual([]);
    });
  });
});

describe('memory', () => {
  it('stays bounded under made-up senders, and the VIP is not forgotten', () => {
    const lan = new Lan(INTENT, { settings: { maxClaims: 100 } }).reply(W1, VIP).announce(PHONE, FREE);
    for (let i = 0; i < 2000; i += 1) lan.announce(PHONE, ip(`10.0.${i >> 8}.${i & 255}`));
    const table = lan.watcher.counters().tables.find(({ table: name }) => name === 'claims');
    expect(table).toMatchObject({ evictions: 1900 });
    expect(table?.entries).toBeLessThanOrEqual(102);
    expect(
      lan.watcher.claims().filter(({ ip: claimed }) => claimed === VIP || claimed === FREE),
    ).toHaveLength(2);
  });
});
