// silent-vip: what it takes to say that nobody answers, and each look-alike.
import { describe, expect, it } from 'vitest';
import { SECOND } from '../../../src/base/time.ts';
import type { Election, Elector, Intent } from '../../../src/intent/intent.ts';
import type { WatcherOptions } from '../../../src/watch/watcher.ts';
import { CP, INTENT, ip, Lan, mac, PHONE, ROUTER, VIP, W1, W2 } from '../lan.ts';

/** The agent that is tested runs on w2. */
const OWN = { addresses: [ip('192.168.1.12')], macs: [W2], networks: [] };

function elect(elected: Elector['elect']): Intent {
  return { ...INTENT, vips: [{ address: VIP, service: 'traefik/traefik', elector: { elect: elected } }] };
}
const node = (name: string): Election => ({ node: name, interfaces: null });
const nobody = (reason: (Election & { node: null })['reason']): Election => ({ node: null, reason });

function agent(intent: Intent | null = INTENT, options: Partial<WatcherOptions> = {}): Lan {
  const lan = new Lan(intent, options);
  lan.watcher.setOwnInterfaces(OWN);
  return lan;
}

/** The advertisement names these interfaces; w1, which is elected, and w2 have those. */
function withInterfaces(named: readonly string[], published: readonly string[]): Intent {
  const intent = elect(() => ({ node: 'w1', interfaces: named }));
  const nodes = intent.nodes.map((one) => ({
    ...one,
    interfaces: published.map((name, i) => ({
      name,
      mac: mac(`02:00:00:00:0${i}:${one.addresses[0]!.split('.')[3]}`),
      addresses: [],
      segment: name,
    })),
  }));
  return { ...intent, nodes };
}

/** Questions, each answered at once. */
function answered(lan: Lan, owner: typeof W1, times: number): Lan {
  for (let i = 0; i < times; i += 1) lan.ask(VIP, 1, 1).reply(owner, VIP, W2, ip('192.168.1.12')).wait(999);
  return lan;
}

/** Questions for the VIP that nobody answers, while the others' own addresses are heard. */
function unanswered(lan: Lan, seconds: number, others: readonly (typeof W1)[] = [CP]): Lan {
  for (let i = 0; i < seconds; i += 1) {
    for (const other of others) lan.request(other, addressOf(other), ip('192.168.1.1'));
    lan.ask(VIP, 20, 50);
  }
  return lan;
}
const addressOf = (owner: typeof W1) =>
  owner === ROUTER
    ? ip('192.168.1.1')
    : (INTENT.nodes.find(({ macs }) => macs[0] === owner)!.addresses[0] as typeof VIP);

