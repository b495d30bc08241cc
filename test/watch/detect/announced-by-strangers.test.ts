// Announcements by MACs that no node is known by: whose they are, and what the remedy makes of them.
import { describe, expect, it } from 'vitest';
import { encodeArp } from '../../../src/arp/packet.ts';
import { BROADCAST_MAC, type Ipv4, type Mac, macAt } from '../../../src/net/address.ts';
import { ETHERTYPE_ARP, encodeEthernet } from '../../../src/net/ethernet.ts';
import { INTENT, ip, Lan, mac, PHONE, range, VIP, W1 } from '../lan.ts';

const REQUEST = 1;
const REPLY = 2;
const W1_IP = ip('192.168.1.11');
const FREE = ip('192.168.1.55');
const SLAVE = mac('5a');

function half(
  lan: Lan,
  operation: number,
  { from = PHONE, address = VIP, target = BROADCAST_MAC, padTo60 = true }: Half = {},
): Lan {
  const packet = encodeArp({
    operation,
    senderMac: from,
    senderIp: address,
    targetMac: target,
    targetIp: address,
  });
  const header = { destinationMac: BROADCAST_MAC, sourceMac: from, vlans: [], etherType: ETHERTYPE_ARP };
  return lan.frame(encodeEthernet(header, packet, { padTo60 }));
}

interface Half {
  readonly from?: Mac;
  readonly address?: Ipv4;
  readonly target?: Mac;
  readonly padTo60?: boolean;
}

const CLUSTER = /second cluster/;
const TAKE_AWAY = /^Remove 192\.168\.1\.5\d from that machine/;

describe('a second cluster', () => {
  it('is named from the first pair on', () => {
    const lan = half(half(new Lan(), REQUEST), REPLY);
    expect(lan.raised()).toMatchObject([{ kind: 'foreign-claim', remedy: expect.stringMatching(CLUSTER) }]);
    expect(lan.dismissed('awaiting-other-half')).toBe(1);
    const inPool = half(half(new Lan(), REQUEST, { address: FREE }), REPLY, { address: FREE });
    expect(inPool.raised()).toMatchObject([
      { kind: 'pool-address-taken', remedy: expect.stringMatching(CLUSTER) },
    ]);
  });

  it.each([
    { what: 'arping -U', operations: [REQUEST, REQUEST], how: { padTo60: false } },
    { what: 'arping -U, padded on its way', operations: [REQUEST, REQUEST], how: {} },
    { what: 'arping -A', operations: [REPLY, REPLY], how: { target: PHONE } },
    { what: 'replies alone', operations: [REPLY, REPLY], how: {} },
  ])('is not $what', ({ operations, how }) => {
    const lan = new Lan();
    for (const operation of operations) half(lan, operation, how).wait(1000);
    expect(lan.raised()).toMatchObject([{ kind: 'foreign-claim', remedy: expect.stringMatching(TAKE_AWAY) }]);
  });

  it('is not a request and a reply further apart than a pair', () => {
    const apart = (ms: number) =>
      half(half(new Lan(), REQUEST).wait(ms), REPLY).wait(100).raised()[0]?.remedy;
    expect(apart(20)).toMatch(CLUSTER);
    expect(apart(21)).toMatch(TAKE_AWAY);
  });

  it('keeps nobody waiting: a single half is told of after a moment', () => {
    expect(half(new Lan(), REQUEST).wait(100).raised()).toMatchObject([{ kind: 'foreign-claim' }]);
    expect(half(new Lan(), REQUEST, { padTo60: false }).raised()).toMatchObject([{ kind: 'foreign-claim' }]);
  });
});

