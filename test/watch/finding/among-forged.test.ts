// What a flood of forged frames must not hide: the real thing, told no later than two seconds after it would be without the flood.
import { describe, expect, it } from 'vitest';
import type { Intent } from '../../../src/intent/intent.ts';
import { type Ipv4, type Mac, macAt } from '../../../src/net/address.ts';
import type { FindingKind } from '../../../src/watch/finding/kinds.ts';
import { ALL_HEARD } from '../../../src/watch/finding/suppression.ts';
import { INTENT, ip, Lan, mac, PHONE, ROUTER, range, VIP, W1 } from '../lan.ts';

const WITHIN = 2000;
const EVIL = mac('ee');
const SERVER = ip('192.168.1.1');
const made = (i: number): Mac => macAt(Uint8Array.of(2, 1, 0, i >> 16, i >> 8, i), 0);

/** A pool, of which the first 130 addresses are VIPs. */
const MANY: Intent = {
  ...INTENT,
  pools: [{ name: 'main-pool', ranges: [range('10.0.0.0/24')] }],
  vips: Array.from({ length: 130 }, (_, i) => ({ address: ip(`10.0.0.${i}`), service: `web/site-${i}` })),
};
const VIP_OF_MANY = ip('10.0.0.77');
const FREE_OF_MANY = ip('10.0.0.200');

/** Of one VIP, on so many made-up VLANs, 16 made-up MACs on each: by announcements that come twice, 11 seconds apart. */
function floodVlans(lan: Lan, vip: Ipv4, vlans = 256): Lan {
  for (let round = 0; round < 2; round += 1) {
    for (let i = 0; i < 16 * vlans; i += 1) lan.announce(made(i), vip, { vlans: [1 + (i % vlans)] });
    if (round === 0) lan.wait(11_000);
  }
  return lan;
}

function floodVips(lan: Lan, culprits = 16): Lan {
  for (const { address } of MANY.vips)
    for (let i = 0; i < culprits; i += 1) lan.announce(made(i), address as Ipv4);
  return lan;
}

/** Nobody answers, though others are on the LAN. */
function silent(lan: Lan): Lan {
  for (let i = 0; i < 20; i += 1) lan.request(ROUTER, SERVER, ip('192.168.1.11')).ask(VIP_OF_MANY);
  return lan;
}

function isTold(lan: Lan, kind: FindingKind, address: Ipv4, segment = 'eth0'): boolean {
  return lan
    .active()
    .some((one) => one.kind === kind && one.ip === address && (one.segment?.name ?? segment) === segment);
}

function lease(lan: Lan, client: Mac, address: Ipv4): Lan {
  return lan.dhcp({ type: 'request', client, requested: address, server: SERVER, hostname: 'luca-phone' });
}

describe('forged claims of one VIP on 256 made-up VLANs', () => {
  it('hide neither a claim of it nor a lease of it on a segment of this node', () => {
    const lan = lease(floodVlans(new Lan(), VIP), PHONE, VIP).announce(EVIL, VIP).wait(WITHIN);
    expect(isTold(lan, 'lease-on-vip', VIP)).toBe(true);
    expect(isTold(lan, 'foreign-claim', VIP)).toBe(true);
  });

  it('are few findings, and leave room for those of another kind and address', () => {
    const lan = floodVlans(new Lan(), VIP).announce(PHONE, ip('192.168.1.55'));
    expect(isTold(lan, 'pool-address-taken', ip('192.168.1.55'))).toBe(true);
    expect(lan.active().length).toBeLessThan(40);
  });

  it('leave a VLAN that this node has an address on its place', () => {
    const lan = new Lan();
    const networks = [{ ...range('192.168.1.0/24'), segment: 'eth0.300' }];
    lan.watcher.setOwnInterfaces({ addresses: [], macs: [], networks });
    floodVlans(lan, VIP, 200).announce(EVIL, VIP, { linkVlan: 300 });
    expect(isTold(lan, 'foreign-claim', VIP, 'eth0.300')).toBe(true);
  });
});

