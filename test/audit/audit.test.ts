// What an audit says of servers that behave as real ones do, and what it sends for that.
import { describe, expect, it } from 'vitest';
import { type AuditRow, DhcpAudit } from '../../src/audit/audit.ts';
import type { Offer } from '../../src/audit/frames.ts';
import { SECOND } from '../../src/base/time.ts';
import { auditMac } from '../../src/dhcp/audit-client.ts';
import { clientIdentifier, DHCPDISCOVER, hostname, parameterList } from '../../src/dhcp/option.ts';
import type { Ipv4, Mac } from '../../src/net/address.ts';
import {
  AuditLan,
  addressesOf,
  counting,
  DHCPD,
  DNSMASQ,
  type FakeServer,
  ip,
  KEA,
  NODE,
  range,
  type Station,
  UDHCPD,
} from './servers.ts';

const VIP = ip('192.168.1.55');
const OUTSIDE = ip('192.168.1.240');
const ROUTER = ip('192.168.1.1');
const RANGE = range('192.168.1.50-192.168.1.60');
const announcer = (pongs: boolean): Station => ({ ip: VIP, mac: '02:00:00:00:00:11' as Mac, pongs });

function audited(lan: AuditLan, addresses: readonly Ipv4[], isOwn = (_: Ipv4) => false) {
  const rows: (AuditRow & { after: number })[] = [];
  const audit = new DhcpAudit({
    source: NODE,
    addresses,
    transactionId: counting(),
    isOwn,
    isSpokenFor: (one) => one === NODE.ip,
    onRow: (row, now) => rows.push({ ...row, after: now / SECOND }),
  });
  lan.play(audit);
  return { rows, audit };
}

const server = (of: Partial<FakeServer> & Pick<FakeServer, 'delay'>): FakeServer => ({
  ip: ROUTER,
  ranges: [RANGE],
  ...of,
});

describe.each([
  ['dnsmasq', DNSMASQ],
  ['ISC dhcpd', DHCPD],
  ['Kea', KEA],
  ['udhcpd', UDHCPD],
])('%s', (_, like) => {
  it('would lease a VIP in its range: told within 10 s', () => {
    const { rows } = audited(new AuditLan([server(like)], [announcer(false)]), [VIP]);
    expect(rows).toMatchObject([
      { ip: VIP, server: ROUTER, verdict: 'would-lease', offered: VIP, reason: null },
    ]);
    expect(rows[0]!.after).toBeLessThan(10);
  });

  it('would not lease an address outside of it: proved by a control question', () => {
    const { rows } = audited(new AuditLan([server(like)]), [OUTSIDE]);
    expect(rows).toMatchObject([{ ip: OUTSIDE, server: ROUTER, verdict: 'safe', reason: null }]);
    expect(rows[0]!.offered).not.toBe(OUTSIDE);
  });

  it('is not asked for a VIP that answers ping', () => {
    const lan = new AuditLan([server(like)], [announcer(true)]);
    expect(audited(lan, [VIP]).rows).toMatchObject([
      { ip: VIP, server: null, verdict: 'unknown', offered: null, reason: 'answers-ping' },
    ]);
    expect(lan.pinged).toEqual([VIP]);
    expect(lan.discovers).toEqual([]);
  });

  it('still has addresses for others, however many it is asked for', () => {
    const lan = new AuditLan([server(like)]);
    const { rows } = audited(lan, addressesOf('192.168.1.200-192.168.1.231'));
    expect(rows).toHaveLength(32);
    expect(new Set(rows.map(({ verdict }) => verdict))).toEqual(new Set(['safe']));
    // Of eleven addresses udhcpd holds a few for a minute; the others hold none, and are asked once a second.
    if (like === UDHCPD) expect(lan.mostHeld).toBeLessThanOrEqual(7);
    else expect(lan.now).toBeLessThan(60 * SECOND);
  });
});

describe('who offers', () => {
  const offering = (servers: readonly FakeServer[]) => {
    const offers: Offer[] = [];
    const audit = new DhcpAudit({
      source: NODE,
      addresses: [OUTSIDE],
      transactionId: counting(),
      isOwn: () => false,
      isSpokenFor: () => false,
      onRow: () => {},
      onOffer: (offer) => offers.push(offer),
    });
    new AuditLan(servers).play(audit);
    return offers.map(({ server: from, mac }) => [from, mac]);
  };

  it('is told with the sender of the frame', () => {
    const both = [server(KEA), server({ ...KEA, ip: ip('192.168.1.2') })];
    expect(offering(both)).toEqual([
      [ROUTER, expect.stringMatching(/^02:/)],
      ['192.168.1.2', expect.stringMatching(/^02:/)],
    ]);
  });

  it('is no server that only says where to boot from', () => {
    const proxy = server({ ...KEA, ip: ip('192.168.1.2'), offer: () => ip('0.0.0.0') });
    expect(offering([server(KEA), proxy]).map(([from]) => from)).toEqual([ROUTER]);
  });
});

