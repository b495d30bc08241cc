// What a DHCP server's own table says, against what is heard; each finding with the look-alike that must stay silent.
import { describe, expect, it } from 'vitest';
import { HOUR, MINUTE, SECOND } from '../../../src/base/time.ts';
import type { Ipv4, Mac } from '../../../src/net/address.ts';
import type { ServerTable } from '../../../src/watch/detect/imports.ts';
import { INTENT, ip, Lan, mac, PHONE, range, savedStateOf, VIP, W1 } from '../lan.ts';

const FREE = ip('192.168.1.55');
const OUTSIDE = ip('192.168.1.100');
const SERVER = ip('192.168.1.1');
const LAPTOP = mac('bb');

type Listed = readonly [address: Ipv4, client: Mac, hostname?: string | null];

/** An agent on 192.168.1.0/24. */
function agent(intent: typeof INTENT | null = INTENT): Lan {
  const lan = new Lan(intent);
  const networks = [{ ...range('192.168.1.0/24'), segment: 'eth0' }];
  lan.watcher.setOwnInterfaces({ addresses: [], macs: [], networks });
  return lan.wait(0);
}

function lists(lan: Lan, leases: readonly Listed[], more: Partial<ServerTable> = {}, name = 'pihole'): Lan {
  const table: ServerTable = {
    readAt: lan.now,
    ahead: 0,
    ranges: [],
    reservations: [],
    declined: [],
    leases: leases.map(([address, client, hostname = null]) => ({
      ip: address,
      mac: client,
      clientId: null,
      hostname,
      expiresAt: (lan.now + HOUR) / SECOND,
    })),
    ...more,
  };
  lan.events.push(...lan.watcher.setImport(name, table, lan.now));
  return lan;
}

/** `IP MAC SOURCE` of each lease that is known. */
const rows = (lan: Lan) =>
  lan.watcher
    .leases()
    .map(({ ip: address, mac: client, imported = 'heard' }) => `${address} ${client} ${imported}`);
const acked = (lan: Lan, address: Ipv4, client: Mac) =>
  lan.dhcp({ type: 'ack', client, yourIp: address, server: SERVER, seconds: 3600 });