describe('forged claims of 130 VIPs by 16 MACs each', () => {
  it.each<[FindingKind, Ipv4, (lan: Lan) => Lan]>([
    ['lease-on-vip', VIP_OF_MANY, (lan) => lease(lan, PHONE, VIP_OF_MANY)],
    ['lease-in-pool', FREE_OF_MANY, (lan) => lease(lan, PHONE, FREE_OF_MANY)],
    ['pool-address-taken', FREE_OF_MANY, (lan) => lan.announce(EVIL, FREE_OF_MANY)],
    ['node-address-conflict', ip('192.168.1.11'), (lan) => lan.announce(EVIL, ip('192.168.1.11'))],
    [
      'rogue-dhcp-server',
      ip('192.168.1.9'),
      (lan) =>
        lan.dhcp({ type: 'offer', client: PHONE, server: ip('192.168.1.9'), yourIp: ip('192.168.1.77') }),
    ],
    ['silent-vip', VIP_OF_MANY, silent],
  ])('do not hide %s', (kind, address, happens) => {
    const options = { dhcp: { ranges: [], servers: [SERVER] } };
    const alone = happens(new Lan(MANY, options));
    expect(isTold(alone, kind, address)).toBe(true);
    expect(isTold(happens(floodVips(new Lan(MANY, options))).wait(WITHIN), kind, address)).toBe(true);
  });

  it('leave each of the VIPs a finding, and no two of them far apart in number', () => {
    const lan = floodVips(new Lan(MANY));
    const counts = MANY.vips.map(({ address }) => lan.active().filter((one) => one.ip === address).length);
    expect(Math.min(...counts)).toBeGreaterThanOrEqual(14);
    expect(lan.active().length).toBeLessThanOrEqual(2001);
  });
});

describe('made-up DHCP servers, each of which answers once', () => {
  const EVIL_SERVER = ip('192.168.1.66');
  const flooded = (from: number, count: number, lan: Lan): Lan => {
    for (let i = from; i < from + count; i += 1)
      lan.dhcp({
        type: 'offer',
        client: PHONE,
        server: ip(`10.9.${i >> 8}.${i & 255}`),
        yourIp: ip('192.168.1.77'),
      });
    return lan;
  };
  const evil = (lan: Lan) =>
    lan.dhcp({ type: 'offer', client: PHONE, server: EVIL_SERVER, yourIp: ip('192.168.1.77') });
  const listed = () => new Lan(INTENT, { dhcp: { ranges: [], servers: [SERVER] } });

  it('hide no server that answers again, neither once all places are taken nor among the next of them', () => {
    const lan = flooded(0, 1000, listed());
    flooded(1000, 500, evil(lan).wait(300));
    evil(lan);
    expect(isTold(lan, 'rogue-dhcp-server', EVIL_SERVER)).toBe(true);
    evil(lan);
    flooded(1500, 1000, lan).wait(WITHIN);
    expect(isTold(lan, 'rogue-dhcp-server', EVIL_SERVER)).toBe(true);
    expect(lan.active().length).toBeLessThanOrEqual(501);
  });

  it('take no places from each other', () => {
    const lan = flooded(0, 1000, listed());
    expect(lan.raised()).toHaveLength(501);
    expect(lan.story().filter((line) => line.startsWith('resolved'))).toEqual([]);
  });

  it('are not taken for the same where a while lies between', () => {
    const lan = flooded(0, 1000, listed());
    evil(evil(lan).wait(2001));
    expect(isTold(lan, 'rogue-dhcp-server', EVIL_SERVER)).toBe(false);
    evil(lan.wait(1999));
    expect(isTold(lan, 'rogue-dhcp-server', EVIL_SERVER)).toBe(true);
  });
});

describe('the machines on one address that have no finding of their own', () => {
  it('are counted', () => {
    const lan = new Lan();
    for (let i = 0; i < 16 + 250; i += 1) lan.announce(made(i), VIP);
    const told = lan.active().filter(({ kind }) => kind === 'foreign-claim');
    expect(told).toHaveLength(16);
    expect(told.map(({ message }) => message.match(/and \d+ more MACs/)?.[0] ?? null)).toEqual([
      'and 250 more MACs',
      ...Array.from({ length: 15 }, () => null),
    ]);
    // Heard again it is still the same number, also where the finding is refreshed.
    for (let i = 0; i < 16 + 250; i += 1) lan.wait(20).announce(made(i), VIP);
    expect(lan.active()[0]?.message).toContain('and 250 more MACs');
  });

  it('are one, in good English; and none are counted once the address is quiet', () => {
    const lan = new Lan();
    for (let i = 0; i < 17; i += 1) lan.announce(made(i), VIP);
    expect(lan.active()[0]?.message).toMatch(/and 1 more MAC\.$/);
    lan.wait(200_000).announce(PHONE, VIP);
    expect(lan.active().map(({ message }) => message)).not.toContainEqual(
      expect.stringContaining('more MAC'),
    );
  });

  it('are counted as a thousand where there are more', () => {
    const lan = new Lan();
    for (let i = 0; i < 3000; i += 1) lan.announce(made(i), VIP);
    expect(lan.active()[0]?.message).toContain('and more than 1000 more MACs');
  });
});

