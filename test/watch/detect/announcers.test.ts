// VIPs that two nodes answer for, or that change their announcer too often, each with the look-alike that must stay silent.
import { describe, expect, it } from 'vitest';
import { INTENT, ip, Lan, mac, PHONE, VIP, W1, W2 } from '../lan.ts';

describe('split-brain', () => {
  it('says where a node that answers does not answer for its own address: something else does in its place', () => {
    const lan = new Lan();
    const own = (answers: boolean) => {
      lan.request(PHONE, ip('192.168.1.77'), ip('192.168.1.11')).wait(1);
      if (answers) lan.reply(W1, ip('192.168.1.11'), PHONE);
    };
    for (let i = 0; i < 20; i += 1) {
      own(i < 10);
      lan
        .reply(W1, VIP, PHONE)
        .wait(1)
        .reply(i < 10 ? W1 : W2, VIP, PHONE)
        .wait(998);
    }
    expect(lan.raised()).toMatchObject([{ kind: 'split-brain' }]);
    expect(lan.raised()[0]?.message).toContain('w1 does not answer for its own address');
    expect(lan.raised()[0]?.remedy).not.toContain('speakers');
    // And for the VIP itself: who yields, a question shows soonest.
    expect(lan.watcher.nodesToAsk(lan.now)).toEqual(['192.168.1.11', '192.168.1.12', VIP]);
  });

  it('is one finding on a LAN where hardly anybody asks, until one node alone answers', () => {
    const lan = new Lan();
    const ask = (...owners: (typeof W1)[]) => {
      for (const owner of owners) lan.reply(owner, VIP, PHONE);
      lan.wait(45_000);
    };
    for (let i = 0; i < 10; i += 1) ask(W1, W2);
    expect(lan.story()).toEqual(['raised split-brain 192.168.1.50']);
    ask(W2);
    ask(W2);
    expect(lan.story()).toEqual(['raised split-brain 192.168.1.50', 'resolved split-brain 192.168.1.50']);
  });

  it('is raised when two nodes keep answering beyond the grace, and resolved after they stop', () => {
    const lan = new Lan();
    for (let i = 0; i < 8; i += 1) lan.reply(W1, VIP).wait(1).reply(W2, VIP).wait(999);
    expect(lan.raised()).toMatchObject([{ kind: 'split-brain', severity: 'critical', macs: [W1, W2] }]);
    expect(lan.raised()[0]?.message).toContain('w1 and w2');
    for (let i = 0; i < 40; i += 1) lan.reply(W2, VIP).wait(1000);
    expect(lan.story()).toEqual(['raised split-brain 192.168.1.50', 'resolved split-brain 192.168.1.50']);
  });

  it('names speakers that cannot decrypt each other, and Services that share the address', () => {
    const remedyOf = (sharedWith: readonly string[]) => {
      const lan = new Lan({ ...INTENT, vips: [{ address: VIP, service: 'a/b', sharedWith }] });
      for (let i = 0; i < 8; i += 1) lan.reply(W1, VIP).wait(1).reply(W2, VIP).wait(999);
      return lan.raised()[0]?.remedy;
    };
    expect(remedyOf([])).toMatch(/^Check that .*7946.*0\.16\.2/);
    expect(remedyOf(['c/d'])).toMatch(/^a\/b and c\/d share the address: .* Check that/);
  });

  it('names the cause where speakers of two versions make their key in two ways', () => {
    const found = (...versions: readonly (readonly [string, 'prefix' | 'digest'])[]) => {
      const nodes = INTENT.nodes.map((node, i) => {
        const [version, key] = versions[i] ?? [];
        return version === undefined || key === undefined ? node : { ...node, speaker: { version, key } };
      });
      const lan = new Lan({ ...INTENT, nodes });
      for (let i = 0; i < 8; i += 1) lan.reply(W1, VIP).wait(1).reply(W2, VIP).wait(999);
      return lan.raised()[0]!;
    };
    const old = ['0.16.1', 'prefix'] as const;
    const split = found(old, old, ['0.16.2', 'digest']);
    expect(split.message).toBe(
      'w1 and w2 answer for VIP 192.168.1.50 of traefik/traefik at the same time: w1 runs the speaker of MetalLB 0.16.1 and w2 runs the speaker of MetalLB 0.16.2, and these versions cannot hear each other: MetalLB 0.16.2 changed the encryption key.',
    );
    expect(split.remedy).toMatch(/^Replace the older speakers at once: /);
    // The third node's speaker answers for nothing; two versions of one side of it hear each other.
    expect(found(['0.16.2', 'digest'], old, old).message).toMatch(/and neither stops\.$/);
    expect(found(old, ['0.15.3', 'prefix'], old).message).toMatch(/and neither stops\.$/);
    expect(found(old, old).message).toMatch(/and neither stops\.$/);
  });

  it('ends when the address is no VIP any more', () => {
    const lan = new Lan();
    for (let i = 0; i < 8; i += 1) lan.reply(W1, VIP).wait(1).reply(W2, VIP).wait(999);
    lan.intend({ ...INTENT, vips: [] });
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
    expect(lan.story()).toEqual(['raised node-mac-differs 192.168.1.11']);
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

  it('ends when the address is no VIP any more', () => {
    const lan = swing(new Lan(), 5).intend({ ...INTENT, vips: [] });
    expect(lan.story()).toEqual(['raised vip-flapping 192.168.1.50', 'resolved vip-flapping 192.168.1.50']);
  });

  it('is not a failover, its failback and one more', () => {
    const lan = swing(new Lan(), 4);
    expect(lan.watcher.takeovers()).toHaveLength(3);
    expect(lan.story()).toEqual([]);
  });
});