describe('an imported lease', () => {
  it('of a VIP is critical, by the words of the table', () => {
    const [finding] = lists(agent(), [[VIP, PHONE, 'luca-phone']]).raised();
    expect(finding).toMatchObject({
      kind: 'lease-on-vip',
      severity: 'critical',
      ip: VIP,
      macs: [PHONE],
      segment: { name: 'eth0' },
      message: `The router's table (pihole) says: "luca-phone" (${PHONE}) was leased 192.168.1.50, the VIP of traefik/traefik.`,
      evidence: [{ interface: 'pihole', summary: `listed: lease of 192.168.1.50 to ${PHONE} (luca-phone)` }],
    });
  });

  it('of a free pool address is a warning', () => {
    const [finding] = lists(agent(), [[FREE, PHONE]]).raised();
    expect(finding).toMatchObject({ kind: 'lease-in-pool', severity: 'warning', ip: FREE });
    expect(finding?.message).toMatch(/^The router's table \(pihole\) says: /);
  });

  it("of a node's address to another machine is a conflict once both are alive", () => {
    const address = ip('192.168.1.11');
    const lan = lists(agent(), [[address, PHONE]])
      .announce(W1, address)
      .wait(5_000);
    // The node's former card may be listed still.
    expect(lan.raised()).toEqual([]);
    const [finding] = lan
      .announce(PHONE, address)
      .wait(5_000)
      .raised()
      .filter(({ kind }) => kind === 'lease-conflict');
    expect(finding?.message).toBe(
      `The router's table (pihole) says: 192.168.1.11 is leased to ${PHONE} but claimed by node w1 (${W1}): two machines use one address.`,
    );
  });

  it("of a node's address is no conflict by the table alone, whichever was there first", () => {
    const address = ip('192.168.1.11');
    const lan = agent().announce(W1, address).wait(1_000);
    expect(
      lists(lan, [[address, PHONE]])
        .wait(60_000)
        .story(),
    ).toEqual([]);
  });

  it('counts where what was heard of the address is over', () => {
    const address = ip('192.168.1.11');
    const lan = acked(agent(), address, mac('cc')).dhcp({
      type: 'release',
      client: mac('cc'),
      clientIp: address,
    });
    lists(lan, [[address, PHONE]])
      .announce(W1, address)
      .wait(1_000)
      .announce(PHONE, address)
      .wait(5_000);
    expect(lan.raised().map(({ kind }) => kind)).toContain('lease-conflict');
  });

  it.each<[string, Listed]>([
    ["a node's own address to the node", [ip('192.168.1.11'), W1]],
    ['an address that nobody speaks of', [OUTSIDE, PHONE]],
    ['another network', [ip('10.0.0.50'), PHONE]],
  ])('of %s is no finding', (_, listed) => {
    const lan = lists(agent(), [listed]).announce(listed[1], listed[0]).wait(60_000);
    expect(lan.story()).toEqual([]);
  });

  it('is left out where the VIP is on none of the networks of this machine', () => {
    const elsewhere = { ...INTENT, vips: [{ address: ip('10.0.0.50'), service: 'a/b' }] };
    const lan = lists(agent(elsewhere), [[ip('10.0.0.50'), PHONE]]);
    expect(lan.story()).toEqual([]);
    lan.watcher.setOwnInterfaces({
      addresses: [],
      macs: [],
      networks: [{ ...range('10.0.0.0/8'), segment: 'eth0.7', link: { interface: 'eth0', vlan: 7 } }],
    });
    expect(lan.wait(0).raised()).toMatchObject([
      { kind: 'lease-on-vip', segment: { interface: 'eth0', vlan: 7 } },
    ]);
  });

  it('ends with the table that lists it no more, and is told once while it does', () => {
    const lan = lists(agent(), [[VIP, PHONE]]);
    for (let i = 0; i < 5; i += 1) lists(lan.wait(60_000), [[VIP, PHONE]]);
    expect(lan.active()).toMatchObject([{ kind: 'lease-on-vip', occurrences: 1 }]);
    expect(lists(lan, []).story()).toEqual([
      'raised lease-on-vip 192.168.1.50',
      'resolved lease-on-vip 192.168.1.50',
    ]);
  });

  it('ends when it does, and with the import', () => {
    const ended = lists(agent(), [[VIP, PHONE]]).wait(HOUR / 1000 - 1);
    expect(ended.active()).toHaveLength(1);
    expect(ended.wait(2_000).active()).toEqual([]);
    const lan = lists(agent(), [[VIP, PHONE]]);
    lan.events.push(...lan.watcher.setImport('pihole', null, lan.now));
    expect([lan.active(), rows(lan)]).toEqual([[], []]);
  });

  it('without an end stays for as long as it is listed', () => {
    const lan = agent();
    const leases = [{ ip: VIP, mac: PHONE, clientId: null, hostname: null, expiresAt: null }];
    expect(
      lists(lan, [], { leases })
        .wait(100 * 3_600_000)
        .active(),
    ).toHaveLength(1);
  });

  it('counts by the intent of the moment', () => {
    const lan = lists(agent(), [[VIP, PHONE]]);
    lan.intend({ ...INTENT, pools: [], vips: [] });
    expect(lan.active()).toEqual([]);
    expect(lan.intend(INTENT).wait(20_000).active()).toMatchObject([{ kind: 'lease-on-vip' }]);
  });

  it('waits for the intent after a start', () => {
    const lan = lists(agent(null), [[VIP, PHONE]]);
    expect(lan.raised()).toEqual([]);
    expect(lan.intend(INTENT).raised()).toMatchObject([{ kind: 'lease-on-vip' }]);
  });

  it('after a restart goes on as if nothing had happened', () => {
    const before = lists(agent(), [[VIP, PHONE]]);
    const saved = { ...savedStateOf(before.watcher), leases: [] };
    const lan = agent(null);
    lan.watcher.restore(saved, lan.now);
    lists(lan.intend(INTENT).wait(5_000), [[VIP, PHONE]]).wait(60_000);
    expect(lan.story()).toEqual([]);
    expect(lan.active()).toMatchObject([{ kind: 'lease-on-vip' }]);
  });

  it('in use by nobody is a warning, and critical again with the next frame of its lessee', () => {
    const lan = lists(agent(), [[VIP, PHONE]]);
    for (let i = 0; i < 30; i += 1) {
      lists(lan, [[VIP, PHONE]]);
      lan
        .request(mac('cc'), ip('192.168.1.7'), VIP)
        .reply(W1, VIP, mac('cc'), ip('192.168.1.7'))
        .wait(10_000);
    }
    expect(lan.active()).toMatchObject([{ kind: 'lease-on-vip', severity: 'warning' }]);
    expect(lan.active()[0]?.message).toBe(
      `192.168.1.50, the VIP of traefik/traefik: leased, not in use now. The router's table (pihole) lists it for ${PHONE}; that machine has not been heard, and only w1 answers.`,
    );
    expect(lan.announce(PHONE, OUTSIDE).active()).toMatchObject([
      { kind: 'lease-on-vip', severity: 'critical' },
    ]);
  });
});

describe('an imported lease and what is heard', () => {
  it('never ends what the wire holds up', () => {
    const lan = acked(agent(), VIP, PHONE);
    lists(lan, [[VIP, PHONE]]);
    lists(lan, []);
    lan.events.push(...lan.watcher.setImport('pihole', null, lan.now));
    lists(lan, [[VIP, LAPTOP]]);
    lists(lan, []);
    const ofPhone = lan.active().filter(({ macs }) => macs.includes(PHONE));
    expect(ofPhone).toMatchObject([{ kind: 'lease-on-vip' }]);
    expect(rows(lan)).toEqual([`${VIP} ${PHONE} heard`]);
  });

  it('is one lease with that which was heard, told once', () => {
    const lan = acked(lists(agent(), [[VIP, PHONE]]), VIP, PHONE);
    expect(rows(lists(lan, [[VIP, PHONE]]))).toEqual([`${VIP} ${PHONE} heard`]);
    expect(lan.story()).toEqual(['raised lease-on-vip 192.168.1.50']);
  });

  it('stays where the heard one ends by time alone: it was renewed by unicast', () => {
    const lan = acked(agent(), FREE, PHONE);
    const leases = [{ ip: FREE, mac: PHONE, clientId: null, hostname: null, expiresAt: null }];
    lists(lan, [], { leases }).wait(2 * 3_600_000);
    expect(rows(lan)).toEqual([`${FREE} ${PHONE} pihole`]);
    expect(lan.story()).toEqual(['raised lease-in-pool 192.168.1.55']);
  });

  it('ends at once when its client gives it back, and when the server gives it to another machine', () => {
    const released = lists(agent(), [[VIP, PHONE]])
      .wait(1000)
      .dhcp({ type: 'release', client: PHONE, clientIp: VIP });
    expect(released.active()).toEqual([]);
    expect(rows(released)).toEqual([]);
    const given = acked(lists(agent(), [[VIP, PHONE]]).wait(1000), VIP, LAPTOP);
    expect(given.active()).toMatchObject([{ kind: 'lease-on-vip', macs: [LAPTOP] }]);
  });

  it('of another machine than the one that was heard is a second problem', () => {
    const lan = lists(acked(agent(), VIP, PHONE), [[VIP, LAPTOP]]).wait(60_000);
    expect(lan.active().map(({ macs }) => macs[0])).toEqual([PHONE, LAPTOP]);
  });

  it('names a machine that claims something else', () => {
    const lan = lists(agent(), [[FREE, PHONE, 'luca-phone']])
      .wait(60_000)
      .announce(PHONE, VIP);
    expect(lan.raised().find(({ kind }) => kind === 'foreign-claim')?.message).toContain('luca-phone');
  });
});

describe('two tables', () => {
  it('with the same lease are one problem, until both list it no more', () => {
    const lan = lists(lists(agent(), [[VIP, PHONE]]), [[VIP, PHONE]], {}, 'backup');
    expect(rows(lan)).toEqual([`${VIP} ${PHONE} backup`]);
    lists(lan, [], {}, 'backup');
    expect(lan.active()).toHaveLength(1);
    expect(rows(lan)).toEqual([`${VIP} ${PHONE} pihole`]);
    expect(lists(lan, []).story()).toEqual([
      'raised lease-on-vip 192.168.1.50',
      'resolved lease-on-vip 192.168.1.50',
    ]);
  });

  it('that disagree are both told', () => {
    const lan = lists(lists(agent(), [[VIP, PHONE]]), [[VIP, LAPTOP]], {}, 'backup');
    expect(lan.active().map(({ macs }) => macs[0])).toEqual([PHONE, LAPTOP]);
  });
});

describe('an address that a table lists as declined', () => {
  it('is a decline for as long as it is listed, and told once', () => {
    const declined = [{ ip: VIP, mac: null }];
    const lan = lists(agent(), [], { declined });
    expect(lan.raised()).toMatchObject([
      {
        kind: 'dhcp-decline',
        ip: VIP,
        message:
          "The router's table (pihole) says that DHCP tried to lease the VIP 192.168.1.50 of traefik/traefik and found that another machine answers for it.",
      },
    ]);
    for (let i = 0; i < 60; i += 1) lists(lan.wait(MINUTE / 1000), [], { declined });
    expect(lan.active()).toMatchObject([{ kind: 'dhcp-decline', occurrences: 1 }]);
    expect(
      lists(lan, [])
        .wait((31 * MINUTE) / 1000)
        .active(),
    ).toEqual([]);
  });

  it('is none where nobody speaks of it', () => {
    expect(
      lists(agent(), [], { declined: [{ ip: OUTSIDE, mac: null }] })
        .wait(SECOND / 1000)
        .story(),
    ).toEqual([]);
  });
});

it('the range of a table is judged as a configured one', () => {
  const ranges = [{ ...range('192.168.1.2-192.168.1.253'), atLeast: false }];
  const lan = lists(agent(), [], { ranges });
  expect(lan.raised()).toMatchObject([
    { kind: 'dhcp-range-overlaps-pool', evidence: [{ interface: 'pihole' }] },
  ]);
});