describe('a real one that must wait for a moment', () => {
  const LARGE: Intent = {
    ...MANY,
    pools: [...INTENT.pools, ...MANY.pools, { name: 'large-pool', ranges: [range('172.16.0.0/16')] }],
    vips: [...INTENT.vips, ...MANY.vips],
  };
  const ofLarge = (i: number) => ip(`172.16.${(i >> 8) & 255}.${i & 255}`);
  /** So that no place is left to wait in. */
  const FRAMES = 1400;

  it('is told beside as many answers as may wait, for VIPs on made-up VLANs', () => {
    const lan = new Lan(LARGE);
    for (let i = 0; i < FRAMES; i += 1)
      lan.reply(made(i), MANY.vips[i >> 8]!.address as Ipv4, W1, undefined, { vlans: [1 + (i & 255)] });
    lan.reply(EVIL, VIP).wait(WITHIN + 100);
    expect(lan.dismissed('too-many-waiting')).toBeGreaterThan(0);
    expect(isTold(lan, 'foreign-claim', VIP)).toBe(true);
  });

  it('keeps its lease of a VIP, however many leases of a large pool come after it', () => {
    const lan = new Lan(LARGE, { settings: { maxLeases: 1000 } });
    lan.dhcp({ type: 'request', client: PHONE, requested: VIP, transactionId: 1 });
    for (let i = 0; i < 3000; i += 1) lease(lan, made(i), ofLarge(i));
    lan.wait(10_000);
    expect(isTold(lan, 'lease-on-vip', VIP)).toBe(true);
    for (let i = 3000; i < 6000; i += 1) lease(lan, made(i), ofLarge(i));
    expect(isTold(lan, 'lease-on-vip', VIP)).toBe(true);
  });
});

describe('leases of one VIP by very many clients', () => {
  const flooded = (lan: Lan, seconds: number, rate: number): Lan => {
    for (let i = 0; i < seconds * rate; i += 1) {
      lease(lan, made(i), VIP);
      if (i % (rate / 10) === 0) lan.wait(100);
    }
    return lan;
  };

  it('are told as few findings, and hide none that is held', () => {
    const lan = flooded(new Lan(), 20, 500);
    const raised = lan.raised().filter(({ kind }) => kind === 'lease-on-vip');
    expect(raised.length).toBeLessThan(16 + 2 * 20);
    expect(isTold(lan, 'lease-on-vip', VIP)).toBe(true);
    lease(lan, PHONE, VIP).wait(WITHIN);
    const told = lan.active().filter(({ kind }) => kind === 'lease-on-vip');
    expect(told.flatMap(({ macs }) => macs)).toContain(PHONE);
  });

  it('are told in time even where each is given back at once', () => {
    const lan = new Lan();
    for (let i = 0; i < 200; i += 1) {
      lease(lan, made(i), VIP);
      lan.dhcp({ type: 'release', client: made(i), clientIp: VIP });
    }
    lease(lan, PHONE, VIP).wait(WITHIN);
    expect(lan.active()).toMatchObject([{ kind: 'lease-on-vip', macs: [PHONE] }]);
    expect(lan.raised().length).toBeLessThan(20);
  });

  it('are told all along where the server gives it to each in turn, and no longer', () => {
    const lan = new Lan();
    const gives = (i: number) =>
      lan.dhcp({ type: 'ack', client: made(i), yourIp: VIP, server: SERVER, from: ROUTER }).wait(10);
    for (let i = 0; i < 500; i += 1) {
      gives(i);
      expect(isTold(lan, 'lease-on-vip', VIP)).toBe(true);
    }
    expect(lan.raised().length).toBeLessThan(25);
    lan.dhcp({ type: 'release', client: made(499), clientIp: VIP, server: SERVER }).wait(WITHIN);
    expect(lan.active()).toEqual([]);
  });

  it.each([
    [15, 0],
    [16, 1],
  ])('end at once where they are few: of %i, %i stays for a second', (count, left) => {
    const lan = new Lan();
    for (let i = 0; i < count; i += 1) {
      lease(lan, made(i), VIP);
      lan.dhcp({ type: 'release', client: made(i), clientIp: VIP }).wait(10);
    }
    expect(lan.active()).toHaveLength(left);
    expect(lan.wait(WITHIN).active()).toEqual([]);
  });

  it('end no later where their severity is set meanwhile', () => {
    const lan = new Lan();
    for (let i = 0; i < 16; i += 1) {
      lease(lan, made(i), VIP);
      lan.dhcp({ type: 'release', client: made(i), clientIp: VIP }).wait(10);
    }
    const milder = { ...ALL_HEARD, kinds: { 'lease-on-vip': { severity: 'warning' as const } } };
    lan.events.push(...lan.watcher.setSuppression(milder, lan.now));
    expect(lan.active()).toMatchObject([{ kind: 'lease-on-vip', severity: 'warning' }]);
    expect(lan.wait(WITHIN).active()).toEqual([]);
  });

  it('leave what was found before in memory', () => {
    const lan = new Lan(INTENT).announce(PHONE, ip('192.168.1.55')).wait(1_000_000);
    expect(lan.watcher.findings()).toMatchObject([{ kind: 'pool-address-taken', state: 'resolved' }]);
    for (let i = 0; i < 6000; i += 1) {
      lease(lan, made(i), ip(`192.168.1.${50 + (i % 9)}`));
      if (i % 3 === 0) lan.wait(1100);
    }
    expect(lan.watcher.findings()).toContainEqual(
      expect.objectContaining({ kind: 'pool-address-taken', ip: '192.168.1.55', macs: [PHONE] }),
    );
  });
});