describe('silent-vip', () => {
  it('is raised after 15 s of unanswered questions, names what is known, and is resolved by the first answer', () => {
    const lan = answered(agent(), W1, 5);
    unanswered(lan, 14);
    expect(lan.story()).toEqual([]);
    unanswered(lan, 5);
    expect(lan.raised()).toMatchObject([{ kind: 'silent-vip', severity: 'critical', ip: VIP }]);
    expect(lan.raised()[0]?.message).toBe(
      `Nobody answers for VIP 192.168.1.50 of traefik/traefik: w1 (${W1}) answered last and does not answer for its own address either; heard lately: cp.`,
    );
    expect(lan.raised()[0]?.remedy).toMatch(/^Check whether w1 is up/);
    expect(lan.raised()[0]?.evidence[0]?.summary).toMatch(
      /^\d+ probes in 1\d s, none answered; w1 \(.*\) answered 1.0 s before them$/,
    );
    unanswered(lan, 600);
    expect(lan.story()).toEqual(['raised silent-vip 192.168.1.50']);
    expect(lan.active()[0]!.occurrences).toBeLessThan(13);
    lan.reply(W1, VIP, W2);
    expect(lan.story()).toEqual(['raised silent-vip 192.168.1.50', 'resolved silent-vip 192.168.1.50']);
  });

  it('takes as much longer as frames were lost meanwhile, and 45 s at most', () => {
    const after = (lostFor: number) => {
      const lan = answered(agent(), W1, 5);
      unanswered(lan, 1);
      lan.watcher.framesLost(lan.now, lan.now + lostFor * SECOND);
      for (let seconds = 1; seconds < 90; seconds += 1)
        if (unanswered(lan, 1).story().includes('raised silent-vip 192.168.1.50')) return seconds;
      return null;
    };
    const least = after(0)!;
    expect([after(10), after(45), after(80)]).toEqual([least + 10, least + 45, least + 45]);
  });

  it('tells a silent speaker from a silent node', () => {
    const lan = unanswered(answered(agent(), W1, 5), 20, [W1, CP]);
    expect(lan.raised()[0]?.message).toContain(
      `w1 (${W1}) answered last and still answers for its own address`,
    );
    expect(lan.raised()[0]?.remedy).toMatch(/^Check the MetalLB speaker on w1/);
  });

  it('is raised for a VIP that nobody ever answered for', () => {
    const lan = unanswered(agent(), 20);
    expect(lan.raised()[0]?.message).toContain(
      'nobody has answered since this agent began to probe; heard lately: cp; not heard: w1',
    );
  });

  it('names the node that MetalLB elects without the one that fell silent, whatever the API still says of that one', () => {
    const open = elect((without) => (without?.has('w1') ? node('cp') : null));
    const lan = unanswered(answered(agent(open), W1, 5), 20);
    expect(lan.raised()[0]?.message).toContain("; MetalLB's rules elect cp; heard lately: cp.");
  });

  it('names the cause where no node can announce the VIP, after 30 s', () => {
    const lan = unanswered(agent(elect(() => nobody('no-advertisement'))), 29);
    expect(lan.story()).toEqual([]);
    unanswered(lan, 5);
    expect(lan.raised()).toMatchObject([{ kind: 'silent-vip', severity: 'critical', ip: VIP }]);
    expect(lan.raised()[0]?.message).toContain('no L2Advertisement selects its pool and Service');
    // Put right: MetalLB has its time to announce it.
    lan.wait(3_000).intend(elect(() => node('w1')));
    unanswered(lan, 2);
    answered(lan, W1, 60);
    expect(lan.story()).toEqual(['raised silent-vip 192.168.1.50', 'resolved silent-vip 192.168.1.50']);
  });

  it('names a cause that the API learns of later, and is one finding all along', () => {
    const lan = unanswered(answered(agent(elect(() => node('w1'))), W1, 5), 20);
    lan.intend(elect(() => nobody('no-endpoint')));
    unanswered(lan, 5);
    // The wire is as intended then: graver is only what is not.
    expect(lan.story()).toEqual(['raised silent-vip 192.168.1.50', 'changed silent-vip 192.168.1.50']);
    expect(lan.active()).toMatchObject([{ severity: 'warning' }]);
    expect(lan.active()[0]?.message).toContain('no endpoint of its Service is ready');
  });

  it.each(['no-endpoint', 'no-local-endpoint'] as const)(
    'is a warning for want of an endpoint (%s), and critical as soon as it has another cause',
    (reason) => {
      const lan = unanswered(agent(elect(() => nobody(reason))), 35);
      expect(lan.raised()).toMatchObject([{ kind: 'silent-vip', severity: 'warning' }]);
      lan.intend(elect(() => nobody('no-speaker')));
      unanswered(lan, 5);
      expect(lan.story()).toEqual(['raised silent-vip 192.168.1.50', 'changed silent-vip 192.168.1.50']);
      expect(lan.active()).toMatchObject([{ severity: 'critical' }]);
      expect(lan.active()[0]?.message).toContain('no MetalLB speaker runs');
    },
  );

  it('gives MetalLB more time in a very large cluster', () => {
    const many = Array.from({ length: 1000 }, (_, i) => ({
      name: `n${i}`,
      addresses: [],
      macs: [mac('77')],
    }));
    const lan = unanswered(answered(agent({ ...INTENT, nodes: [...INTENT.nodes, ...many] }), W1, 5), 21);
    expect(lan.story()).toEqual([]);
    expect(unanswered(lan, 5).raised()).toMatchObject([{ kind: 'silent-vip' }]);
    expect(lan.raised()[0]?.message).not.toContain('n999');
  });

  it('is given up by an agent that asks no more: others do', () => {
    const lan = unanswered(answered(agent(), W1, 5), 20).wait(10_000);
    expect(lan.story()).toEqual(['raised silent-vip 192.168.1.50', 'resolved silent-vip 192.168.1.50']);
  });
});

