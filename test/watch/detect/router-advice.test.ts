// The remedies that say to shrink a DHCP range: in numbers, as far as they are known.
import { describe, expect, it } from 'vitest';
import type { Intent } from '../../../src/intent/intent.ts';
import type { Mac } from '../../../src/net/address.ts';
import { CP, INTENT, ip, Lan, mac, PHONE, range, VIP } from '../lan.ts';

const SERVER = ip('192.168.0.1');
const NAS = mac('bb');
const POOL = 'pool main-pool (.240-.245)';

/** A home LAN whose router leases everything, and a pool in it. */
const HOME: Intent = {
  pools: [{ name: 'main-pool', ranges: [range('192.168.0.240-192.168.0.245')] }],
  vips: [{ address: ip('192.168.0.240'), service: 'traefik/traefik' }],
  nodes: [{ name: 'cp', addresses: [ip('192.168.0.250')], macs: [CP] }],
};

function home(ranges: readonly string[] = ['192.168.0.2-192.168.0.253'], intent: Intent = HOME) {
  return new Lan(intent, { dhcp: { ranges: ranges.map(range), servers: [SERVER] } });
}

function lease(lan: Lan, last: number, client = NAS, hostname = 'nas') {
  const address = ip(`192.168.0.${last}`);
  return lan.dhcp({ type: 'request', client, requested: address, server: SERVER, hostname });
}

const remedies = (lan: Lan) => lan.active().map(({ kind, remedy }) => [kind, remedy]);
const remedyOf = (lan: Lan, kind: string) => lan.active().find((finding) => finding.kind === kind)?.remedy;

describe('with the range known', () => {
  it('names it, the pool, and who must ask again', () => {
    const lan = lease(lease(home(), 241), 100, PHONE, 'phone').wait(2000);
    expect(remedyOf(lan, 'lease-in-pool')).toBe(
      `Set the DHCP range to 192.168.0.2-192.168.0.239, which leaves ${POOL} to the cluster; "nas" (192.168.0.241) must ask again (reconnect it).`,
    );
    lan.intend(HOME);
    expect(remedyOf(lan, 'dhcp-range-overlaps-pool')).toBe(
      `Set the DHCP range to 192.168.0.2-192.168.0.239, which leaves ${POOL} to the cluster; "nas" (192.168.0.241) must ask again.`,
    );
  });

  it('names others who lose their lease beside the one at hand', () => {
    const lan = lease(lease(home(), 252, PHONE, 'tv'), 240).wait(2000);
    expect(remedyOf(lan, 'lease-on-vip')).toBe(
      `Set the DHCP range to 192.168.0.2-192.168.0.239, which leaves ${POOL} to the cluster; "nas" (192.168.0.240) and "tv" (192.168.0.252) must ask again (reconnect them).`,
    );
  });

  it('names no node that DHCP gave its address to, and leaves that one in the range', () => {
    const nodes = [{ name: 'cp', addresses: [ip('192.168.0.120')], macs: [CP] }];
    const isStatic = home(undefined, { ...HOME, nodes });
    expect(remedies(isStatic)).toEqual([
      [
        'dhcp-range-overlaps-pool',
        `Set the DHCP range to 192.168.0.121-192.168.0.239, which leaves ${POOL} to the cluster.`,
      ],
    ]);
    const byDhcp = lease(home(undefined, { ...HOME, nodes }), 120, CP, 'cp')
      .wait(2000)
      .intend({ ...HOME, nodes });
    expect(remedies(byDhcp)).toEqual([
      [
        'dhcp-range-overlaps-pool',
        `Set the DHCP range to 192.168.0.2-192.168.0.239, which leaves ${POOL} to the cluster.`,
      ],
    ]);
  });

  it('keeps the server and the gateway that it tells of out of it', () => {
    const lan = home(['192.168.0.1-192.168.0.253']);
    lan.dhcp({
      type: 'offer',
      client: PHONE,
      yourIp: ip('192.168.0.77'),
      server: SERVER,
      gateway: ip('192.168.0.229'),
    });
    expect(remedyOf(lan.wait(2000).intend(HOME), 'dhcp-range-overlaps-pool')).toBe(
      `Set the DHCP range to 192.168.0.2-192.168.0.228, which leaves ${POOL} to the cluster.`,
    );
  });

  it('says which of several ranges is meant', () => {
    const lan = home(['192.168.0.2-192.168.0.99', '192.168.0.200-192.168.0.253']);
    expect(remedies(lan)).toEqual([
      [
        'dhcp-range-overlaps-pool',
        `Set the DHCP range 192.168.0.200-192.168.0.253 to 192.168.0.200-192.168.0.239, which leaves ${POOL} to the cluster.`,
      ],
    ]);
  });

  it('says so where nothing of it would be left', () => {
    expect(remedies(home(['192.168.0.241-192.168.0.244']))).toEqual([
      [
        'dhcp-range-overlaps-pool',
        'Nothing in the DHCP range, 192.168.0.241-192.168.0.244, is left for DHCP: give DHCP another range, which leaves out the pool main-pool (192.168.0.240-192.168.0.245).',
      ],
    ]);
  });

  it('names a VIP outside of any pool by its address', () => {
    const vips = [{ address: ip('192.168.0.50'), service: 'traefik/traefik' }];
    expect(remedies(home(undefined, { ...HOME, pools: [], vips }))).toEqual([
      [
        'dhcp-range-overlaps-pool',
        'Set the DHCP range to 192.168.0.51-192.168.0.249, which leaves .50 to the cluster.',
      ],
    ]);
  });

  it('says less of a range that was found to hold at least so much', () => {
    const found = (text: string) => {
      const lan = home([]);
      const account = {
        readAt: lan.now,
        ranges: [{ ...range(text), atLeast: true }],
        reservations: [],
        declined: [],
      };
      lan.events.push(...lan.watcher.setRouterAccount({ source: 'audit', name: SERVER }, account, lan.now));
      return remedies(lan)[0]![1];
    };
    expect(found('192.168.0.24-192.168.0.243')).toBe(
      `Let the DHCP range end at 192.168.0.239 at the latest, which leaves ${POOL} to the cluster.`,
    );
    expect(found('192.168.0.242-192.168.0.249')).toBe(
      `Let the DHCP range begin at 192.168.0.246 at the earliest, which leaves ${POOL} to the cluster.`,
    );
  });
});

