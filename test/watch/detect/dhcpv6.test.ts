// What is concluded from DHCPv6: each rule with what looks like it. A server's answers are mostly not seen.
import { describe, expect, it } from 'vitest';
import type { Intent } from '../../../src/intent/intent.ts';
import {
  encodeNdp,
  multicastMac,
  solicitedNodeMulticast,
  sourceMacOption,
  targetMacOption,
} from '../../../src/ndp/packet.ts';
import { type Ipv6, type Mac, parseIp } from '../../../src/net/address.ts';
import { ETHERTYPE_IPV6, encodeEthernet } from '../../../src/net/ethernet.ts';
import type { Dhcpv6Fields } from '../dhcpv6-message.ts';
import { duidOf, linkLocal } from '../dhcpv6-message.ts';
import { INTENT, ip, Lan, mac, PHONE, ROUTER, range, savedStateOf, W1, W2 } from '../lan.ts';

const ip6 = (text: string) => parseIp(text) as Ipv6;
const VIP6 = ip6('fd00::50');
const FREE = ip6('fd00::51');
const OUTSIDE = ip6('fd00::99');
const NODE6 = ip6('fd00::11');
const ALL_NODES = ip6('ff02::1');
const LAPTOP = mac('bb');
const SERVER = 1;
const MINUTES = 60_000;
const INTENT6: Intent = {
  pools: [{ name: 'six', ranges: [range('fd00::50-fd00::5f')] }],
  vips: [{ address: VIP6, service: 'traefik/traefik' }],
  nodes: INTENT.nodes.map((node) => (node.name === 'w1' ? { ...node, addresses: [NODE6] } : node)),
};

function lan6(intent: Intent | null = INTENT6): Lan {
  return new Lan(intent);
}

function phone(type: Dhcpv6Fields['type'], more: Partial<Dhcpv6Fields> = {}): Dhcpv6Fields {
  return { type, client: PHONE, addresses: [VIP6], ...more };
}

/** What a client asks of the server that it names. */
function request(more: Partial<Dhcpv6Fields> = {}): Dhcpv6Fields {
  return phone('request', { server: SERVER, hostname: 'luca-phone', ...more });
}

function advertise(lan: Lan, owner: Mac, targetIp: Ipv6, sender = owner): Lan {
  const message = {
    kind: 'neighbor-advertisement',
    router: false,
    solicited: true,
    override: true,
    targetIp,
    options: [targetMacOption(owner)],
  } as const;
  const addresses = { source: linkLocal(sender), destination: linkLocal(W2) };
  const header = { destinationMac: W2, sourceMac: sender, vlans: [], etherType: ETHERTYPE_IPV6 };
  return lan.frame(encodeEthernet(header, encodeNdp(message, addresses)));
}

function announce(lan: Lan, owner: Mac, source: Ipv6): Lan {
  const message = { kind: 'router-solicitation', options: [sourceMacOption(owner)] } as const;
  const header = {
    destinationMac: multicastMac(ALL_NODES),
    sourceMac: owner,
    vlans: [],
    etherType: ETHERTYPE_IPV6,
  };
  return lan.frame(encodeEthernet(header, encodeNdp(message, { source, destination: ALL_NODES })));
}

/** Duplicate address detection. */
function check(lan: Lan, asker: Mac, targetIp: Ipv6): Lan {
  const addresses = { source: ip6('::'), destination: solicitedNodeMulticast(targetIp) };
  const destinationMac = multicastMac(addresses.destination);
  const header = { destinationMac, sourceMac: asker, vlans: [], etherType: ETHERTYPE_IPV6 };
  const packet = encodeNdp({ kind: 'neighbor-solicitation', targetIp, options: [] }, addresses);
  return lan.frame(encodeEthernet(header, packet));
}

function held(lan: Lan): string[] {
  return lan.watcher.leases().map(({ ip, mac: client, state }) => `${ip} ${client.slice(-2)} ${state}`);
}