describe('after a pause of its own', () => {
  const paused = (ms: number) => {
    const lan = unanswered(answered(agent(), W1, 5), 20);
    // Nothing is told meanwhile; what is told first is that it goes on.
    const since = lan.now;
    lan.skip(ms).watcher.resumed(since, lan.now);
    return lan;
  };

  it('an agent keeps silent-vip until somebody answers', () => {
    const lan = unanswered(paused(20_000), 120);
    expect(lan.story()).toEqual(['raised silent-vip 192.168.1.50']);
    expect(lan.watcher.vips(lan.now)).toMatchObject([{ up: false }]);
    lan.reply(W1, VIP, W2);
    expect(lan.story()).toEqual(['raised silent-vip 192.168.1.50', 'resolved silent-vip 192.168.1.50']);
  });

  it('an agent waits as long as ever before it tells of a silence that it did not hear of all the time', () => {
    const lan = unanswered(agent(elect(() => nobody('no-local-endpoint'))), 5);
    const since = lan.now;
    lan.skip(27_000).watcher.resumed(since, lan.now);
    expect(unanswered(lan, 9).story()).toEqual([]);
    expect(unanswered(lan, 25).story()).toEqual(['raised silent-vip 192.168.1.50']);
  });

  it('frames that came meanwhile, and are read first, do not end it either', () => {
    const lan = unanswered(answered(agent(), W1, 5), 20);
    lan.watcher.resumed(lan.now, lan.now + 20 * SECOND);
    for (let i = 0; i < 20; i += 1) lan.skip(1000).request(CP, ip('192.168.1.10'), ip('192.168.1.1'));
    expect(unanswered(lan, 30).story()).toEqual(['raised silent-vip 192.168.1.50']);
  });

  it('holds though the VIP is announced again and again: an announcement answers nobody', () => {
    const lan = answered(agent(), W1, 5);
    for (let i = 0; i < 10; i += 1) unanswered(lan.gratuitous(W1, VIP), 3, [CP, W1]);
    expect(lan.story()).toEqual(['raised silent-vip 192.168.1.50']);
    expect(lan.watcher.vips(lan.now)).toMatchObject([{ up: false }]);
    const [{ message, remedy } = { message: '', remedy: '' }] = lan.active();
    expect(message).toContain(`w1 (${W1}) still announces it and still answers for its own address`);
    expect(remedy).toContain('Wi-Fi power saving');
    answered(lan, W1, 1);
    expect(lan.story().at(-1)).toBe('resolved silent-vip 192.168.1.50');
  });

  it('an agent that does not ask any more gives it up, within 5 s', () => {
    const lan = paused(20_000).wait(4_900);
    expect(lan.story()).toEqual(['raised silent-vip 192.168.1.50']);
    expect(lan.wait(200).story()).toContain('resolved silent-vip 192.168.1.50');
  });

  it('a finding that ends by quiet is quiet only once it can be heard again', () => {
    const lan = answered(agent(), W1, 5).announce(PHONE, VIP).wait(59_000);
    const since = lan.now;
    lan.skip(300_000).watcher.resumed(since, lan.now);
    expect(lan.wait(59_000).story()).toEqual(['raised foreign-claim 192.168.1.50']);
    expect(lan.wait(2_000).story()).toContain('resolved foreign-claim 192.168.1.50');
  });

  it('a finding that had been quiet for long enough before is over, as one that a journal brings back', () => {
    const lan = answered(agent(), W1, 5).announce(PHONE, VIP).skip(61_000);
    const since = lan.now;
    lan.skip(20_000).watcher.resumed(since, lan.now);
    expect(lan.wait(1).story()).toContain('resolved foreign-claim 192.168.1.50');

    const [finding] = answered(agent(), W1, 5).announce(PHONE, VIP).active();
    const restarted = agent(null);
    const saved = { leases: [], claims: [], findings: [finding!], takeovers: [], dhcpServers: [] };
    restarted.watcher.restore(saved, finding!.refreshedAt + 90 * SECOND);
    // The start took long.
    restarted.watcher.resumed(finding!.refreshedAt + 90 * SECOND, finding!.refreshedAt + 95 * SECOND);
    restarted.skip(110_000).intend(INTENT);
    expect(restarted.story()).toEqual(['resolved foreign-claim 192.168.1.50']);
  });
});

