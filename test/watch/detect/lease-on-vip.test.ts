// A VIP that DHCP leased to a machine: when it is in use, and when it is only leased. Each number has a case on each of its sides.
import { describe, expect, it } from 'vitest';
import { encodeNdp, multicastMac } from '../../../src/ndp/packet.ts';
import type { Ipv4, Ipv6, Mac } from '../../../src/net/address.ts';
import { ETHERTYPE_IPV6, encodeEthernet } from '../../../src/net/ethernet.ts';
import { encodeDhcpMessage } from '../dhcp-message.ts';
import { INTENT, ip, Lan, mac, PHONE, ROUTER, VIP, W1, W2 } from '../lan.ts';

const ASKER = mac('77');
const ASKER_IP = ip('192.168.1.77');
const PRINTER = mac('bb');
const SERVER = ip('192.168.1.1');
const OTHER_ADDRESS = ip('192.168.1.99');
const MINUTES = 60_000;
const OWN = { addresses: [ip('192.168.1.12')], macs: [W2], networks: [] };

/** What was told of the lease: `raised critical`, `changed warning`. */
function told(lan: Lan): string[] {
  return lan.events.flatMap((event) =>
    event.type === 'finding' && event.finding.kind === 'lease-on-vip'
      ? [`${event.action} ${event.finding.severity}`]
      : [],
  );
}

function leased(lan = new Lan(), lessee: Mac = PHONE, address: Ipv4 = VIP): Lan {
  return lan.dhcp({
    type: 'request',
    client: lessee,
    requested: address,
    server: SERVER,
    hostname: 'luca-phone',
  });
}

/** For so long, somebody asks for the VIP, and a node answers. */
function askedFor(lan: Lan, ms: number, every = 10_000): Lan {
  for (let left = ms; left > 0; left -= every) {
    lan.request(ASKER, ASKER_IP, VIP).reply(W1, VIP, ASKER, ASKER_IP).wait(Math.min(every, left));
  }
  return lan;
}

/** An agent whose own questions are answered. */
function asksItself(ms: number, lan: Lan, answerer: Mac | null = W1): Lan {
  for (let left = ms; left > 0; left -= 1_000) {
    lan.watcher.asked(VIP, { interface: 'eth0', vlan: null }, lan.now);
    if (answerer) lan.reply(answerer, VIP, W2, OWN.addresses[0]);
    lan.wait(Math.min(1_000, left));
  }
  return lan;
}

function agent(): Lan {
  const lan = new Lan();
  lan.watcher.setOwnInterfaces(OWN);
  return lan;
}

describe('a lessee that is silent while the VIP is asked for', () => {
  it.each([
    { ms: 179_900, story: ['raised critical'] },
    { ms: 180_000, story: ['raised critical', 'changed warning'] },
  ])('for $ms ms', ({ ms, story }) => {
    expect(told(askedFor(leased(), ms))).toEqual(story);
  });

  it.each([
    { every: 60_000, story: ['raised critical', 'changed warning'] },
    { every: 61_000, story: ['raised critical'] },
  ])('where the questions are $every ms apart', ({ every, story }) => {
    expect(told(askedFor(leased(), 10 * every, every))).toEqual(story);
  });

  it('says who leased it and when, since when that machine is silent, and who answers', () => {
    const lan = askedFor(leased(), 4 * MINUTES);
    expect(lan.active()).toMatchObject([
      {
        severity: 'warning',
        confirmed: true,
        macs: [PHONE],
        message:
          '192.168.1.50, the VIP of traefik/traefik: leased, not in use now. DHCP leased it to "luca-phone" (02:00:00:00:00:aa) at 2026-02-25 06:13 UTC; that machine has not been heard since 2026-02-25 06:13 UTC, and only w1 answers.',
        remedy:
          'Shrink the DHCP range so that it leaves out the pool main-pool (192.168.1.50-192.168.1.59). Do it before that machine comes back: until its lease ends it may take the address at any time.',
      },
    ]);
    expect(lan.active()[0]?.evidence.at(-1)?.summary).toBe(
      `192.168.1.50 was probed at least once a minute for 3 min, and ${PHONE} sent nothing`,
    );
  });

  it('says when that machine was heard, not since when its address is a VIP', () => {
    const lan = leased(new Lan({ ...INTENT, vips: [] })).wait(30 * MINUTES);
    lan.intend(INTENT);
    expect(told(askedFor(lan, 4 * MINUTES))).toEqual(['raised critical', 'changed warning']);
    expect(lan.active().find(({ kind }) => kind === 'lease-on-vip')?.message).toMatch(
      /at 2026-02-25 06:13 UTC; .* since 2026-02-25 06:13 UTC,/,
    );
  });

  it('tells times as the wall clock has them', () => {
    const lan = leased();
    lan.watcher.setAhead(60 * 60 * 1_000_000);
    expect(askedFor(lan, 4 * MINUTES).active()[0]?.message).toMatch(
      /at 2026-02-25 07:13 UTC; .* since 2026-02-25 07:13 UTC,/,
    );
  });

  it('is not told of again while it stays away, and ends with its lease', () => {
    const lan = askedFor(leased(), 30 * MINUTES);
    lan.dhcp({ type: 'release', client: PHONE, clientIp: VIP });
    expect(told(lan)).toEqual(['raised critical', 'changed warning', 'resolved warning']);
    askedFor(leased(lan), 2 * MINUTES);
    expect(told(lan).at(-1)).toBe('raised critical');
    expect(told(askedFor(lan, 1 * MINUTES)).at(-1)).toBe('changed warning');
  });
});

