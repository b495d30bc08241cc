// DHCP servers that should not be there, each with the look-alike that must stay silent.
import { describe, expect, it } from 'vitest';
import { INTENT, ip, Lan, mac, PHONE, ROUTER, VIP } from '../lan.ts';

const OUTSIDE = ip('192.168.1.100');
const SERVER = ip('192.168.1.1');
const LAPTOP = mac('bb');

const kinds = (lan: Lan) => lan.raised().map((finding) => finding.kind);

describe('rogue-dhcp-server', () => {
  const rogue = ip('192.168.1.66');
  const offers = (lan: Lan, server: typeof VIP, from = ROUTER) =>
    lan.dhcp({ type: 'offer', client: PHONE, yourIp: OUTSIDE, server, from });

  it('is raised for a second server where none is configured', () => {
    const lan = offers(offers(new Lan(), SERVER), rogue, LAPTOP);
    expect(lan.raised()).toMatchObject([
      { kind: 'rogue-dhcp-server', severity: 'warning', ip: SERVER, macs: [LAPTOP] },
    ]);
    expect(lan.raised()[0]?.message).toContain('192.168.1.66, answers on eth0 beside 192.168.1.1, which');
  });

  it('goes by the same address on an agent that heard the other one first', () => {
    const lan = offers(offers(new Lan(), rogue, LAPTOP), SERVER);
    expect(lan.raised()).toMatchObject([{ kind: 'rogue-dhcp-server', ip: SERVER, macs: [ROUTER] }]);
    expect(lan.raised()[0]?.message).toContain('192.168.1.1, answers on eth0 beside 192.168.1.66, which');
  });

  it('is raised for a server that is not the configured one, though first and only named by a client', () => {
    const lan = new Lan(INTENT, { dhcp: { ranges: [], servers: [SERVER] } });
    lan.dhcp({ type: 'request', client: PHONE, requested: OUTSIDE, server: rogue });
    expect(lan.raised()).toMatchObject([{ kind: 'rogue-dhcp-server', ip: rogue }]);
  });

  it('is raised after offers on more VLANs than are known', () => {
    const lan = offers(new Lan(), SERVER);
    for (let vlan = 1; vlan <= 300; vlan += 1)
      lan.dhcp(
        { type: 'offer', client: PHONE, yourIp: OUTSIDE, server: rogue, from: LAPTOP },
        { strippedVlan: vlan },
      );
    expect(lan.raised()).toEqual([]);
    expect(kinds(offers(lan, rogue, LAPTOP))).toEqual(['rogue-dhcp-server']);
  });

  it("is not raised for the one server, a configured pair, or another segment's server", () => {
    expect(offers(offers(new Lan(), SERVER), SERVER).story()).toEqual([]);
    const pair = new Lan(INTENT, { dhcp: { ranges: [], servers: [SERVER, rogue] } });
    expect(offers(offers(pair, SERVER), rogue).story()).toEqual([]);
    const lan = offers(new Lan(), SERVER).dhcp(
      { type: 'offer', client: PHONE, yourIp: OUTSIDE, server: rogue },
      { strippedVlan: 20 },
    );
    expect(lan.story()).toEqual([]);
  });

  it('is not raised for a ProxyDHCP server, which tells where to boot from and leases nothing', () => {
    const lan = offers(new Lan(), SERVER).dhcp({ type: 'offer', client: PHONE, server: rogue, from: LAPTOP });
    expect(lan.story()).toEqual([]);
    expect(lan.dismissed('proxy-dhcp')).toBe(1);
    expect(lan.watcher.dhcpServers()).toMatchObject([{ ip: SERVER }]);
  });

  const DAY = 24 * 3_600_000;

  it('is not raised for the server that took the place of one silent for a day', () => {
    const lan = offers(offers(new Lan(), SERVER).wait(DAY), rogue, LAPTOP);
    expect(lan.story()).toEqual([]);
    expect(lan.watcher.dhcpServers().filter((server) => server.expected)).toMatchObject([{ ip: rogue }]);
    expect(offers(lan, SERVER).raised()).toMatchObject([{ kind: 'rogue-dhcp-server', ip: SERVER }]);
  });

  it('is resolved once the first server has been silent for a day beside it', () => {
    const lan = offers(new Lan(), SERVER);
    for (let hour = 0; hour < 30; hour += 1) offers(lan, rogue, LAPTOP).wait(600_000).wait(3_000_000);
    expect(lan.active()).toEqual([]);
    expect(lan.dismissed('expected-dhcp-server')).toBeGreaterThan(0);
  });

  it('is raised for a newcomer however long a configured server was silent', () => {
    const lan = new Lan(INTENT, { dhcp: { ranges: [], servers: [SERVER] } });
    expect(kinds(offers(offers(lan, SERVER).wait(30 * DAY), rogue, LAPTOP))).toEqual(['rogue-dhcp-server']);
  });

  it('is not raised for one machine that answers from two addresses', () => {
    for (const servers of [null, [SERVER]]) {
      const lan = new Lan(INTENT, { dhcp: { ranges: [], servers } });
      expect(offers(offers(lan, SERVER), rogue).story()).toEqual([]);
      expect(lan.watcher.dhcpServers().map(({ expected }) => expected)).toEqual([true, true]);
      expect(kinds(offers(lan, ip('192.168.1.67'), LAPTOP))).toEqual(['rogue-dhcp-server']);
    }
  });

  const takes = (lan: Lan, server: typeof VIP) =>
    lan.dhcp({ type: 'request', client: PHONE, requested: OUTSIDE, server });

  it('is not raised for one machine that clients name by two addresses, both of which it claims', () => {
    const machines = [
      [ROUTER, ROUTER, []],
      [ROUTER, LAPTOP, ['rogue-dhcp-server']],
    ] as const;
    for (const [first, second, expected] of machines) {
      const lan = new Lan().reply(first, SERVER).reply(second, rogue);
      expect(kinds(takes(takes(lan, SERVER), rogue))).toEqual(expected);
    }
  });

  it('is over once the second server is seen to be the first one', () => {
    const lan = takes(takes(new Lan(), SERVER), rogue);
    expect(lan.active()).toHaveLength(1);
    offers(lan, rogue, LAPTOP);
    expect(lan.active()).toHaveLength(1);
    offers(lan, SERVER, LAPTOP);
    expect(lan.active()).toEqual([]);
    expect(offers(lan.wait(60_000), rogue, LAPTOP).active()).toEqual([]);
  });

  it('is not over for a third one that is another machine', () => {
    const lan = takes(takes(new Lan(), SERVER), rogue);
    offers(offers(offers(lan, ip('192.168.1.67'), PHONE), rogue, LAPTOP), SERVER, LAPTOP);
    expect(lan.active()).toHaveLength(1);
  });

  it("is raised for two servers behind one relay, whose MAC is the relay's", () => {
    const relayIp = ip('192.168.1.254');
    const relayed = (lan: Lan, server: typeof VIP) =>
      lan.dhcp({ type: 'offer', client: PHONE, yourIp: OUTSIDE, server, relayIp, from: ROUTER });
    const lan = relayed(relayed(new Lan(), SERVER), rogue);
    expect(lan.raised()).toMatchObject([{ kind: 'rogue-dhcp-server', macs: [] }]);
  });

  describe('that does not name itself (option 54)', () => {
    const bare = { type: 'offer', client: PHONE, yourIp: OUTSIDE } as const;

    it('is raised where the expected ones are listed, by the address that it answers from', () => {
      const lan = new Lan(INTENT, { dhcp: { ranges: [], servers: [SERVER] } });
      lan.dhcp({ ...bare, source: rogue });
      expect(lan.raised()).toMatchObject([{ kind: 'rogue-dhcp-server', ip: rogue }]);
      expect(kinds(lan.dhcp({ ...bare, type: 'ack', source: ip('192.168.1.67') }))).toHaveLength(2);
    });

    it('is not raised for the expected one, another address of its machine, or what a relay sent on', () => {
      const lan = new Lan(INTENT, { dhcp: { ranges: [], servers: [SERVER] } });
      lan.dhcp({ ...bare, source: SERVER, from: ROUTER }).dhcp({ ...bare, source: rogue, from: ROUTER });
      lan.dhcp({ ...bare, source: ip('192.168.1.254'), relayIp: ip('192.168.1.254'), from: LAPTOP });
      expect(lan.dhcp({ ...bare, from: LAPTOP }).story()).toEqual([]);
    });

    it('is not raised where none are listed', () => {
      const lan = offers(new Lan(), SERVER).dhcp({ ...bare, source: rogue });
      expect(lan.story()).toEqual([]);
      expect(lan.dismissed('unnamed-dhcp-server')).toBe(1);
    });
  });

  describe('for what leases nothing', () => {
    const listed = () => new Lan(INTENT, { dhcp: { ranges: [], servers: [SERVER] } });

    it('is not raised: an answer to an INFORM, even one that repeats the address', () => {
      const asks = () => listed().dhcp({ type: 'inform', client: PHONE, clientIp: OUTSIDE });
      for (const yourIp of [undefined, OUTSIDE]) {
        const lan = asks().dhcp({ type: 'ack', client: PHONE, server: rogue, ...(yourIp && { yourIp }) });
        expect(lan.story()).toEqual([]);
        expect(lan.watcher.leases()).toEqual([]);
      }
      const other = asks().dhcp({
        type: 'ack',
        client: PHONE,
        server: rogue,
        yourIp: OUTSIDE,
        transactionId: 9,
      });
      expect(kinds(other)).toEqual(['rogue-dhcp-server']);
    });

    it('is not raised: an acknowledgement by a ProxyDHCP or boot server', () => {
      const lan = listed();
      lan
        .dhcp({ type: 'request', client: PHONE, clientIp: VIP, serverPort: 4011 })
        .dhcp({ type: 'ack', client: PHONE, yourIp: VIP, server: rogue, serverPort: 4011 })
        .dhcp({ type: 'ack', client: PHONE, yourIp: VIP, server: rogue, vendorClass: 'PXEClient' });
      expect(lan.story()).toEqual([]);
      expect(lan.dismissed('proxy-dhcp')).toBe(3);
    });

    it('is raised: the same from a server that says for how long', () => {
      const lan = listed().dhcp({
        type: 'ack',
        client: PHONE,
        yourIp: OUTSIDE,
        server: rogue,
        seconds: 600,
        vendorClass: 'PXEClient',
      });
      expect(kinds(lan)).toEqual(['rogue-dhcp-server']);
    });
  });
});