describe('silent-vip is not raised', () => {
  it('by an agent that does not ask', () => {
    const lan = answered(agent(), W1, 5);
    for (let i = 0; i < 600; i += 1) lan.request(CP, ip('192.168.1.10'), VIP).wait(1000);
    expect(lan.story()).toEqual([]);
    expect(lan.watcher.vips(lan.now)).toMatchObject([{ up: null }]);
  });

  it('by an agent that has only just begun to ask, however long ago the VIP was last heard', () => {
    const lan = answered(agent(), W1, 5).wait(3_600_000);
    unanswered(lan, 10);
    expect(lan.story()).toEqual([]);
    expect(answered(lan, W1, 60).story()).toEqual([]);
  });

  it('during a failover, not even a slow one', () => {
    const lan = answered(unanswered(answered(agent(), W1, 5), 8), CP, 60);
    expect(lan.story()).toEqual([]);
    expect(lan.dismissed('within-silence-grace')).toBeGreaterThan(5);
    answered(unanswered(lan, 12), W1, 60);
    expect(lan.story()).toEqual(['raised slow-failover 192.168.1.50']);
  });

  it('by an agent that is cut off from the network: it hears nobody at all', () => {
    const lan = unanswered(answered(agent(), W1, 5), 120, []);
    expect(lan.story()).toEqual([]);
    expect(lan.dismissed('isolated')).toBeGreaterThan(50);
    // Back on the network it asks anew first. One other machine suffices: then it is the VIP that is silent.
    expect(unanswered(lan, 3, [ROUTER]).story()).toEqual([]);
    expect(unanswered(lan, 5, [ROUTER]).raised()).toMatchObject([{ kind: 'silent-vip' }]);
  });

  it('where this very node announces the VIP', () => {
    const lan = agent().gratuitous(W2, VIP, { outgoing: true });
    expect(unanswered(lan, 120).story()).toEqual([]);
    expect(lan.watcher.vips(lan.now)).toMatchObject([{ up: true }]);
  });

  it('while a Service is rolled out', () => {
    const lan = unanswered(agent(elect(() => nobody('no-endpoint'))), 25).intend(elect(() => node('w1')));
    expect(answered(unanswered(lan, 5), W1, 60).story()).toEqual([]);
  });

  it('by a question of more than two seconds ago: where few are asked, the next one may be answered', () => {
    const lan = unanswered(answered(agent(), W1, 5), 14).wait(3_900);
    expect(lan.story()).toEqual([]);
    expect(answered(lan, W1, 1).story()).toEqual([]);
    const later = unanswered(answered(agent(), W1, 5), 15).wait(1_900);
    expect(later.story()).toEqual(['raised silent-vip 192.168.1.50']);
  });

  it('for a VIP that is not meant for this network, or for which no election can be told', () => {
    for (const reason of ['other-load-balancer-class', 'bgp-only'] as const) {
      const lan = unanswered(agent(elect(() => nobody(reason))), 120);
      expect(lan.story()).toEqual([]);
      expect(lan.dismissed('by-design')).toBeGreaterThan(50);
    }
    const open = unanswered(agent(elect(() => null)), 120);
    expect(open.story()).toEqual([]);
    expect(open.dismissed('election-open')).toBeGreaterThan(50);
  });

  it('where MetalLB announces the VIP on another interface only than this agent asks on', () => {
    const elsewhere = withInterfaces(['eth1'], ['eth0', 'eth1']);
    const lan = unanswered(agent(elsewhere), 120);
    expect(lan.story()).toEqual([]);
    expect(lan.dismissed('other-interface')).toBeGreaterThan(50);
    expect(lan.watcher.vips(lan.now)).toMatchObject([{ up: null }]);
    // It was on this one before.
    const moved = answered(agent(withInterfaces(['eth0'], ['eth0', 'eth1'])), W1, 5).intend(elsewhere);
    expect(unanswered(moved, 120).story()).toEqual([]);
  });

  it('where its own node is elected, which may have begun to announce the VIP before this agent listened', () => {
    const lan = unanswered(agent(elect(() => node('w2'))), 120);
    expect(lan.story()).toEqual([]);
    expect(lan.dismissed('own-node-elected')).toBeGreaterThan(50);
  });

  it("but is where another machine's questions are left open too, or another node was heard with it meanwhile", () => {
    const ownElected = elect(() => node('w2'));
    const lan = agent(ownElected);
    for (let i = 0; i < 25; i += 1) unanswered(lan.request(CP, addressOf(CP), VIP), 1);
    expect(lan.raised()).toMatchObject([{ kind: 'silent-vip' }]);
    expect(unanswered(answered(agent(ownElected), W1, 5), 20).raised()).toMatchObject([
      { kind: 'silent-vip' },
    ]);
  });

  it('but is for an interface on which it asks, and for one that the elected node does not have', () => {
    for (const named of ['eth0', 'eth9']) {
      const lan = unanswered(agent(withInterfaces([named], ['eth0', 'eth1'])), 20);
      expect(lan.raised()).toMatchObject([{ kind: 'silent-vip' }]);
    }
  });

  it('where a machine outside the cluster answers: that is a foreign claim', () => {
    const lan = answered(agent(), W1, 5);
    expect(answered(lan, PHONE, 60).story()).toEqual(['raised foreign-claim 192.168.1.50']);
  });

  it("in a capture without questions, nor by another machine's questions, whose answers a switch kept from it", () => {
    const lan = new Lan();
    for (let i = 0; i < 5; i += 1) lan.gratuitous(W1, VIP).wait(1000);
    lan.wait(3_600_000);
    for (let i = 0; i < 120; i += 1) lan.request(PHONE, ip('192.168.1.77'), VIP).wait(1000);
    expect(lan.story()).toEqual([]);
  });

  it('but is in a capture of a machine that was answered, and then no more', () => {
    const lan = new Lan();
    const ask = () => lan.request(PHONE, ip('192.168.1.77'), VIP).wait(1);
    for (let i = 0; i < 5; i += 1) ask().wait(0).reply(W1, VIP, PHONE, ip('192.168.1.77')).wait(999);
    for (let i = 0; i < 20; i += 1) ask().request(CP, ip('192.168.1.10'), ip('192.168.1.1')).wait(999);
    expect(lan.raised()).toMatchObject([{ kind: 'silent-vip' }]);
  });
});