describe('a REQUEST', () => {
  it('for a VIP is a lease of it: the server that it names has offered the address', () => {
    const lan = lan6().dhcpv6(request());
    expect(lan.raised()).toMatchObject([
      {
        kind: 'lease-on-vip',
        severity: 'critical',
        ip: VIP6,
        macs: [PHONE],
        message: `DHCP: "luca-phone" (${PHONE}) asked for fd00::50, the VIP of traefik/traefik.`,
        remedy:
          'Shrink the DHCP range so that it leaves out the pool six (fd00::50-fd00::5f), then make the client ask again (reconnect it).',
        evidence: [{ summary: `DHCPv6 REQUEST from ${PHONE} ("luca-phone") for fd00::50` }],
      },
    ]);
    expect(lan.watcher.leases()).toMatchObject([
      {
        ip: VIP6,
        mac: PHONE,
        clientId: `${duidOf(PHONE)}/na/00000001`,
        state: 'requested',
        server: null,
        hostname: 'luca-phone',
      },
    ]);
  });

  it('for a free address of a pool is one of the pool', () => {
    expect(
      lan6()
        .dhcpv6(request({ addresses: [FREE] }))
        .story(),
    ).toEqual(['raised lease-in-pool fd00::51']);
  });

  it('for any other address is kept, and no trouble', () => {
    const lan = lan6().dhcpv6(request({ addresses: [OUTSIDE] }));
    expect(lan.story()).toEqual([]);
    expect(held(lan)).toEqual(['fd00::99 aa requested']);
    expect(lan.dismissed('lease-outside-pools')).toBe(1);
  });

  it('that names no address says nothing', () => {
    const lan = lan6().dhcpv6(request({ addresses: [] }));
    expect([lan.story(), held(lan)]).toEqual([[], []]);
    expect(lan.dismissed('dhcp-no-address')).toBe(1);
  });

  it('for two addresses in one association holds both, and the next for one alone gives up the other', () => {
    const lan = lan6().dhcpv6(request({ addresses: [VIP6, OUTSIDE] }));
    expect(held(lan)).toEqual(['fd00::50 aa requested', 'fd00::99 aa requested']);
    lan.wait(1000).dhcpv6(request({ addresses: [OUTSIDE] }));
    expect(held(lan).toSorted()).toEqual(['fd00::50 aa released', 'fd00::99 aa requested']);
    expect(lan.story()).toEqual(['raised lease-on-vip fd00::50', 'resolved lease-on-vip fd00::50']);
  });

  it('of another association of the same client takes nothing away', () => {
    const lan = lan6()
      .dhcpv6(request())
      .dhcpv6(request({ addresses: [OUTSIDE], iaid: 2 }));
    expect(held(lan)).toEqual(['fd00::50 aa requested', 'fd00::99 aa requested']);
  });

  it('tells apart nobody without a DUID', () => {
    const lan = lan6().dhcpv6(request({ duid: null }));
    expect([lan.story(), held(lan)]).toEqual([[], []]);
    expect(lan.dismissed('dhcp-unknown-client')).toBe(1);
  });

  it('names more addresses than any client has: 8 are kept', () => {
    const addresses = Array.from({ length: 9 }, (_, i) => ip6(`fd00::${(0x100 + i).toString(16)}`));
    expect(held(lan6().dhcpv6(request({ addresses })))).toHaveLength(8);
    expect(held(lan6().dhcpv6(request({ addresses: addresses.slice(1) })))).toHaveLength(8);
  });
});

it('a node that leases its own address is no trouble, nor is its use of it', () => {
  const lan = lan6().dhcpv6(request({ client: W1, addresses: [NODE6] }), { outgoing: true });
  advertise(lan.wait(1000), W1, NODE6);
  expect(lan.story()).toEqual([]);
});

it('the evidence names three addresses of a message, and says that there are more', () => {
  const addresses = [VIP6, FREE, OUTSIDE, NODE6];
  const summaries = lan6()
    .dhcpv6(request({ addresses, hostname: '' }))
    .raised()
    .map(({ evidence }) => evidence[0]!.summary);
  expect(summaries[0]).toBe(`DHCPv6 REQUEST from ${PHONE} for fd00::50, fd00::51, fd00::99, more`);
});

