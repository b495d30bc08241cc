// DHCP servers that should not be there, each with the look-alike that must stay silent.
import { describe, expect, it } from 'vitest';
import { INTENT, ip, Lan, mac, PHONE, ROUTER, type VIP } from '../lan.ts';

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
    expect(kinds(offers(offers(lan, SERVER).wait(30 * DAY), rogue))).toEqual(['rogue-dhcp-server']);
  });
});
