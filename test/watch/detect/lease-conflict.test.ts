// Leased addresses that another machine claims, each with the look-alike that must stay silent.
import { describe, expect, it } from 'vitest';
import type { Mac } from '../../../src/net/address.ts';
import { CP, INTENT, ip, Lan, mac, PHONE, range, W1 } from '../lan.ts';
import { joins } from './joining.ts';

const OUTSIDE = ip('192.168.1.100');
const SERVER = ip('192.168.1.1');
const LAPTOP = mac('bb');

const kinds = (lan: Lan) => lan.raised().map((finding) => finding.kind);

describe('lease-conflict', () => {
  const leased = () =>
    joins(new Lan(), OUTSIDE).dhcp({
      type: 'ack',
      client: PHONE,
      yourIp: OUTSIDE,
      server: SERVER,
      seconds: 86_400,
    });

  const young = () => leased().wait(1000).announce(PHONE, OUTSIDE).wait(1000);
  const settled = () => young().wait(3_600_000).announce(PHONE, OUTSIDE).wait(1000);
  const conflict = { kind: 'lease-conflict', severity: 'warning', ip: OUTSIDE, macs: [PHONE, LAPTOP] };

  it('is raised when another MAC claims a leased address in turn with its lessee', () => {
    const lan = settled().announce(LAPTOP, OUTSIDE).wait(20_000).announce(PHONE, OUTSIDE).wait(20_000);
    lan.announce(LAPTOP, OUTSIDE);
    expect(lan.raised()).toMatchObject([conflict]);
  });

  it('is raised when the lessee renews while another MAC claims its address', () => {
    const lan = settled().announce(LAPTOP, OUTSIDE).wait(20_000);
    expect(lan.story()).toEqual([]);
    expect(lan.dhcp({ type: 'request', client: PHONE, clientIp: OUTSIDE }).raised()).toMatchObject([
      conflict,
    ]);
  });

  it('is raised when the server leased an address that was in use, and still is', () => {
    const lan = new Lan().announce(LAPTOP, OUTSIDE).wait(5000);
    joins(lan, OUTSIDE);
    expect(lan.story()).toEqual([]);
    expect(lan.wait(120_000).announce(LAPTOP, OUTSIDE).raised()).toMatchObject([conflict]);
  });

  it('is raised at once for a claim within a minute of the lease, when no lessee is asleep yet', () => {
    expect(leased().wait(1000).reply(LAPTOP, OUTSIDE).raised()).toMatchObject([conflict]);
    expect(leased().wait(59_000).announce(LAPTOP, OUTSIDE).raised()).toMatchObject([conflict]);
    expect(leased().wait(60_000).announce(LAPTOP, OUTSIDE).story()).toEqual([]);
  });

  it('waits for a second claim in the first second, when a sleep proxy may still stand in', () => {
    const lan = leased().wait(200).reply(LAPTOP, OUTSIDE);
    expect(lan.wait(700).reply(LAPTOP, OUTSIDE).story()).toEqual([]);
    expect(lan.wait(400).reply(LAPTOP, OUTSIDE).raised()).toMatchObject([conflict]);
  });

  it('is refreshed by the other one alone, and resolved after quiet', () => {
    const lan = settled().announce(LAPTOP, OUTSIDE).wait(1000);
    lan.dhcp({ type: 'request', client: PHONE, clientIp: OUTSIDE });
    for (let i = 0; i < 3; i += 1) lan.wait(100_000).announce(LAPTOP, OUTSIDE);
    expect(lan.active()).toMatchObject([{ ...conflict, occurrences: 4 }]);
    expect(lan.wait(600_000).active()).toEqual([]);
  });

  it("names the node when it is a node's static address, whichever is heard first", () => {
    const address = ip('192.168.1.11');
    const claimed = joins(new Lan(), address).announce(W1, address);
    const asked = joins(new Lan().announce(W1, address).wait(60_000), address);
    for (const lan of [claimed, asked]) {
      expect(lan.raised()).toMatchObject([{ kind: 'lease-conflict' }]);
      expect(lan.raised()[0]?.message).toContain('node w1');
    }
  });

  it('is not raised for a node that leases its address with one network card and uses it with another', () => {
    const address = ip('192.168.1.11');
    const two = INTENT.nodes.map((node) => (node.name === 'w1' ? { ...node, macs: [W1, mac('21')] } : node));
    const lan = joins(new Lan({ ...INTENT, nodes: two }), address, W1);
    for (let i = 0; i < 5; i += 1)
      lan.wait(2000).announce(mac('21'), address).wait(2000).announce(W1, address);
    expect(kinds(lan)).toEqual([]);
  });

  it('is not raised for a client that moves behind a repeater and asks for its address from there', () => {
    const repeater = mac('77');
    const lan = settled().announce(repeater, OUTSIDE).wait(1000);
    lan.dhcp({ type: 'request', client: PHONE, requested: OUTSIDE, from: repeater }).wait(1000);
    lan.announce(repeater, OUTSIDE).wait(60_000);
    expect(lan.story()).toEqual([]);
    expect(lan.dismissed('lessee-behind-repeater')).toBe(1);
  });

  it('is not raised for a sleep proxy that announces the address of a host just fallen asleep', () => {
    const lan = settled().wait(5000).announce(LAPTOP, OUTSIDE);
    for (let i = 0; i < 20; i += 1) lan.wait(60_000).reply(LAPTOP, OUTSIDE);
    expect(lan.story()).toEqual([]);
    expect(lan.dismissed('lessee-not-heard-since')).toBeGreaterThan(0);
    expect(lan.dismissed('lessee-silent')).toBeGreaterThan(0);
  });

  const asks = (lan: Lan) => lan.dhcp({ type: 'request', client: PHONE, requested: OUTSIDE });

  it('is not raised for a host that wakes, whose sleep proxy claimed its address until then', () => {
    const asleep = (ms: number) =>
      settled()
        .wait(ms / 2)
        .announce(LAPTOP, OUTSIDE)
        .wait(ms / 2);
    const awake = asks(asleep(120_000)).wait(5000).announce(PHONE, OUTSIDE);
    for (let i = 0; i < 20; i += 1) awake.wait(30_000).announce(PHONE, OUTSIDE);
    expect(awake.story()).toEqual([]);
    // It was last heard a second before it fell asleep.
    expect(asks(asleep(58_900)).raised()).toMatchObject([conflict]);
    expect(asks(asleep(59_000)).story()).toEqual([]);
  });

  it('is not raised for a sleep proxy that answers once more before it notices that the host woke', () => {
    const woken = (ms: number) =>
      asks(settled().wait(300_000).reply(LAPTOP, OUTSIDE).wait(60_000)).wait(ms).reply(LAPTOP, OUTSIDE);
    expect(woken(999).wait(600_000).story()).toEqual([]);
    expect(woken(1000).raised()).toMatchObject([conflict]);
    expect(woken(999).wait(1000).reply(LAPTOP, OUTSIDE).raised()).toMatchObject([conflict]);
  });

  it('is not raised for a host that wakes and falls asleep again, unless it does so three times in a row', () => {
    const lan = settled().wait(120_000).reply(LAPTOP, OUTSIDE);
    const wakes = (ms: number) => asks(lan.wait(120_000)).wait(ms).reply(LAPTOP, OUTSIDE);
    expect(wakes(60_000).story()).toEqual([]);
    expect(wakes(60_000).story()).toEqual([]);
    expect(wakes(60_000).raised()).toMatchObject([conflict]);
    const often = settled().wait(120_000).reply(LAPTOP, OUTSIDE);
    for (let i = 0; i < 10; i += 1) {
      asks(often.wait(120_000)).wait(120_000).reply(LAPTOP, OUTSIDE).wait(60_000).reply(LAPTOP, OUTSIDE);
    }
    expect(often.story()).toEqual([]);
    const soon = settled().wait(120_000).reply(LAPTOP, OUTSIDE).wait(120_000);
    expect(asks(soon).wait(59_999).reply(LAPTOP, OUTSIDE).raised()).toMatchObject([conflict]);
  });

  it('is not raised for a host that wakes after its lease ended, or before anything is known of it', () => {
    const anew = (ms: number) =>
      joins(new Lan().reply(LAPTOP, OUTSIDE).wait(300_000), OUTSIDE).wait(ms).reply(LAPTOP, OUTSIDE);
    expect(anew(999).wait(600_000).story()).toEqual([]);
    expect(anew(1000).raised()).toMatchObject([conflict]);
    const lan = asks(new Lan().reply(LAPTOP, OUTSIDE).wait(300_000)).wait(500).reply(LAPTOP, OUTSIDE);
    lan.wait(500).announce(PHONE, OUTSIDE).wait(90_000).announce(PHONE, OUTSIDE).wait(5000);
    expect(lan.announce(LAPTOP, OUTSIDE).wait(600_000).story()).toEqual([]);
  });

  it('is not raised for one burst of announcements as the lease begins', () => {
    const lan = leased();
    for (let i = 0; i < 5; i += 1) lan.announce(LAPTOP, OUTSIDE).wait(200);
    expect(lan.wait(3_600_000).story()).toEqual([]);
  });

  it('is not raised for a former lessee that went before the address was leased anew', () => {
    const lan = new Lan().announce(LAPTOP, OUTSIDE).wait(5000);
    joins(lan, OUTSIDE).wait(1000).announce(PHONE, OUTSIDE).wait(60_000);
    lan.dhcp({ type: 'request', client: PHONE, clientIp: OUTSIDE });
    expect(lan.story()).toEqual([]);
  });

  it('is not raised for the lessee, or a repeater that lends it its MAC', () => {
    const repeater = mac('77');
    const lan = new Lan().dhcp({
      type: 'request',
      client: PHONE,
      requested: OUTSIDE,
      server: SERVER,
      from: repeater,
    });
    lan.announce(PHONE, OUTSIDE).announce(repeater, OUTSIDE).wait(60_000);
    expect(lan.story()).toEqual([]);
    expect(lan.dismissed('lessee-behind-repeater')).toBe(1);
  });

  it('is not raised for a sleep proxy, or whoever uses an abandoned lease', () => {
    const lan = leased()
      .wait(15 * 60_000)
      .announce(LAPTOP, OUTSIDE);
    expect(lan.story()).toEqual([]);
    expect(lan.dismissed('lessee-silent')).toBe(1);
  });

  it('is not raised against what a roaming client merely wished for', () => {
    const lan = new Lan()
      .announce(LAPTOP, OUTSIDE)
      .dhcp({ type: 'request', client: PHONE, requested: OUTSIDE });
    for (let i = 0; i < 5; i += 1) lan.wait(2000).announce(LAPTOP, OUTSIDE);
    expect(lan.story()).toEqual([]);
    expect(lan.dismissed('unconfirmed-lease')).toBe(5);
  });
});