it('a lease of a pool with addresses of both families says nothing of the range of IPv4', () => {
  const four = range('192.168.1.50-192.168.1.59');
  const intent = { ...INTENT6, pools: [{ name: 'both', ranges: [range('fd00::50-fd00::5f'), four] }] };
  const lan = lan6(intent).dhcpv6(request({ addresses: [FREE, OUTSIDE] }));
  lan.dhcp({ type: 'request', client: LAPTOP, requested: ip('192.168.1.51'), server: ip('192.168.1.1') });
  expect(lan.raised().map(({ remedy }) => remedy.split(',')[0])).toEqual([
    'Shrink the DHCP range so that it leaves out the pool both (fd00::50-fd00::5f)',
    'Shrink the DHCP range so that it leaves out the pool both (192.168.1.50-192.168.1.59)',
  ]);
});

describe('what looks like a lease, and is none', () => {
  it.each([
    ['a SOLICIT that hints at the VIP', phone('solicit'), 'dhcp-discover'],
    ['one by rapid commit', phone('solicit', { rapidCommit: true }), 'dhcp-discover'],
    ['a question for settings', phone('information-request'), 'dhcp-inform'],
    ['a server that makes a client ask', phone('reconfigure'), 'dhcp-other-message'],
    [
      'the registration of an address that the client made up',
      phone('address-registration'),
      'dhcp-other-message',
    ],
    [
      'an association without an address',
      phone('renew', { addresses: [], server: SERVER }),
      'dhcp-no-address',
    ],
    ['an address that no machine can have', request({ addresses: [ALL_NODES] }), 'dhcp-no-address'],
  ])('%s', (_name, message, reason) => {
    const lan = lan6().dhcpv6(message).wait(60_000);
    expect([lan.story(), held(lan)]).toEqual([[], []]);
    expect(lan.watcher.counters().dismissed).toContainEqual({ reason, count: 1 });
  });

  it('a self-made address that a client by rapid commit begins to use', () => {
    const lan = lan6()
      .dhcpv6(phone('solicit', { rapidCommit: true, addresses: [] }))
      .dhcp({ type: 'discover', client: PHONE, rapidCommit: true })
      .wait(500);
    announce(lan, PHONE, OUTSIDE);
    expect(held(lan)).toEqual([]);
  });
});

describe('a client that has the address already', () => {
  it.each([
    ['renews it', phone('renew', { server: SERVER })],
    ['asks any server to renew it', phone('rebind')],
  ])('%s: a lease that began before this agent', (_name, message) => {
    expect(lan6().dhcpv6(message).story()).toEqual(['raised lease-on-vip fd00::50']);
  });

  it('releases it, and the finding ends', () => {
    const lan = lan6()
      .dhcpv6(request())
      .wait(1000)
      .dhcpv6(phone('release', { server: SERVER }));
    expect(lan.story()).toEqual(['raised lease-on-vip fd00::50', 'resolved lease-on-vip fd00::50']);
  });

  it('is not robbed of it by another client that releases it', () => {
    const lan = lan6().dhcpv6(request()).wait(1000);
    lan.dhcpv6({ type: 'release', client: LAPTOP, addresses: [VIP6], server: SERVER });
    expect(lan.story()).toEqual(['raised lease-on-vip fd00::50']);
  });

  it('finds it taken and declines it', () => {
    const lan = lan6()
      .dhcpv6(request())
      .wait(1000)
      .dhcpv6(phone('decline', { server: SERVER }));
    expect(lan.story()).toEqual([
      'raised lease-on-vip fd00::50',
      'raised dhcp-decline fd00::50',
      'resolved lease-on-vip fd00::50',
    ]);
  });

  it('declines another address', () => {
    const lan = lan6().dhcpv6(phone('decline', { addresses: [OUTSIDE], server: SERVER }));
    expect(lan.story()).toEqual([]);
    expect(lan.dismissed('decline-outside-pools')).toBe(1);
  });
});