describe('what is no silence', () => {
  it('a capture in which nobody asks for the VIP', () => {
    const lan = leased();
    for (let i = 0; i < 60; i += 1) lan.announce(W1, ip('192.168.1.11')).wait(10_000);
    expect(told(lan)).toEqual(['raised critical']);
  });

  it('costs no turn while nobody asks', () => {
    const turnsIn = (lan: Lan) => {
      let turns = 0;
      for (; lan.watcher.nextAt() <= lan.now + 60 * MINUTES * 1_000; turns += 1)
        lan.watcher.tick(lan.watcher.nextAt());
      return turns;
    };
    expect(turnsIn(leased())).toBeLessThan(turnsIn(leased(new Lan(), PHONE, ip('192.168.1.55'))) + 5);
  });

  it('questions to one machine alone, which the lessee does not get', () => {
    const lan = leased();
    for (let i = 0; i < 60; i += 1) {
      const request = encodeEthernet(
        { destinationMac: W1, sourceMac: ASKER, vlans: [], etherType: 0x0806 },
        Uint8Array.from(
          Buffer.from(`00010800060400010200000000 77c0a8014d000000000000c0a80132`.replace(' ', ''), 'hex'),
        ),
      );
      lan.frame(request).wait(10_000);
    }
    expect(told(lan)).toEqual(['raised critical']);
  });

  it('questions on another segment', () => {
    const lan = leased();
    for (let i = 0; i < 60; i += 1) lan.request(ASKER, ASKER_IP, VIP, { interface: 'eth1' }).wait(10_000);
    expect(told(lan)).toEqual(['raised critical']);
  });

  const frames: Readonly<Record<string, (lan: Lan) => unknown>> = {
    'its ARP announcement of another address': (lan) => lan.announce(PHONE, OTHER_ADDRESS),
    'its question for another address': (lan) => lan.request(PHONE, OTHER_ADDRESS, SERVER),
    'its answer for another address': (lan) => lan.reply(PHONE, OTHER_ADDRESS),
    'its DHCP message through a relay': (lan) =>
      lan.frame(encodeDhcpMessage({ type: 'discover', client: PHONE, relayIp: SERVER, from: ROUTER })),
    'its neighbor solicitation': (lan) => lan.frame(solicitation(PHONE)),
  };
  it.each(Object.keys(frames))('%s', (what) => {
    const lan = askedFor(leased(), 2 * MINUTES);
    frames[what]!(lan);
    expect(told(askedFor(lan, 179_900))).toEqual(['raised critical']);
    expect(told(askedFor(lan, 1_000))).toEqual(['raised critical', 'changed warning']);
  });

  it('frames of other machines do not break it, and its own on another segment neither', () => {
    const lan = askedFor(leased(), 2 * MINUTES);
    lan.announce(PRINTER, OTHER_ADDRESS).frame(solicitation(PRINTER));
    lan.dhcp({ type: 'discover', client: PRINTER }).announce(PHONE, OTHER_ADDRESS, { interface: 'eth1' });
    expect(told(askedFor(lan, 1 * MINUTES))).toEqual(['raised critical', 'changed warning']);
  });

  it('a stranger that answers for the VIP: no node answers alone', () => {
    const lan = askedFor(leased(), 2 * MINUTES).reply(PRINTER, VIP);
    expect(told(askedFor(lan, 179_900))).toEqual(['raised critical']);
    expect(told(askedFor(lan, 1_000)).at(-1)).toBe('changed warning');
  });

  it('the time in which this agent was stopped', () => {
    const lan = askedFor(leased(), 2 * MINUTES);
    lan.skip(30_000);
    lan.watcher.resumed(lan.now - 30_000_000, lan.now);
    expect(told(askedFor(lan, 179_900))).toEqual(['raised critical']);
    expect(told(askedFor(lan, 1_000)).at(-1)).toBe('changed warning');
  });
});