describe('without a known range', () => {
  it('goes by what DHCP was seen to lease', () => {
    const lan = lease(lease(home([]), 100, PHONE, 'phone'), 241).wait(2000);
    expect(remedies(lan)).toEqual([
      [
        'lease-in-pool',
        `Let the DHCP range end at 192.168.0.239 at the latest, which leaves ${POOL} to the cluster; "nas" (192.168.0.241) must ask again (reconnect it).`,
      ],
    ]);
  });

  it('names the pool to leave out where nothing else is known, or only other networks are', () => {
    const remedy =
      'Shrink the DHCP range so that it leaves out the pool main-pool (192.168.0.240-192.168.0.245), then make the client ask again (reconnect it).';
    expect(remedies(lease(home([]), 241).wait(2000))).toEqual([['lease-in-pool', remedy]]);
    const beside = home([]).dhcp({
      type: 'request',
      client: PHONE,
      requested: ip('10.0.0.7'),
      server: SERVER,
    });
    expect(remedies(lease(beside, 241).wait(2000))).toEqual([['lease-in-pool', remedy]]);
  });

  it('names the server whose offer shows it', () => {
    const lan = home([]).dhcp({ type: 'offer', client: PHONE, yourIp: ip('192.168.0.242'), server: SERVER });
    expect(remedies(lan)).toEqual([
      [
        'dhcp-range-overlaps-pool',
        'Shrink the range of DHCP server 192.168.0.1 so that it leaves out the pool main-pool (192.168.0.240-192.168.0.245).',
      ],
    ]);
  });

  it('is told to who finds an address declined as well', () => {
    const lan = new Lan(INTENT).dhcp({ type: 'decline', client: PHONE, requested: VIP });
    expect(remedies(lan)).toEqual([
      [
        'dhcp-decline',
        'Shrink the DHCP range so that it leaves out the pool main-pool (192.168.1.50-192.168.1.59). The next client may not check before it uses the address.',
      ],
    ]);
  });
});

it('looks at a flood of leases once a second', () => {
  const lan = home();
  for (let last = 240; last < 246; last += 1) lease(lan, last, mac(String(last - 200)), `m${last}`);
  lan.wait(2000);
  const [first] = lan.active().filter(({ kind }) => kind === 'lease-in-pool');
  expect(first!.remedy).not.toContain('m245');
  expect(remedyOf(lease(lan, 245, mac('45'), 'm245'), 'lease-on-vip')).toBeDefined();
  expect(lan.active().find(({ ip: of }) => of === '192.168.0.245')!.remedy).toMatch(
    /m240.* and 1 more must ask again/,
  );
});

it('names a few of very many who must ask again, and counts the others', () => {
  const lan = new Lan(
    { ...HOME, pools: [{ name: 'main-pool', ranges: [range('192.168.0.100-192.168.0.245')] }] },
    { dhcp: { ranges: [range('192.168.0.2-192.168.0.253')], servers: [SERVER] } },
  );
  for (let last = 100; last < 160; last += 1)
    lease(lan, last, `02:00:00:00:01:${last.toString(16)}` as Mac, `m${last}`);
  lan.wait(2000);
  lease(lan, 159, `02:00:00:00:01:${(159).toString(16)}` as Mac, 'm159');
  expect(lan.active().find(({ ip: of }) => of === '192.168.0.159')!.remedy).toMatch(
    /"m159" \(192\.168\.0\.159\), "m100" \(192\.168\.0\.100\), "m101" .*, "m103" \(192\.168\.0\.103\) and 55 more must ask again \(reconnect them\)\.$/,
  );
});