describe('a client that asks whether its old address still fits (CONFIRM)', () => {
  it('keeps it where it goes on in silence for ten seconds', () => {
    const lan = lan6().dhcpv6(phone('confirm')).wait(9_900);
    expect(lan.story()).toEqual([]);
    expect(lan.dismissed('awaiting-dhcp-refusal')).toBe(1);
    expect(lan.wait(200).story()).toEqual(['raised lease-on-vip fd00::50']);
  });

  it('keeps it where it uses it', () => {
    const lan = lan6().dhcpv6(phone('confirm')).wait(1000);
    announce(lan, PHONE, VIP6);
    expect(lan.story()).toContain('raised lease-on-vip fd00::50');
  });

  it('has come from another network, and begins anew', () => {
    const lan = lan6().dhcpv6(phone('confirm')).wait(1000);
    lan
      .dhcpv6(phone('solicit', { addresses: [] }))
      .wait(1000)
      .dhcpv6(request({ addresses: [OUTSIDE] }));
    expect(lan.wait(60_000).story()).toEqual([]);
  });

  it('has come from another network, and checks the address for other users before the answer is there', () => {
    const lan = lan6().dhcpv6(phone('confirm'));
    check(lan, PHONE, VIP6)
      .wait(1000)
      .dhcpv6(phone('solicit', { addresses: [] }));
    expect(lan.wait(60_000).story()).toEqual([]);
  });

  it('begins anew for another association only', () => {
    const lan = lan6().dhcpv6(phone('confirm')).wait(1000);
    lan.dhcpv6(phone('solicit', { addresses: [], iaid: 2 }));
    expect(lan.wait(10_000).story()).toEqual(['raised lease-on-vip fd00::50']);
  });

  it('wants what another client holds', () => {
    const lan = lan6()
      .dhcpv6(request({ client: LAPTOP, addresses: [OUTSIDE] }))
      .wait(1000);
    lan.dhcpv6(phone('confirm', { addresses: [OUTSIDE] })).wait(20_000);
    expect(held(lan)).toEqual(['fd00::99 bb requested']);
  });

  it('does the same by REBIND where it has a prefix as well', () => {
    const rebind = phone('rebind', { prefix: [ip6('fd00:6::'), 56] });
    expect(lan6().dhcpv6(rebind).wait(9_900).story()).toEqual([]);
    const lan = lan6().dhcpv6(rebind).wait(1000);
    lan.dhcpv6(phone('solicit', { addresses: [], prefix: [ip6('fd00:6::'), 56] }));
    expect(lan.wait(60_000).story()).toEqual([]);
  });
});

describe('after a restart', () => {
  function restarted(lan: Lan): Lan {
    const after = new Lan(null).wait(5 * MINUTES);
    after.watcher.restore(savedStateOf(lan.watcher), after.now);
    return after.intend(INTENT6);
  }

  it('what a client asked of a server is a lease still, though it looks for an address anew', () => {
    const lan = restarted(lan6().dhcpv6(request())).dhcpv6(phone('solicit', { addresses: [] }));
    expect(lan.wait(1000).active()).toMatchObject([{ kind: 'lease-on-vip' }]);
  });

  it('what it asked about by CONFIRM is none, until it uses the address', () => {
    const lan = restarted(
      lan6({ ...INTENT6, vips: [], pools: [] })
        .dhcpv6(phone('confirm'))
        .wait(1000),
    );
    expect(lan.wait(60_000).active()).toEqual([]);
    announce(lan, PHONE, VIP6);
    expect(lan.active().map(({ kind }) => kind)).toContain('lease-on-vip');
  });
});