describe('what is sent', () => {
  const lan = new AuditLan([server(DNSMASQ), server({ ...KEA, ip: ip('192.168.1.2') })], [announcer(false)]);
  audited(lan, [VIP, OUTSIDE, ip('192.168.1.241'), ip('192.168.1.242')]);

  it('comes in the order of the addresses, whoever is slow to answer ARP', () => {
    const first = lan.discovers.map(({ asked }) => asked).filter((one) => one === VIP || one.includes('.24'));
    expect(first).toEqual([VIP, OUTSIDE, '192.168.1.241', '192.168.1.242']);
  });

  it('is DISCOVER and nothing else, besides ARP and ping', () => {
    expect(lan.discovers.length).toBeGreaterThan(4);
    for (const { packet } of lan.discovers) expect(packet.messageType).toBe(DHCPDISCOVER);
    expect(lan.others).toEqual([]);
  });

  it('has a client made of each address, and asks for an answer by broadcast', () => {
    for (const { asked, packet } of lan.discovers) {
      expect(packet).toMatchObject({ clientMac: auditMac(asked), broadcast: true, secondsElapsed: 0 });
      expect(packet).toMatchObject({ clientIp: '0.0.0.0', relayIp: '0.0.0.0' });
      expect([clientIdentifier(packet), hostname(packet)]).toEqual([null, null]);
      expect(parameterList(packet)).toEqual([1, 3, 6, 51, 54]);
    }
    expect(auditMac(ip('192.168.1.50'))).toBe('02:76:77:a8:01:32');
  });

  it('is no two DISCOVERs within a second, each with a number of its own', () => {
    const times = lan.discovers.map(({ at }) => at);
    const gaps = times.slice(1).map((at, i) => at - times[i]!);
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(SECOND);
    expect(new Set(lan.discovers.map(({ packet }) => packet.transactionId)).size).toBe(lan.discovers.length);
  });

  it('is nothing for an address of this machine itself', () => {
    const quiet = new AuditLan([server(KEA)]);
    expect(audited(quiet, [VIP], (one) => one === VIP).rows).toMatchObject([
      { verdict: 'unknown', reason: 'answers-ping' },
    ]);
    expect(quiet.discovers).toEqual([]);
  });
});

describe('what cannot be told', () => {
  it.each(['by-hash', 'in-a-row'] as const)('of a server that ignores what is asked for: %s', (ignores) => {
    const lan = new AuditLan([server({ ...KEA, ignores })]);
    expect(audited(lan, [OUTSIDE]).rows).toMatchObject([
      { ip: OUTSIDE, server: ROUTER, verdict: 'unknown', reason: 'ignores-the-request' },
    ]);
  });

  it('where nobody answers: asked once more as this node itself, with a client id of its own', () => {
    const lan = new AuditLan([]);
    const { rows } = audited(lan, [VIP]);
    expect(rows).toMatchObject([
      { ip: VIP, server: null, verdict: 'unknown', offered: null, reason: 'no-offer' },
    ]);
    expect(lan.discovers.map(({ packet }) => [packet.clientMac, clientIdentifier(packet)])).toEqual([
      [auditMac(VIP), null],
      [NODE.mac, `00${Buffer.from('vipwatch').toString('hex')}c0a80137`],
    ]);
  });

  it('of a switch that drops clients other than the sender: the second try is heard', () => {
    const snooped = server({
      ...KEA,
      offer: (packet) => (packet.clientMac === NODE.mac ? VIP : null),
    });
    expect(audited(new AuditLan([snooped], [announcer(false)]), [VIP]).rows).toMatchObject([
      { ip: VIP, verdict: 'would-lease' },
    ]);
  });

  it('where there is nothing to ask a control question for', () => {
    const others = addressesOf('192.168.1.2-192.168.1.239').map(
      (one, i): Station => ({
        ip: one,
        mac: `02:00:00:00:02:${(i % 256).toString(16).padStart(2, '0')}` as Mac,
        pongs: false,
      }),
    );
    const lan = new AuditLan([server({ ...KEA, offer: () => ip('192.168.1.57') })], others);
    expect(audited(lan, [OUTSIDE]).rows).toMatchObject([
      { ip: OUTSIDE, verdict: 'was-not-offered', offered: '192.168.1.57', reason: null },
    ]);
  });
});

describe('servers that disagree, or lie', () => {
  it('are each told of', () => {
    const second = server({
      ...DNSMASQ,
      ip: ip('192.168.1.2'),
      ranges: [range('192.168.1.200-192.168.1.250')],
    });
    const { rows } = audited(new AuditLan([server(KEA), second]), [OUTSIDE]);
    expect(rows.toSorted((a, b) => (a.server! < b.server! ? -1 : 1))).toMatchObject([
      { ip: OUTSIDE, server: ROUTER, verdict: 'safe' },
      { ip: OUTSIDE, server: '192.168.1.2', verdict: 'would-lease', offered: OUTSIDE },
    ]);
  });

  it('of an address elsewhere, or of none, have offered nothing', () => {
    for (const offered of ['10.0.0.5', '192.168.1.255', '192.168.1.0', '0.0.0.0']) {
      const { rows } = audited(new AuditLan([server({ ...KEA, offer: () => ip(offered) })]), [OUTSIDE]);
      expect(rows).toMatchObject([{ verdict: 'unknown', reason: 'no-offer' }]);
    }
  });

  it('with many names are heard up to a bound', () => {
    const crowd = addressesOf('192.168.1.100-192.168.1.139').map((one) =>
      server({ ...KEA, ip: one, offer: () => VIP }),
    );
    expect(audited(new AuditLan(crowd), [VIP]).rows).toHaveLength(8);
  });
});