describe('an agent that asks itself', () => {
  it('has a warning once a node alone has answered it for three minutes', () => {
    const lan = asksItself(179_000, leased(agent()));
    expect(told(lan)).toEqual(['raised critical']);
    expect(told(asksItself(1_000, lan)).at(-1)).toBe('changed warning');
    expect(lan.active()[0]?.message).toMatch(/only w1 answers\.$/);
  });

  it('has none while nobody answers: the VIP is silent', () => {
    const lan = asksItself(10 * MINUTES, leased(agent()), null);
    expect(told(lan)).toEqual(['raised critical']);
  });

  it('has none while the lessee answers', () => {
    expect(told(asksItself(10 * MINUTES, leased(agent()), PHONE))).toEqual(['raised critical']);
  });

  it('has none before its answers have come for three minutes', () => {
    const lan = asksItself(5 * MINUTES, leased(agent()), null);
    asksItself(170_000, lan);
    expect(told(lan)).toEqual(['raised critical']);
    expect(told(asksItself(20_000, lan)).at(-1)).toBe('changed warning');
  });

  it.each([
    { pause: 59_000, story: ['raised critical', 'changed warning'] },
    { pause: 62_000, story: ['raised critical'] },
  ])('bears a pause of $pause ms in the answers: $story', ({ pause, story }) => {
    const lan = asksItself(100_000, leased(agent()));
    asksItself(pause, lan, null);
    expect(told(asksItself(80_000, lan))).toEqual(story);
  });

  it('has none while the VIP is silent, however short', () => {
    const lan = asksItself(160_000, leased(agent()));
    for (let i = 0; i < 25; i += 1) {
      lan.request(mac('10'), ip('192.168.1.10'), SERVER);
      asksItself(1_000, lan, null);
    }
    expect(lan.active().map(({ kind, severity }) => `${kind} ${severity}`)).toEqual([
      'lease-on-vip critical',
      'silent-vip critical',
    ]);
    expect(told(asksItself(2_000, lan)).at(-1)).toBe('changed warning');
  });

  it('does not name a node that answered long ago', () => {
    const lan = leased(agent()).gratuitous(W1, VIP);
    for (let i = 0; i < 30; i += 1) lan.request(ASKER, ASKER_IP, VIP).wait(10_000);
    expect(lan.active()[0]?.message).toMatch(/has not been heard since 2026-02-25 06:13 UTC\.$/);
  });

  it('says nothing of who answers where the answers go to others', () => {
    const lan = leased(agent());
    for (let i = 0; i < 30; i += 1) lan.request(ASKER, ASKER_IP, VIP).wait(10_000);
    expect(told(lan)).toEqual(['raised critical', 'changed warning']);
    expect(lan.active()[0]?.message).toMatch(/has not been heard since 2026-02-25 06:13 UTC\.$/);
  });
});

