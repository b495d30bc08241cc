// A node under another MAC than its own, and the machines that only seem to be one.
import { describe, expect, it } from 'vitest';
import { CP, INTENT, ip, Lan, mac, PHONE, ROUTER, VIP, W1, W2 } from '../lan.ts';

const W1_IP = ip('192.168.1.11');
const W2_IP = ip('192.168.1.12');
const OTHER = mac('77');
const LEARNED = { ...INTENT, nodes: INTENT.nodes.map((node) => ({ ...node, macs: [] })) };

const addressOf = (asker: typeof W1) => ip(asker === CP ? '192.168.1.10' : '192.168.1.1');

/** One question for each, every second, by one asker; who answers is told for each. */
function asked(
  lan: Lan,
  times: number,
  own: readonly (typeof W1)[],
  vip: readonly (typeof W1)[],
  asker = CP,
): Lan {
  for (let i = 0; i < times; i += 1) {
    lan.request(asker, addressOf(asker), W1_IP).wait(1);
    for (const owner of own) lan.reply(owner, W1_IP, asker);
    lan.wait(499).request(asker, addressOf(asker), VIP).wait(1);
    for (const owner of vip) lan.reply(owner, VIP, asker);
    lan.wait(499);
  }
  return lan;
}

describe('node-mac-differs', () => {
  it('is one warning for a node whose MAC is never heard, and its VIP has an announcer', () => {
    const lan = asked(new Lan(), 30, [OTHER], [OTHER]);
    expect(lan.story()).toEqual(['raised node-mac-differs 192.168.1.11']);
    expect(lan.active()[0]?.message).toBe(
      `Node w1 answers as ${OTHER}, not as ${W1}: it is a bond, a Wi-Fi extender, a rebuilt node or a replaced card.`,
    );
    expect(lan.watcher.vips(lan.now)).toMatchObject([{ up: true, announcers: [{ mac: OTHER, node: 'w1' }] }]);
  });

  it('waits where the VIP is asked for first: the answer for the own address comes within 2 s', () => {
    const lan = new Lan().reply(OTHER, VIP).wait(1400).reply(OTHER, W1_IP).wait(5000);
    expect(lan.story()).toEqual(['raised node-mac-differs 192.168.1.11']);
    const late = new Lan().reply(OTHER, VIP).wait(2100);
    expect(late.story()).toEqual(['raised foreign-claim 192.168.1.50']);
    late.reply(OTHER, W1_IP).wait(499);
    expect(late.dismissed('awaiting-own-answer')).toBe(1);
    expect(
      late
        .wait(1)
        .active()
        .map(({ kind }) => kind),
    ).toEqual(['node-mac-differs']);
    expect(late.story()).toEqual([
      'raised foreign-claim 192.168.1.50',
      'resolved foreign-claim 192.168.1.50',
      'raised node-mac-differs 192.168.1.11',
    ]);
  });

  it('waits half a second more where the node’s own address was answered for at the last moment', () => {
    const lan = new Lan().reply(OTHER, VIP).wait(1900).reply(OTHER, W1_IP).wait(5000);
    expect(lan.story()).toEqual(['raised node-mac-differs 192.168.1.11']);
  });

  it('is no reason to accuse a MAC by its announcements while its answer is looked into', () => {
    const lan = new Lan().reply(OTHER, VIP).gratuitous(OTHER, VIP).wait(1000).reply(OTHER, W1_IP).wait(5000);
    expect(lan.story()).toEqual(['raised node-mac-differs 192.168.1.11']);
    expect(new Lan().gratuitous(OTHER, VIP).story()).toEqual(['raised foreign-claim 192.168.1.50']);
  });

  it('is raised for a rebuilt node, whose VIP came back without a takeover', () => {
    const lan = asked(asked(new Lan(), 10, [W1], [W1]).wait(90_000), 10, [OTHER], [OTHER]);
    expect(lan.story()).toEqual(['raised node-mac-differs 192.168.1.11']);
    expect(lan.watcher.takeovers()).toEqual([]);
  });

  it('tells two askers apart: a bond answers each of them under one MAC', () => {
    const lan = new Lan(LEARNED).reply(CP, ip('192.168.1.10')).reply(W2, W2_IP);
    for (let i = 0; i < 20; i += 1) asked(asked(lan, 1, [W1], [W1]), 1, [OTHER], [OTHER], ROUTER);
    expect(lan.story()).toEqual(['raised node-mac-differs 192.168.1.11']);
  });

  it('names what answers for several nodes for what it is, and takes nothing that it says for a takeover', () => {
    const lan = new Lan();
    for (let i = 0; i < 20; i += 1) asked(lan.reply(OTHER, W2_IP), 1, [OTHER], [OTHER]);
    expect(new Set(lan.raised().map(({ kind }) => kind))).toEqual(new Set(['node-mac-differs']));
    expect(lan.active().map(({ message }) => message)).toContain(
      `${OTHER} answers for w1 and w2: it is a Wi-Fi extender or another translator in front of them.`,
    );
    expect(lan.dismissed('answers-for-nodes')).toBeGreaterThan(0);
    expect(lan.watcher.takeovers()).toEqual([]);
  });

  it('is a warning for two cards whose MACs were learned, a conflict where the node lists its own', () => {
    const both = [OTHER, W1];
    const learned = new Lan(LEARNED).reply(CP, ip('192.168.1.10')).reply(W2, W2_IP);
    expect(asked(learned, 20, both, both).story()).toEqual(['raised node-mac-differs 192.168.1.11']);
    const listed = asked(new Lan(), 20, both, [W1]);
    expect(listed.story()).toEqual(['raised node-address-conflict 192.168.1.11']);
  });

  it('is raised for two listed cards once they have answered two questions both', () => {
    const nodes = INTENT.nodes.map((node) => (node.name === 'w1' ? { ...node, macs: [W1, OTHER] } : node));
    const lan = asked(new Lan({ ...INTENT, nodes }), 1, [W1], [W1, OTHER]);
    expect(lan.story()).toEqual([]);
    expect(asked(lan, 1, [W1], [OTHER, W1]).story()).toEqual(['raised node-mac-differs 192.168.1.11']);
  });

  it('is a conflict after all where one asker hears both in turn, again and again', () => {
    const lan = asked(asked(new Lan(), 1, [W1], []), 1, [OTHER], []);
    expect(
      asked(lan, 1, [W1], [])
        .raised()
        .map(({ kind }) => kind),
    ).toEqual(['node-mac-differs']);
    asked(lan, 1, [OTHER], []);
    expect(lan.active().map(({ kind }) => kind)).toContain('node-address-conflict');
  });

  it('is none where the MAC is another node’s: both are named', () => {
    const lan = new Lan().reply(W2, W1_IP);
    expect(lan.raised()).toMatchObject([{ kind: 'node-address-conflict' }]);
    expect(lan.raised()[0]?.message).toContain(`the address of node w1, is also claimed by node w2 (${W2})`);
  });

  it('is none for a client that DHCP leased the node’s address to', () => {
    const lan = new Lan().dhcp({
      type: 'request',
      client: PHONE,
      requested: W1_IP,
      server: ip('192.168.1.1'),
    });
    lan.dhcp({ type: 'ack', client: PHONE, yourIp: W1_IP, server: ip('192.168.1.1') }).reply(PHONE, W1_IP);
    expect(lan.raised().map(({ kind }) => kind)).toContain('node-address-conflict');
    expect(lan.raised().map(({ kind }) => kind)).not.toContain('node-mac-differs');
  });

  it("ends when the address is no node's any more", () => {
    const lan = new Lan().reply(OTHER, W1_IP).wait(500);
    lan.intend({ ...INTENT, nodes: INTENT.nodes.filter(({ name }) => name !== 'w1') });
    expect(lan.story()).toEqual([
      'raised node-mac-differs 192.168.1.11',
      'resolved node-mac-differs 192.168.1.11',
    ]);
  });
});