describe('answers, where they are seen', () => {
  it('say for how long, and from which server', () => {
    const lan = lan6()
      .dhcpv6(request())
      .dhcpv6(phone('reply', { valid: 300 }));
    expect(lan.watcher.leases()).toMatchObject([
      {
        ip: VIP6,
        mac: PHONE,
        state: 'acknowledged',
        seconds: 300,
        server: 'fe80::1',
        hostname: 'luca-phone',
      },
    ]);
    expect(lan.story()).toEqual(['raised lease-on-vip fd00::50']);
    expect(lan.wait(299_000).active()).toHaveLength(1);
    expect(lan.wait(2_000).active()).toEqual([]);
  });

  it('never end a lease of unlimited time', () => {
    const lan = lan6().dhcpv6(phone('reply', { valid: 0xffff_ffff }));
    expect(lan.watcher.leases()).toMatchObject([{ seconds: Number.POSITIVE_INFINITY, expiresAt: null }]);
  });

  it('take the address back by a lifetime of 0', () => {
    const lan = lan6()
      .dhcpv6(phone('renew', { server: SERVER }))
      .dhcpv6(phone('reply', { valid: 0 }));
    expect(lan.story()).toEqual(['raised lease-on-vip fd00::50', 'resolved lease-on-vip fd00::50']);
    expect(held(lan)).toEqual(['fd00::50 aa refused']);
  });

  it.each([
    ['the association', { addresses: [] as Ipv6[], status: 3 }],
    ['the message', { addresses: undefined, status: 4 }],
  ])('refuse by a status of %s', (_name, fields) => {
    const { addresses, ...more } = fields;
    const reply = { type: 'reply', client: PHONE, ...more, ...(addresses && { addresses }) } as const;
    const lan = lan6().dhcpv6(request()).dhcpv6(reply);
    expect(lan.story()).toEqual(['raised lease-on-vip fd00::50', 'resolved lease-on-vip fd00::50']);
  });

  it.each([
    ['says yes', 0, ['raised lease-on-vip fd00::50']],
    ['says no', 4, []],
  ])('to a CONFIRM %s', (_name, status, story) => {
    const reply = { type: 'reply', client: PHONE, status } as const;
    expect(lan6().dhcpv6(phone('confirm')).dhcpv6(reply).story()).toEqual(story);
  });

  it('to a RELEASE say nothing more', () => {
    const lan = lan6()
      .dhcpv6(request())
      .dhcpv6(phone('release', { server: SERVER, transactionId: 7 }));
    lan.dhcpv6(phone('reply', { transactionId: 7 }));
    expect(held(lan)).toEqual(['fd00::50 aa released']);
  });

  it('by another server than the one that the client names mean nothing to it', () => {
    const lan = lan6()
      .dhcpv6(request())
      .dhcpv6(phone('reply', { server: 9, valid: 0 }));
    expect(lan.story()).toEqual(['raised lease-on-vip fd00::50']);
    expect(lan.dismissed('dhcp-refusal-by-another-server')).toBe(1);
  });

  it('offer an address of a pool: the range overlaps it', () => {
    const lan = lan6()
      .dhcpv6(phone('solicit', { addresses: [] }))
      .dhcpv6(phone('advertise', { addresses: [FREE] }));
    expect(lan.story()).toEqual(['raised dhcp-range-overlaps-pool fd00::50']);
    expect(
      lan6()
        .dhcpv6(phone('advertise', { addresses: [OUTSIDE] }))
        .story(),
    ).toEqual([]);
    expect(
      lan6()
        .dhcpv6(phone('advertise', { addresses: [], status: 2 }))
        .story(),
    ).toEqual([]);
  });

  it('that nobody was seen to ask for are for whom they are sent to', () => {
    expect(held(lan6().dhcpv6(phone('reply', { duid: '000400112233' })))).toEqual([
      'fd00::50 aa acknowledged',
    ]);
  });
});