describe('a lessee that comes back', () => {
  it('makes it critical with its next frame, whatever that says', () => {
    const lan = askedFor(leased(), 4 * MINUTES).request(PHONE, OTHER_ADDRESS, SERVER);
    expect(told(lan)).toEqual(['raised critical', 'changed warning', 'changed critical']);
    expect(lan.active()).toMatchObject([
      {
        message: 'DHCP: "luca-phone" (02:00:00:00:00:aa) asked for 192.168.1.50, the VIP of traefik/traefik.',
      },
    ]);
    expect(lan.active()[0]?.evidence.at(-1)?.summary).toContain(`ARP request by ${PHONE}`);
  });

  it('must be silent for twice as long each time, an hour at most', () => {
    const lan = leased();
    const silences: number[] = [];
    for (let round = 0; round < 7; round += 1) {
      let minutes = 0;
      for (; lan.active()[0]?.severity === 'critical'; minutes += 1) askedFor(lan, MINUTES);
      silences.push(minutes);
      lan.announce(PHONE, OTHER_ADDRESS);
    }
    expect(silences).toEqual([3, 6, 12, 24, 48, 60, 60]);
  });

  it('every four minutes makes no flapping', () => {
    const lan = leased();
    for (let i = 0; i < 30; i += 1) askedFor(lan, 4 * MINUTES).announce(PHONE, OTHER_ADDRESS);
    expect(told(lan)).toEqual(['raised critical', 'changed warning', 'changed critical']);
  });

  it('and claims the VIP is critical by both findings, until it has left for three minutes', () => {
    const lan = askedFor(leased(), 4 * MINUTES)
      .announce(PHONE, VIP)
      .reply(PHONE, VIP, ASKER, ASKER_IP);
    expect(lan.active().map(({ kind, severity }) => `${kind} ${severity}`)).toEqual([
      'lease-on-vip critical',
      'foreign-claim critical',
    ]);
    expect(told(askedFor(lan, 7 * MINUTES)).at(-1)).toBe('changed warning');
  });
});

it('waits for the end of its foreign-claim, however long the operator lets that last', () => {
  const kinds = { 'foreign-claim': { quiet: 10 * MINUTES * 1_000 } };
  const lan = leased(new Lan(INTENT, { suppression: { kinds, ignore: [], silences: [] } }));
  askedFor(lan.announce(PHONE, VIP), 10 * MINUTES - 1_000);
  expect(told(lan)).toEqual(['raised critical']);
  expect(told(askedFor(lan, 3_000)).at(-1)).toBe('changed warning');
});

it('a lessee behind a repeater, which puts its own MAC on all it hands on, is heard by that', () => {
  const repeater = mac('ee');
  const lan = new Lan().dhcp({
    type: 'request',
    client: PHONE,
    requested: VIP,
    server: SERVER,
    from: repeater,
  });
  for (let i = 0; i < 10; i += 1) askedFor(lan.announce(repeater, OTHER_ADDRESS), MINUTES);
  expect(told(lan)).toEqual(['raised critical']);
});

/** On another segment another machine was given the VIP as well. */
function leasedThere(lan: Lan): Lan {
  const message = { type: 'request', client: PRINTER, requested: VIP, server: SERVER } as const;
  return lan.dhcp(message, { interface: 'eth1' });
}

function askedForThere(lan: Lan, ms: number): Lan {
  for (let left = ms; left > 0; left -= 10_000) {
    const there = { interface: 'eth1' };
    lan.request(ASKER, ASKER_IP, VIP, there).reply(W1, VIP, ASKER, ASKER_IP, there);
    askedFor(lan, Math.min(10_000, left));
  }
  return lan;
}

it('the lessees of one VIP on two segments are told apart', () => {
  const lan = leasedThere(leased());
  for (let i = 0; i < 5; i += 1) askedForThere(lan.announce(PHONE, OTHER_ADDRESS), MINUTES);
  expect(lan.active().map(({ macs, severity }) => [macs[0], severity])).toEqual([
    [PHONE, 'critical'],
    [PRINTER, 'warning'],
  ]);
  lan.announce(PRINTER, OTHER_ADDRESS);
  expect(told(lan).at(-1)).toBe('changed warning');
  lan.announce(PRINTER, OTHER_ADDRESS, { interface: 'eth1' });
  expect(told(lan).at(-1)).toBe('changed critical');
});