describe('a bond in balance-alb that is not published', () => {
  it('announces by pairs with two MACs, in whichever order they come', () => {
    const first = half(half(new Lan(), REQUEST, { from: W1 }), REPLY, { from: SLAVE }).wait(1000);
    const last = half(half(new Lan(), REPLY, { from: SLAVE }), REQUEST, { from: W1 }).wait(1000);
    for (const lan of [first, last]) {
      expect(lan.story()).toEqual([]);
      expect(lan.dismissed('second-half-of-nodes')).toBe(1);
    }
  });

  it.each(['first', 'last'])(
    'is known by its pair beside very many forged halves, with the reply %s',
    (place) => {
      const lan = new Lan();
      const forge = (count: number, by: number) => {
        for (let i = 0; i < count; i += 1)
          half(lan, REQUEST, { from: macAt(Uint8Array.of(2, by, 0, 0, i >> 8, i), 0) });
      };
      const halves = [() => half(lan, REQUEST, { from: W1 }), () => half(lan, REPLY, { from: SLAVE })];
      // Within the moment that a pair may take.
      forge(500, 1);
      for (const send of place === 'last' ? halves : halves.toReversed()) {
        send();
        forge(100, 2);
      }
      lan.wait(1000);
      const told = lan.watcher.findings().filter(({ kind }) => kind === 'foreign-claim');
      expect(told.flatMap(({ macs }) => macs)).not.toContain(SLAVE);
      expect(told.length).toBeGreaterThan(0);
      expect(lan.dismissed('second-half-of-nodes')).toBe(1);
    },
  );

  it('is no excuse for a MAC that announces by itself', () => {
    const lan = half(new Lan(), REQUEST, { from: W1 }).wait(1000);
    expect(half(lan, REPLY).wait(100).story()).toEqual(['raised foreign-claim 192.168.1.50']);
    const request = half(half(new Lan(), REQUEST, { from: W1 }), REQUEST).wait(100);
    expect(request.story()).toEqual(['raised foreign-claim 192.168.1.50']);
  });
});

describe('an agent that has just begun', () => {
  const agent = (ms: number) => {
    const lan = new Lan(INTENT, { onNodesToAsk: () => {} });
    const networks = [{ ...range('192.168.1.0/24'), segment: 'eth0' }];
    lan.watcher.setOwnInterfaces({ addresses: [ip('192.168.1.10')], macs: [mac('10')], networks });
    return lan.wait(ms);
  };

  it('asks for the nodes’ own addresses before it accuses whoever announces', () => {
    expect(agent(1999).announce(PHONE, VIP).story()).toEqual([]);
    expect(agent(1999).announce(PHONE, VIP).wait(2100).story()).toEqual([
      'raised foreign-claim 192.168.1.50',
    ]);
    expect(agent(2000).announce(PHONE, VIP).story()).toEqual(['raised foreign-claim 192.168.1.50']);
    const extender = agent(100).announce(PHONE, VIP).wait(500).reply(PHONE, W1_IP).wait(10_000);
    expect(extender.story()).toEqual(['raised node-mac-differs 192.168.1.11']);
  });

  it('accuses no MAC that has just answered for a node’s own address, while that is looked into', () => {
    const back = agent(60_000).reply(PHONE, W1_IP).wait(500).announce(PHONE, VIP).wait(10_000);
    expect(back.story()).toEqual(['raised node-mac-differs 192.168.1.11']);
    expect(agent(60_000).announce(PHONE, VIP).story()).toEqual(['raised foreign-claim 192.168.1.50']);
  });

  it('does so for a node’s address as well', () => {
    expect(agent(1999).announce(PHONE, W1_IP).story()).toEqual([]);
    expect(agent(2000).announce(PHONE, W1_IP).story()).toEqual(['raised node-address-conflict 192.168.1.11']);
  });
});

it('a node whose agent is away may come back with another MAC, and announces it', () => {
  const away = (agentReady: boolean) =>
    new Lan({ ...INTENT, nodes: INTENT.nodes.map((node) => ({ ...node, agentReady })) }).wait(60_000);
  expect(away(true).announce(PHONE, W1_IP).story()).toEqual(['raised node-address-conflict 192.168.1.11']);
  const back = away(false).announce(PHONE, W1_IP).wait(100);
  expect(back.story()).toEqual([]);
  expect(back.reply(PHONE, W1_IP).wait(5000).story()).toEqual(['raised node-mac-differs 192.168.1.11']);
});
