// What every agent makes of an audit that it hears: of the servers' answers, and of its client, which takes nothing.
import { describe, expect, it } from 'vitest';
import { discoverFrame } from '../../../src/audit/frames.ts';
import { auditMac } from '../../../src/dhcp/audit-client.ts';
import type { Ipv4, Mac } from '../../../src/net/address.ts';
import { rangeText } from '../../../src/net/range.ts';
import { CP, INTENT, ip, Lan, PHONE, range, VIP } from '../lan.ts';

const NODE = { mac: CP, ip: ip('192.168.1.10'), network: range('192.168.1.0/24') };
const FREE = ip('192.168.1.55');
const SERVER = ip('192.168.1.1');
const SECOND = ip('192.168.1.2');
let number = 0;

/** An audit's question and the answers of servers. */
function audit(lan: Lan, asked: Ipv4, answers: readonly [Ipv4, Ipv4][], ownMac: Mac | null = null) {
  number += 1;
  const transactionId = 0x7000_0000 + number;
  lan.frame(discoverFrame(NODE, { ip: asked, transactionId, ownMac }));
  for (const [server, yourIp] of answers)
    lan.dhcp({ type: 'offer', client: ownMac ?? auditMac(asked), transactionId, server, yourIp });
  return lan;
}

describe('the router would lease it today', () => {
  it('is critical of a VIP', () => {
    expect(audit(new Lan(), VIP, [[SERVER, VIP]]).raised()).toMatchObject([
      {
        kind: 'dhcp-range-overlaps-pool',
        severity: 'critical',
        ip: VIP,
        vip: { service: 'traefik/traefik', pool: 'main-pool' },
        message:
          'DHCP server 192.168.1.1 would lease the VIP 192.168.1.50 of traefik/traefik today: it offered the address when asked for it.',
        remedy: expect.stringContaining('Shrink the range of DHCP server 192.168.1.1'),
        evidence: [{ summary: expect.stringContaining('OFFER') }],
      },
    ]);
  });

  it('is a warning of a free address of a pool, one for the pool', () => {
    const lan = audit(audit(new Lan(), FREE, [[SERVER, FREE]]), ip('192.168.1.57'), [
      [SERVER, ip('192.168.1.57')],
    ]);
    expect(lan.raised()).toMatchObject([
      { severity: 'warning', ip: VIP, vip: { service: null, pool: 'main-pool' } },
    ]);
  });

  it('is heard where the question comes from a node itself', () => {
    expect(audit(new Lan(), VIP, [[SERVER, VIP]], CP).raised()).toMatchObject([{ severity: 'critical' }]);
  });

  it('stays critical whatever else the pool is offered to', () => {
    const lan = audit(new Lan(), VIP, [[SERVER, VIP]]);
    audit(lan, FREE, [[SERVER, FREE]]);
    lan.dhcp({ type: 'offer', client: PHONE, yourIp: FREE, server: SERVER });
    expect(lan.active()).toMatchObject([
      { severity: 'critical', message: expect.stringContaining('would lease') },
    ]);
    expect(lan.story()).toHaveLength(1);
  });

  it('is over once the same server, asked again, offers another address', () => {
    const lan = audit(new Lan(), VIP, [[SERVER, VIP]]);
    expect(
      audit(lan, VIP, [[SECOND, ip('192.168.1.100')]])
        .active()
        .map(({ kind }) => kind),
    ).toContain('dhcp-range-overlaps-pool');
    audit(lan, VIP, [[SERVER, ip('192.168.1.100')]]);
    expect(lan.active().map(({ kind }) => kind)).not.toContain('dhcp-range-overlaps-pool');
  });
});