describe('a relayed message', () => {
  it('is of the machine that its relay names', () => {
    const lan = lan6().dhcpv6(request({ relay: ROUTER, linkLayer: PHONE, duid: '000400112233' }));
    expect(lan.raised()).toMatchObject([
      {
        kind: 'lease-on-vip',
        macs: [PHONE],
        evidence: [
          { summary: `DHCPv6 REQUEST from ${ROUTER} ("luca-phone") for fd00::50, relayed for fe80::aa` },
        ],
      },
    ]);
  });

  it('is of the machine that its DUID was made of, where the relay names none', () => {
    const lan = lan6().dhcpv6(request({ relay: ROUTER }));
    expect(lan.raised()).toMatchObject([{ macs: [PHONE] }]);
    // Nobody's frames but its own are its.
    expect(lan.watcher.leases()[0]).not.toHaveProperty('transmitter');
  });

  it('is of nobody known otherwise', () => {
    const lan = lan6().dhcpv6(request({ relay: ROUTER, duid: '000400112233' }));
    expect([lan.story(), lan.dismissed('dhcp-unknown-client')]).toEqual([[], 1]);
  });

  it('heard beside the message itself is no second lease', () => {
    const lan = lan6()
      .dhcpv6(request())
      .dhcpv6(request({ relay: ROUTER, linkLayer: PHONE }));
    expect([lan.story(), held(lan)]).toEqual([['raised lease-on-vip fd00::50'], ['fd00::50 aa requested']]);
  });

  it('heard beside the message itself is of the same machine, whatever its DUID was made of', () => {
    const message = request({ duid: duidOf(LAPTOP) });
    const lan = lan6()
      .dhcpv6(message)
      .dhcpv6({ ...message, relay: ROUTER });
    expect(held(lan)).toEqual(['fd00::50 aa requested']);
    // Another exchange is not this one.
    lan.dhcpv6({ ...message, relay: ROUTER, transactionId: 7 });
    expect(held(lan)).toEqual(['fd00::50 aa requested', 'fd00::50 bb requested']);
  });

  it('is answered through the relay', () => {
    const lan = lan6().dhcpv6(request({ relay: ROUTER, linkLayer: PHONE, addresses: [OUTSIDE] }));
    lan.dhcpv6(phone('reply', { relay: ROUTER, addresses: [OUTSIDE] }));
    expect(lan.watcher.leases()).toMatchObject([{ mac: PHONE, state: 'acknowledged', server: null }]);
  });
});

describe('a delegated prefix', () => {
  const around = request({ prefix: [ip6('fd00::'), 56] });

  it('that holds the pool and the VIP is that of the router, of which the LAN is a part', () => {
    const { addresses: _, ...renewal } = around;
    const lan = lan6().dhcpv6(renewal);
    expect(lan.watcher.leases()).toMatchObject([{ ip: 'fd00::', prefixLength: 56, mac: PHONE }]);
    expect([lan.story(), lan.dismissed('delegated-prefix')]).toEqual([[], 1]);
  });

  it.each([
    ['is a part of the pool', 124, ['raised lease-in-pool fd00::50']],
    ['is the whole pool', 123, []],
    ['is more than the pool', 122, []],
  ])('%s', (_name, length, story) => {
    const ranges = [range('fd00::40-fd00::5f')];
    const prefix = [ip6(length === 124 ? 'fd00::50' : 'fd00::40'), length] as const;
    const lan = lan6({ ...INTENT6, vips: [], pools: [{ name: 'six', ranges }] });
    const { addresses: _, ...message } = request({ prefix });
    lan.dhcpv6(message);
    expect(lan.story()).toEqual(story);
    // It stays when the intent is told anew, and ends with the lease.
    lan.intend({ ...INTENT6, vips: [], pools: [{ name: 'six', ranges }] });
    expect(lan.story()).toEqual(story);
    lan.dhcpv6({ ...message, type: 'release' });
    expect(lan.active()).toEqual([]);
  });

  it.each([
    ['advertised', 'advertise'],
    ['declined, which is for addresses alone', 'decline'],
    ['asked about by REBIND, which may be the question of a machine from elsewhere', 'rebind'],
  ] as const)('of a part of the pool says nothing yet where it is %s', (_name, type) => {
    const { addresses: _, ...message } = request({ prefix: [FREE, 127] });
    const lan = lan6({ ...INTENT6, vips: [] }).dhcpv6({ ...message, type });
    expect(lan.wait(60_000).story()).toEqual([]);
    const renewal = { ...message, type: 'renew', prefix: [ip6('fd00::52'), 127] } as const;
    expect(lan.dhcpv6(renewal).story()).toEqual(['raised lease-in-pool fd00::52']);
  });

  it('is another thing than its first address', () => {
    const lan = lan6().dhcpv6(request({ prefix: [VIP6, 128] }));
    expect(lan.watcher.leases()).toHaveLength(2);
    const { addresses: _, ...release } = request({ type: 'release', prefix: [VIP6, 128] });
    lan.wait(1000).dhcpv6(release).wait(1000);
    expect(held(lan).toSorted()).toEqual(['fd00::50 aa released', 'fd00::50 aa requested']);
    expect(lan.story()).toEqual(['raised lease-on-vip fd00::50']);
  });

  it('whose first address is a node leaves the node alone', () => {
    const lan = advertise(lan6(), W1, NODE6);
    const { addresses: _, ...message } = request({ prefix: [NODE6, 64] });
    expect(lan.dhcpv6(message).story()).toEqual([]);
  });

  it('in the journal, too', () => {
    const before = lan6().dhcpv6(request({ prefix: [VIP6, 128] }));
    const after = new Lan(null);
    after.watcher.restore(savedStateOf(before.watcher), after.now);
    expect(after.watcher.leases()).toEqual(before.watcher.leases());
    expect(after.intend(INTENT6).story()).toEqual([]);
    expect(after.active()).toMatchObject([{ kind: 'lease-on-vip' }]);
  });
});

