// An agent on a node that announces a VIP itself, for a moment or for good: nobody's answers come to it while it does, and
// everybody's once it does no more.
import { describe, expect, it } from 'vitest';
import type { Intent } from '../../../src/intent/intent.ts';
import { CP, INTENT, ip, Lan, ROUTER, VIP, W1, W2 } from '../lan.ts';

const [CP_NODE, ...WORKERS] = INTENT.nodes;
const CLUSTERS: Readonly<Record<string, Intent>> = {
  'two nodes': { ...INTENT, nodes: WORKERS },
  'three nodes': { ...INTENT, nodes: [CP_NODE!, ...WORKERS] },
};

/** An agent on w2. */
function agent(intent: Intent): Lan {
  const lan = new Lan(intent);
  lan.watcher.setOwnInterfaces({ addresses: [ip('192.168.1.12')], macs: [W2], networks: [] });
  return lan;
}

/** This node asks once a second, and the router is heard. */
function ask(lan: Lan, times: number, answer: () => void): Lan {
  for (let i = 0; i < times; i += 1) {
    lan.request(ROUTER, ip('192.168.1.1'), ip('192.168.1.77')).ask(VIP, 1, 1);
    answer();
    lan.wait(999);
  }
  return lan;
}
const answered = (lan: Lan, owner: typeof W1, times: number) =>
  ask(lan, times, () => lan.reply(owner, VIP, W2, ip('192.168.1.12')));
const unanswered = (lan: Lan, times: number) => ask(lan, times, () => {});

/** w1's speaker restarts: w2 announces, and w1 has the VIP back a millisecond later. */
function restartOf(lan: Lan): Lan {
  answered(lan, W1, 5).gratuitous(W2, VIP, { outgoing: true }).wait(1).reply(W1, VIP, W2);
  lan.gratuitous(W1, VIP).wait(1100).gratuitous(W1, VIP);
  return lan;
}

describe.each(Object.entries(CLUSTERS))('a node that announced a VIP for a moment, of %s,', (_, intent) => {
  it('still sees that nobody answers for it', () => {
    const lan = answered(restartOf(agent(intent)), W1, 600);
    expect(lan.story()).toEqual([]);
    unanswered(lan, 300);
    expect(lan.story()).toEqual(['raised silent-vip 192.168.1.50']);
    expect(lan.watcher.vips(lan.now)).toMatchObject([{ up: false }]);
  });

  it('still times a takeover, though it was only answered to, never announced', () => {
    const lan = answered(agent(intent), W1, 5).gratuitous(W2, VIP, { outgoing: true }).wait(1);
    answered(lan, W1, 600);
    unanswered(lan, 6).gratuitous(W2, VIP, { outgoing: true }).wait(1100);
    lan.gratuitous(W2, VIP, { outgoing: true }).wait(20_000);
    expect(lan.watcher.takeovers()).toMatchObject([{ class: 'failover', gapMs: 6999, uncertaintyMs: 1999 }]);
    expect(lan.dismissed('not-witnessed')).toBe(0);
  });

  it('sees the silence also where the VIP was taken back by announcements alone', () => {
    const lan = answered(agent(intent), W1, 5).gratuitous(W2, VIP, { outgoing: true }).wait(1);
    unanswered(lan.gratuitous(W1, VIP), 30);
    expect(lan.story()).toEqual(['raised silent-vip 192.168.1.50']);
  });
});

it('a takeover from another node to a third one is timed after that, too', () => {
  const lan = answered(restartOf(agent(INTENT)), W1, 600);
  unanswered(lan, 6).gratuitous(CP, VIP).wait(1);
  answered(lan, CP, 20);
  expect(lan.watcher.takeovers()).toMatchObject([{ from: { node: 'w1' }, to: { node: 'cp' }, gapMs: 6999 }]);
});

describe('a node that takes a VIP over', () => {
  it('asks in vain from then on, also where the old announcer answers once more after its only announcement', () => {
    for (const late of [1, 499]) {
      const lan = answered(agent(INTENT), W1, 5).gratuitous(W2, VIP, { outgoing: true }).wait(late);
      unanswered(lan.reply(W1, VIP, W2), 120);
      expect(lan.story()).toEqual([]);
      expect(lan.watcher.vips(lan.now)).toMatchObject([{ up: true }]);
    }
  });

  it('does not have it where the old announcer answers what was asked later', () => {
    const lan = answered(agent(INTENT), W1, 5).gratuitous(W2, VIP, { outgoing: true }).wait(501);
    unanswered(lan.reply(W1, VIP, W2), 120);
    expect(lan.story()).toEqual(['raised silent-vip 192.168.1.50']);
  });

  it('and announces it for MetalLB’s 4.4 s has it, whatever the old one says in between', () => {
    const lan = answered(agent(INTENT), W1, 5);
    for (let i = 0; i < 5; i += 1) {
      lan.gratuitous(W2, VIP, { outgoing: true }).wait(550);
      if (i < 2) lan.gratuitous(W1, VIP);
      lan.wait(550);
    }
    expect(unanswered(lan, 120).story()).toEqual([]);
  });
});