describe('its client', () => {
  it('has no lease, and no finding, whatever it is offered', () => {
    const lan = audit(new Lan(), VIP, [[SERVER, VIP]]);
    audit(lan, ip('192.168.1.100'), [[SERVER, ip('192.168.1.100')]]);
    expect(lan.watcher.leases()).toEqual([]);
    expect(lan.events.filter(({ type }) => type === 'lease')).toEqual([]);
    expect(
      lan
        .wait(60_000)
        .raised()
        .map(({ kind }) => kind),
    ).toEqual(['dhcp-range-overlaps-pool']);
    expect(lan.dismissed('dhcp-audit')).toBe(4);
  });

  it('is another one where the address does not fit, the class is missing, or the server answers somebody else', () => {
    const lan = new Lan();
    // A device with such a MAC that asks for another address.
    lan.dhcp({ type: 'discover', client: auditMac(FREE), requested: VIP, vendorClass: 'vipwatch' });
    lan.dhcp({ type: 'discover', client: auditMac(VIP), requested: VIP });
    lan.dhcp({ type: 'discover', client: auditMac(VIP), requested: VIP, vendorClass: 'vipwatch2' });
    expect([lan.dismissed('dhcp-audit'), lan.dismissed('dhcp-discover')]).toEqual([0, 3]);
    lan.dhcp({
      type: 'request',
      client: auditMac(VIP),
      requested: VIP,
      server: SERVER,
      vendorClass: 'vipwatch',
    });
    expect(lan.active()).toMatchObject([{ kind: 'lease-on-vip', macs: [auditMac(VIP)] }]);
    const other = audit(new Lan(), VIP, []);
    other.dhcp({ type: 'offer', client: auditMac(VIP), transactionId: 1, yourIp: FREE, server: SERVER });
    expect(other.raised()).toMatchObject([{ severity: 'warning' }]);
    expect(other.watcher.leases()).toMatchObject([{ state: 'offered' }]);
  });

  it('is no phone that asks for a VIP by name', () => {
    const lan = new Lan().dhcp({ type: 'discover', client: PHONE, requested: VIP });
    lan.dhcp({ type: 'offer', client: PHONE, yourIp: VIP, server: SERVER });
    expect(lan.raised()).toMatchObject([{ kind: 'dhcp-range-overlaps-pool', severity: 'warning' }]);
  });

  it('does not make a rogue of the router that answers it, but shows a second server', () => {
    const lan = audit(new Lan(), VIP, [[SERVER, ip('192.168.1.100')]]);
    expect(lan.raised()).toEqual([]);
    expect(lan.watcher.dhcpServers()).toMatchObject([{ ip: SERVER, expected: true }]);
    audit(lan, VIP, [
      [SERVER, ip('192.168.1.100')],
      [SECOND, ip('192.168.1.100')],
    ]);
    expect(lan.raised()).toMatchObject([{ kind: 'rogue-dhcp-server' }]);
  });
});

describe('the range that shows', () => {
  const shown = (lan: Lan) =>
    lan.watcher
      .dhcpRanges()
      .map((one) => `${one.source} ${one.name} ${one.atLeast ? '>=' : ''}${rangeText(one)}`);

  it('is known to agents that hear a range being found', () => {
    const lan = new Lan();
    const isOffered = (last: number) => last >= 20 && last <= 45;
    for (const last of [254, 30, 45, 46, 47, 48, 20, 19, 18, 17]) {
      const asked = ip(`192.168.1.${last}`);
      audit(lan, asked, [[SERVER, isOffered(last) ? asked : ip('192.168.1.33')]]);
    }
    expect(shown(lan)).toEqual(['audit 192.168.1.1 192.168.1.20-192.168.1.45']);
    expect(lan.raised()).toEqual([]);
    expect(lan.watcher.dhcpRanges()[0]!.readAt).toBe(lan.now);
  });

  it('is told once where it holds a pool: by what was offered of the pool, or by the range', () => {
    const lan = new Lan();
    const points = (...lasts: number[]) => {
      for (const last of lasts) audit(lan, ip(`192.168.1.${last}`), [[SERVER, ip(`192.168.1.${last}`)]]);
    };
    points(40, 70);
    expect(lan.raised()).toMatchObject([{ ip: VIP, segment: null, severity: 'warning' }]);
    const other = new Lan();
    for (const last of [55, 40, 70])
      audit(other, ip(`192.168.1.${last}`), [[SERVER, ip(`192.168.1.${last}`)]]);
    expect(other.active()).toMatchObject([{ segment: { name: 'eth0' } }]);
  });

  it('gives numbers to remedies, and none where nothing but the pool was asked for', () => {
    const lan = new Lan();
    audit(lan, VIP, [[SERVER, VIP]]);
    expect(lan.active()[0]!.remedy).toMatch(/^Shrink the range/);
    audit(lan, ip('192.168.1.20'), [[SERVER, ip('192.168.1.20')]]);
    lan.wait(2000);
    audit(lan, VIP, [[SERVER, VIP]]);
    expect(lan.active().find(({ severity }) => severity === 'critical')!.remedy).toBe(
      'Let the range of DHCP server 192.168.1.1 end at 192.168.1.49 at the latest, which leaves pool main-pool (.50-.59) to the cluster.',
    );
  });

  it('is kept of a few servers, and of an address that was offered a while ago until it is refused', () => {
    const lan = new Lan(INTENT);
    for (let last = 1; last <= 20; last += 1)
      audit(lan, ip('192.168.1.100'), [[ip(`192.168.2.${last}`), ip('192.168.1.100')]]);
    expect(shown(lan)).toHaveLength(16);
    const held = audit(new Lan(), ip('192.168.1.200'), [[SERVER, ip('192.168.1.100')]]);
    audit(held, ip('192.168.1.100'), [[SERVER, ip('192.168.1.101')]]);
    expect(shown(held)).toEqual(['audit 192.168.1.1 >=192.168.1.100-192.168.1.101']);
    held.skip(2 * 3_600_000);
    audit(held, ip('192.168.1.100'), [[SERVER, ip('192.168.1.101')]]);
    expect(shown(held)).toEqual(['audit 192.168.1.1 >=192.168.1.101']);
  });
});