describe('a leased address that another machine claims', () => {
  const lease = request({ addresses: [OUTSIDE] });

  it('is a conflict where both use it in turn', () => {
    const lan = lan6().dhcpv6(lease);
    for (let i = 0; i < 3; i += 1) {
      advertise(lan.wait(5_000), LAPTOP, OUTSIDE);
      advertise(lan.wait(5_000), PHONE, OUTSIDE);
    }
    expect(lan.story()).toEqual(['raised lease-conflict fd00::99']);
  });

  it('is none where a relay, which answers for it, passes on the renewals of its lessee', () => {
    const relayed = { ...lease, relay: ROUTER, linkLayer: PHONE };
    const lan = lan6().dhcpv6(relayed);
    for (let i = 0; i < 6; i += 1) {
      advertise(lan.wait(5_000), ROUTER, OUTSIDE);
      lan.wait(5_000).dhcpv6({ ...relayed, type: 'renew' });
    }
    expect(lan.story()).toEqual([]);
  });

  it("is none where a repeater puts its own MAC on the lessee's frames, and not into them", () => {
    const extender = mac('ee');
    const lan = lan6().dhcpv6({ ...lease, from: extender });
    for (let i = 0; i < 6; i += 1) {
      advertise(lan.wait(5_000), PHONE, OUTSIDE, extender);
      lan.wait(5_000).dhcpv6({ ...lease, type: 'renew', from: extender });
    }
    expect(lan.story()).toEqual([]);
    expect(lan.dismissed('lessee-behind-repeater')).toBe(6);
  });
});

describe('an IPv6 VIP that was leased, and is silent', () => {
  const OWN = { addresses: [ip6('fd00::12')], macs: [W2], networks: [] };

  function asked(lan: Lan, answerer: Mac, ms: number): Lan {
    for (let left = ms; left > 0; left -= 1_000) {
      lan.watcher.asked(VIP6, { interface: 'eth0', vlan: null }, lan.now);
      advertise(lan, answerer, VIP6).wait(1_000);
    }
    return lan;
  }

  it('is a warning once its node alone has answered for three minutes, and critical when the lessee is heard', () => {
    const lan = lan6();
    lan.watcher.setOwnInterfaces(OWN);
    asked(lan.dhcpv6(request()), W1, 4 * MINUTES);
    expect(lan.active()).toMatchObject([{ kind: 'lease-on-vip', severity: 'warning' }]);
    expect(lan.active()[0]!.message).toContain('only w1 answers');
    lan.dhcpv6(phone('renew', { server: SERVER }));
    expect(lan.active()).toMatchObject([{ kind: 'lease-on-vip', severity: 'critical' }]);
  });
});

describe('the remedy of a lease by DHCPv6', () => {
  it("names the pool's addresses of that family alone, and makes up no range out of leases that lie far apart", () => {
    const both = { name: 'both', ranges: [range('192.168.1.40-192.168.1.49'), range('fd00::50-fd00::5f')] };
    const lan = lan6({ ...INTENT6, pools: [both] });
    lan.dhcpv6(request({ client: LAPTOP, addresses: [OUTSIDE] })).dhcpv6(request({ addresses: [FREE] }));
    expect(lan.wait(20_000).raised()[0]?.remedy).toBe(
      'Shrink the DHCP range so that it leaves out the pool both (fd00::50-fd00::5f), then make the client ask again (reconnect it).',
    );
  });
});