describe('the operator', () => {
  it('has the last word on the severity: nothing changes', () => {
    for (const severity of ['critical', 'warning'] as const) {
      const suppression = { kinds: { 'lease-on-vip': { severity } }, ignore: [], silences: [] };
      const lan = askedFor(leased(new Lan(INTENT, { suppression })), 5 * MINUTES).announce(PHONE, VIP);
      expect(told(lan)).toEqual([`raised ${severity}`]);
    }
  });

  it('who ignores it is told no change', () => {
    const ignore = [{ mac: PHONE, ranges: [], kinds: null, comment: 'known' }];
    const lan = leased(new Lan(INTENT, { suppression: { kinds: {}, ignore, silences: [] } }));
    askedFor(lan, 5 * MINUTES);
    expect(told(lan)).toEqual([]);
    expect(lan.watcher.findings()).toMatchObject([{ state: 'suppressed', severity: 'warning' }]);
  });
});

describe('after a restart', () => {
  function restarted(before: Lan): Lan {
    const lan = new Lan(null);
    lan.wait(before.now - lan.now > 0 ? (before.now - lan.now) / 1_000 : 0);
    lan.watcher.restore(
      {
        leases: before.watcher.leases(),
        claims: before.watcher.claims(),
        findings: before.watcher.findings(),
        takeovers: [],
        dhcpServers: [],
      },
      lan.now,
    );
    return lan.intend(INTENT);
  }

  it('what was critical is so, until the lessee has been silent for three minutes anew', () => {
    const lan = restarted(askedFor(leased(), 2 * MINUTES));
    expect(told(askedFor(lan, 179_900))).toEqual([]);
    expect(told(askedFor(lan, 1_000))).toEqual(['changed warning']);
  });

  it('what was a warning is critical with the first frame of the lessee', () => {
    const lan = restarted(askedFor(leased(), 4 * MINUTES));
    expect(told(lan.announce(PHONE, OTHER_ADDRESS))).toEqual(['changed critical']);
  });

  it('what was a warning is one, until the lessee comes back', () => {
    const lan = restarted(askedFor(leased(), 4 * MINUTES));
    expect(lan.active()).toMatchObject([{ kind: 'lease-on-vip', severity: 'warning' }]);
    expect(told(askedFor(lan, 10 * MINUTES))).toEqual([]);
    expect(told(lan.announce(PHONE, OTHER_ADDRESS))).toEqual(['changed critical']);
    expect(told(askedFor(lan, 359_900))).toEqual(['changed critical']);
    expect(told(askedFor(lan, 1_000)).at(-1)).toBe('changed warning');
  });
});

it('a lease that there was no room to tell of is told once there is some, and not before', () => {
  const lan = leasedThere(leased(new Lan(INTENT, { settings: { maxFindings: 1 } })));
  lan.dhcp({ type: 'release', client: PHONE, clientIp: VIP });
  expect(told(askedForThere(lan, 10 * MINUTES))).toEqual([
    'raised critical',
    'resolved critical',
    'raised critical',
    'changed warning',
  ]);
});

it('a lease of an address that is a VIP no more is watched no more', () => {
  const lan = leased();
  lan.intend({ ...INTENT, vips: [] });
  expect(told(askedFor(lan, 5 * MINUTES))).toEqual(['raised critical', 'resolved critical']);
  lan.intend(INTENT);
  expect(told(lan).at(-1)).toBe('raised critical');
  expect(told(askedFor(lan, 3 * MINUTES)).at(-1)).toBe('changed warning');
});

/** Who has another address, with the machine's own MAC as the Ethernet source. */
function solicitation(from: Mac): Uint8Array {
  const source = 'fe80::aa' as Ipv6;
  const destination = 'ff02::1:ff00:1' as Ipv6;
  const packet = encodeNdp(
    { kind: 'neighbor-solicitation', targetIp: 'fe80::1' as Ipv6, options: [] },
    { source, destination },
  );
  const header = { destinationMac: multicastMac(destination), sourceMac: from, vlans: [] };
  return encodeEthernet({ ...header, etherType: ETHERTYPE_IPV6 }, packet);
}
