// One stray frame is no proof: what confirms a claim, and what does not.
import { describe, expect, it } from 'vitest';
import { INTENT, ip, Lan, mac, PHONE, ROUTER, VIP, W1 } from '../lan.ts';

const W1_IP = ip('192.168.1.11');

/** What was told of each finding: its state, and whether it was confirmed by then. */
function told(lan: Lan): string[] {
  return lan.events.flatMap((event) =>
    event.type === 'finding' && event.action !== 'resolved'
      ? [`${event.action} ${event.finding.kind} ${event.finding.confirmed ? 'confirmed' : 'unconfirmed'}`]
      : [],
  );
}

describe.each([
  { kind: 'foreign-claim', address: VIP },
  { kind: 'node-address-conflict', address: W1_IP },
])('$kind', ({ kind, address }) => {
  it('of one single announcement is not confirmed, and says so', () => {
    const lan = new Lan().announce(PHONE, address);
    expect(lan.active()).toMatchObject([{ kind, confirmed: false, severity: 'critical' }]);
    expect(lan.active()[0]?.message).toMatch(/may .* Not confirmed yet: .*\.$/);
    // RFC 5227, section 2.3: every machine announces twice, two seconds apart.
    lan.wait(2000).announce(PHONE, address);
    expect(told(lan)).toEqual([`raised ${kind} unconfirmed`]);
  });

  it('is confirmed by an answer to a question, and told so once', () => {
    const lan = new Lan().reply(W1, address).announce(PHONE, address).wait(100).reply(PHONE, address);
    lan.wait(100).announce(PHONE, address).wait(100).reply(PHONE, address);
    expect(told(lan)).toEqual([`raised ${kind} unconfirmed`, `changed ${kind} confirmed`]);
    expect(lan.active()[0]?.message).not.toMatch(/may|confirmed/);
    const change = lan.events.find((event) => event.type === 'finding' && event.action === 'changed');
    expect(change).toMatchObject({ changed: ['confirmed'], finding: { confirmed: true } });
  });

  it.each([
    { ms: 9_999, confirmed: false },
    { ms: 10_000, confirmed: true },
  ])('claimed again after $ms ms: confirmed is $confirmed', ({ ms, confirmed }) => {
    const lan = new Lan().announce(PHONE, address).wait(ms).announce(PHONE, address);
    expect(lan.active()).toMatchObject([{ kind, confirmed }]);
  });

  it('is not confirmed by what another machine does', () => {
    const lan = new Lan().announce(PHONE, address).wait(12_000).announce(mac('bb'), address);
    expect(lan.active()).toMatchObject([
      { confirmed: false, culprit: { mac: PHONE } },
      { confirmed: false, culprit: { mac: mac('bb') } },
    ]);
  });

  it('is confirmed where strangers go on to claim the address, each with a MAC made up for one frame', () => {
    const lan = new Lan();
    for (let number = 0x20; number < 0x24; number += 1)
      lan.announce(mac(number.toString(16)), address).wait(3_000);
    expect(lan.active().map(({ confirmed }) => confirmed)).toEqual([false, false, false, false]);
    lan.announce(mac('24'), address);
    expect(lan.active().filter(({ confirmed }) => confirmed)).toMatchObject([
      { culprit: { mac: mac('24') } },
    ]);
  });

  it('is confirmed by a second claim though other MACs made the first one forgotten', () => {
    const lan = new Lan().announce(PHONE, address);
    for (let number = 0x20; number < 0x30; number += 1)
      lan.wait(10).announce(mac(number.toString(16)), address);
    lan.wait(10_000).announce(PHONE, address);
    expect(
      lan.active().find(({ culprit }) => culprit && 'mac' in culprit && culprit.mac === PHONE),
    ).toMatchObject({
      confirmed: true,
    });
  });

  it('of a machine that answers has room, however many stray frames came before', () => {
    const lan = new Lan();
    for (let number = 0x20; number < 0x40; number += 1)
      lan.wait(10).announce(mac(number.toString(16)), address);
    expect(lan.active()).toHaveLength(16);
    lan.wait(100).reply(PHONE, address);
    expect(lan.active()).toHaveLength(16);
    expect(lan.active().filter(({ confirmed }) => confirmed)).toMatchObject([{ culprit: { mac: PHONE } }]);
  });

  it('that is suppressed is confirmed in silence', () => {
    const ignore = [{ mac: PHONE, ranges: [], kinds: null, comment: 'known' }];
    const lan = new Lan(INTENT, { suppression: { kinds: {}, ignore, silences: [] } });
    lan.announce(PHONE, address).wait(1000).reply(W1, address).reply(PHONE, address);
    expect(told(lan)).toEqual([]);
    expect(lan.watcher.findings()).toMatchObject([{ state: 'suppressed', confirmed: true }]);
  });
});

it('a machine that DHCP leased the VIP to is confirmed by its first announcement', () => {
  const lan = new Lan().dhcp({ type: 'request', client: PHONE, requested: VIP, server: ip('192.168.1.1') });
  lan.announce(PHONE, VIP);
  expect(told(lan)).toEqual(['raised lease-on-vip confirmed', 'raised foreign-claim confirmed']);
});

it('other kinds are confirmed by what raises them', () => {
  const lan = new Lan().announce(ROUTER, ip('192.168.1.55'));
  expect(lan.active()).toMatchObject([{ kind: 'pool-address-taken', confirmed: true }]);
});

it('a node whose MAC was learned and that shares its address: the other machine is confirmed likewise', () => {
  const learning = () => new Lan({ ...INTENT, nodes: INTENT.nodes.map((node) => ({ ...node, macs: [] })) });
  const claimedFor = (ms: number) =>
    learning()
      .announce(W1, W1_IP)
      .wait(1000)
      .announce(PHONE, W1_IP)
      .wait(ms)
      .announce(PHONE, W1_IP)
      .wait(1000);
  expect(claimedFor(9_999).reply(W1, W1_IP).active()).toMatchObject([{ confirmed: false }]);
  expect(claimedFor(10_000).reply(W1, W1_IP).active()).toMatchObject([{ confirmed: true }]);
});