describe('an agent that starts on a node that announces', () => {
  const OWN = { addresses: [ip('192.168.1.12')], macs: [W2], networks: [] };

  /** Its next life, with the same journal. */
  function restarted(before: Lan, away: number, knowsItself: 'before' | 'after'): Lan {
    const { watcher } = before;
    const after = new Lan(null);
    const rows = { leases: [], findings: [], takeovers: watcher.takeovers(), dhcpServers: [] };
    after.watcher.restore({ ...rows, claims: watcher.claims() }, before.now);
    after.wait((before.now - after.now) / 1000 + away);
    if (knowsItself === 'before') after.watcher.setOwnInterfaces(OWN);
    after.intend(INTENT);
    if (knowsItself === 'after') after.watcher.setOwnInterfaces(OWN);
    return after;
  }
  const announced = (lan: Lan) =>
    unanswered(answered(lan, W1, 5).gratuitous(W2, VIP, { outgoing: true }).wait(5000), 300);

  it.each(['before', 'after'] as const)(
    'knows that it does from the journal, where it knew its own MACs %s the intent',
    (when) => {
      const lan = unanswered(restarted(announced(agent(INTENT)), 20_000, when), 60);
      expect(lan.story()).toEqual([]);
      expect(lan.watcher.vips(lan.now)).toMatchObject([{ up: true }]);
    },
  );

  it('learns that it does no more from a question that its node leaves open', () => {
    const lan = restarted(announced(agent(INTENT)), 20_000, 'before');
    for (let i = 0; i < 6; i += 1) lan.request(ROUTER, ip('192.168.1.1'), VIP).wait(1000);
    expect(unanswered(lan, 60).story()).toEqual(['raised silent-vip 192.168.1.50']);
  });

  it('does not hold it after more than a minute', () => {
    const lan = unanswered(restarted(announced(agent(INTENT)), 90_000, 'before'), 60);
    expect(lan.story()).toEqual(['raised silent-vip 192.168.1.50']);
  });

  it('is not certain of a gap where the old announcer spoke once more before the intent was known', () => {
    const lan = new Lan(null);
    lan.watcher.setOwnInterfaces(OWN);
    lan.gratuitous(W2, VIP, { outgoing: true }).reply(W1, VIP, W2).wait(350).intend(INTENT);
    unanswered(lan, 1).gratuitous(W2, VIP, { outgoing: true }).wait(20_000);
    expect(lan.watcher.takeovers().filter(({ gapMs, uncertaintyMs }) => gapMs > uncertaintyMs)).toEqual([]);
  });
});

describe('a node whose kernel had the VIP as well for a while, unannounced,', () => {
  /** Both answer the router's questions; w1 alone those of this node's agent. */
  function both(lan: Lan): Lan {
    for (let i = 0; i < 8; i += 1) {
      lan
        .request(ROUTER, ip('192.168.1.1'), VIP)
        .reply(W2, VIP, ROUTER, ip('192.168.1.1'), { outgoing: true });
      answered(lan, W1, 1);
    }
    return lan;
  }
  const askedByOthers = (lan: Lan, times: number) => {
    for (let i = 0; i < times; i += 1) answered(lan.request(ROUTER, ip('192.168.1.1'), VIP), W1, 5);
    return lan;
  };

  it.each([0, 2, 3])(
    'did not take it over where w1 alone answered since, and fell silent for long: with %i questions left open',
    (times) => {
      const lan = askedByOthers(answered(both(answered(agent(INTENT), W1, 5)), W1, 5), times);
      unanswered(answered(lan, W1, 120), 12);
      answered(lan, W1, 20);
      expect(lan.watcher.takeovers()).toEqual([]);
      expect(lan.story().filter((line) => line.includes('slow-failover'))).toEqual([]);
    },
  );

  it('does not lose it because nobody asks it for a while: others poll the other one alone', () => {
    const lan = answered(agent(INTENT), W1, 1)
      .wait(20_000)
      .gratuitous(W2, VIP, { outgoing: true })
      .wait(20_000);
    for (let i = 0; i < 2; i += 1) {
      lan
        .request(ROUTER, ip('192.168.1.1'), VIP)
        .reply(W2, VIP, ROUTER, ip('192.168.1.1'), { outgoing: true });
      answered(lan, W1, 1);
    }
    const before = lan.watcher.takeovers().length;
    answered(lan, W1, 30);
    expect(lan.watcher.takeovers()).toHaveLength(before);
    lan.request(ROUTER, ip('192.168.1.1'), VIP);
    answered(lan, W1, 10);
    expect(lan.watcher.takeovers()).toHaveLength(before + 1);
  });

  it('stands in the way of no takeover by a third one', () => {
    const lan = askedByOthers(answered(both(answered(agent(INTENT), W1, 5)), W1, 5), 3);
    unanswered(answered(lan, W1, 120), 6)
      .gratuitous(CP, VIP)
      .wait(1);
    answered(lan, CP, 20);
    expect(lan.watcher.takeovers()).toMatchObject([
      { from: { node: 'w1' }, to: { node: 'cp' }, gapMs: 6999 },
    ]);
  });
});