describe('a lease wished for in vain until its client uses it', () => {
  it('counts as a lease in a conflict', () => {
    const lan = new Lan().dhcp({ type: 'request', client: PHONE, requested: OUTSIDE }).wait(1000);
    for (let i = 0; i < 2; i += 1) {
      lan.announce(LAPTOP, OUTSIDE).wait(20_000).announce(PHONE, OUTSIDE).wait(20_000);
    }
    expect(kinds(lan)).toEqual(['lease-conflict']);
  });
});

describe('lease-conflict, where this agent can ask', () => {
  const agent = () => {
    const lan = new Lan(INTENT, { onNodesToAsk: () => {} });
    const networks = [{ ...range('192.168.1.0/24'), segment: 'eth0' }];
    lan.watcher.setOwnInterfaces({ addresses: [ip('192.168.1.10')], macs: [CP], networks });
    return lan;
  };
  const joined = () => joins(agent(), OUTSIDE).wait(1000).announce(PHONE, OUTSIDE).wait(10_000);
  /** Each second, as long as the watcher wants to know. */
  const asked = (lan: Lan, seconds: number, by: readonly Mac[]) => {
    for (let i = 0; i < seconds; i += 1) {
      if (lan.watcher.nodesToAsk(lan.now).includes(OUTSIDE)) for (const one of by) lan.reply(one, OUTSIDE);
      lan.wait(1000);
    }
    return lan;
  };

  it('is raised once both answer the same questions', () => {
    const lan = asked(joined().announce(LAPTOP, OUTSIDE), 4, [PHONE, LAPTOP]);
    expect(lan.story()).toEqual([]);
    expect(lan.dismissed('awaiting-both-answers')).toBeGreaterThan(0);
    expect(asked(lan, 2, [PHONE, LAPTOP]).raised()).toMatchObject([{ kind: 'lease-conflict' }]);
    expect(lan.watcher.nodesToAsk(lan.now)).toEqual([]);
  });

  it('is not raised for a sleep proxy of a host that sleeps for some seconds', () => {
    const asleep = asked(joined().announce(LAPTOP, OUTSIDE), 15, [LAPTOP]);
    const awake = asked(asleep.announce(PHONE, OUTSIDE), 15, [PHONE]);
    expect(awake.wait(600_000).story()).toEqual([]);
    const meanwhile = asked(joined().announce(LAPTOP, OUTSIDE), 3, [LAPTOP]);
    expect(asked(meanwhile, 10, [PHONE]).story()).toEqual([]);
  });
});