describe('what was found before a flood of the same kind on the same address', () => {
  it('is remembered, for it began apart from all that the flood made', () => {
    const lan = lease(new Lan(), PHONE, VIP);
    lan.dhcp({ type: 'release', client: PHONE, clientIp: VIP }).wait(600_000);
    for (let i = 0; i < 200; i += 1) {
      lease(lan, made(i), VIP).wait(600);
      lan.dhcp({ type: 'release', client: made(i), clientIp: VIP }).wait(600);
    }
    const kept = lan.watcher.findings().filter(({ kind }) => kind === 'lease-on-vip');
    expect(kept.length).toBeLessThanOrEqual(33);
    expect(kept.flatMap(({ macs }) => macs)).toContain(PHONE);
  });
});

describe('a book full of findings', () => {
  const small = (maxFindings: number) => new Lan(MANY, { settings: { maxFindings } });
  const vip = (i: number) => MANY.vips[i]!.address as Ipv4;

  it('takes a confirmed one in place of one that a stray frame made', () => {
    const lan = small(10);
    for (let i = 0; i < 10; i += 1) lan.announce(made(i), vip(i));
    expect(lan.active().every(({ confirmed }) => !confirmed)).toBe(true);
    // A lone answer waits for what the nodes' own addresses show.
    lan.reply(EVIL, vip(50)).wait(WITHIN);
    expect(isTold(lan, 'foreign-claim', vip(50))).toBe(true);
    expect(lan.dismissed('too-many-findings')).toBe(0);
    // Of which nothing more is known either does not.
    lan.announce(EVIL, vip(51));
    expect(lan.dismissed('too-many-findings')).toBe(1);
  });

  it('tells that it refused some, once, and that it does no more', () => {
    const lan = small(10);
    for (let i = 0; i < 40; i += 1) lan.announce(made(i), vip(i)).wait(100);
    const refused = () => lan.watcher.findings().filter(({ kind }) => kind === 'findings-refused');
    expect(refused()).toMatchObject([
      { state: 'active', severity: 'warning', ip: '0.0.0.0', segment: null, confirmed: true },
    ]);
    expect(refused()[0]?.message).toMatch(
      /^There is no room for more findings of foreign-claim \(\d+ times\)/,
    );
    expect(lan.watcher.findings().length).toBeLessThanOrEqual(11);
    lan.wait(70_000);
    expect(refused()).toMatchObject([{ state: 'resolved' }]);
    expect(lan.raised().filter(({ kind }) => kind === 'findings-refused')).toHaveLength(1);
  });

  it('says nothing of the kind where all that is left out is counted', () => {
    const lan = new Lan();
    for (let i = 0; i < 300; i += 1) lan.announce(made(i), VIP).wait(10);
    lan.gratuitous(W1, VIP).wait(1000);
    expect(lan.raised().map(({ kind }) => kind)).not.toContain('findings-refused');
  });

  it('tells of a kind that has none, however many there are of another one', () => {
    const lan = small(20);
    for (let i = 0; i < 25; i += 1) lan.reply(made(i), vip(i));
    lease(lan, PHONE, vip(100)).wait(WITHIN);
    expect(isTold(lan, 'lease-on-vip', vip(100))).toBe(true);
  });

  it('says after a restart, too, when no more are refused', () => {
    const lan = small(10);
    for (let i = 0; i < 40; i += 1) lan.announce(made(i), vip(i)).wait(100);
    const after = new Lan(null, { settings: { maxFindings: 20 } });
    after.watcher.restore(
      { leases: [], claims: [], findings: lan.watcher.findings(), takeovers: [], dhcpServers: [] },
      after.now,
    );
    after.intend(MANY).wait(70_000);
    expect(after.story()).toContain('resolved findings-refused 0.0.0.0');
  });
});
