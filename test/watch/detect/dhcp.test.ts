// What DHCP messages, and what is seen beside them, say of leases; each with the look-alike that says nothing.
import { describe, expect, it } from 'vitest';
import { INTENT, ip, Lan, mac, PHONE, ROUTER, VIP, W1 } from '../lan.ts';

const FREE = ip('192.168.1.55');
const OUTSIDE = ip('192.168.1.100');
const SERVER = ip('192.168.1.1');
const ANOTHER = ip('192.168.1.2');
const LAPTOP = mac('bb');

const takes = (lan: Lan, address: typeof VIP, client = PHONE) =>
  lan.dhcp({ type: 'request', client, requested: address, server: SERVER });
const hexOf = (byte: number) => byte.toString(16).padStart(2, '0');
const kinds = (lan: Lan) => lan.raised().map((finding) => finding.kind);
const held = (lan: Lan) =>
  lan.watcher
    .leases()
    .filter(({ state }) => state === 'requested' || state === 'acknowledged')
    .map(({ ip: address, mac: holder }) => `${address} ${holder}`);

describe('a refusal', () => {
  it('by another server than the one that the client chose changes nothing', () => {
    const lan = takes(new Lan(), VIP).wait(100).dhcp({ type: 'nak', client: PHONE, server: ANOTHER });
    expect(lan.active()).toMatchObject([{ kind: 'lease-on-vip' }, { kind: 'rogue-dhcp-server' }]);
    expect(lan.dismissed('dhcp-refusal-by-another-server')).toBe(1);
    expect(held(lan)).toEqual([`${VIP} ${PHONE}`]);
  });

  it('by another server is known by where it comes from, if it does not name itself', () => {
    const refuses = (source: typeof VIP) =>
      takes(new Lan(), VIP).dhcp({ type: 'nak', client: PHONE, source });
    expect(held(refuses(ANOTHER))).toEqual([`${VIP} ${PHONE}`]);
    expect(held(refuses(SERVER))).toEqual([]);
  });

  it('by another address of the chosen machine counts', () => {
    const offered = { type: 'offer', client: PHONE, yourIp: VIP, server: SERVER, from: ROUTER } as const;
    const refused = (from: typeof PHONE) =>
      takes(new Lan().dhcp(offered), VIP).dhcp({ type: 'nak', client: PHONE, server: ANOTHER, from });
    expect(held(refused(ROUTER))).toEqual([]);
    expect(held(refused(LAPTOP))).toEqual([`${VIP} ${PHONE}`]);
  });

  it('by any server counts for a client that chose none: it roams, or rebinds', () => {
    const asks = [{ requested: VIP }, { clientIp: VIP }];
    for (const ask of asks) {
      const lan = new Lan().dhcp({ type: 'request', client: PHONE, ...ask });
      expect(held(lan.dhcp({ type: 'nak', client: PHONE, server: ANOTHER }))).toEqual([]);
    }
  });
});

describe('a clone that shares its client identifier', () => {
  const clone = { clientId: 'ff00010203' };
  const asks = (lan: Lan, client: typeof PHONE, address: typeof VIP) =>
    lan
      .dhcp({ type: 'discover', client, ...clone })
      .dhcp({ type: 'request', client, requested: address, server: SERVER, ...clone });

  it('takes no lease away from the other machine', () => {
    const lan = asks(asks(new Lan(), PHONE, VIP).wait(30_000), LAPTOP, OUTSIDE).wait(60_000);
    expect(lan.story()).toEqual(['raised lease-on-vip 192.168.1.50']);
    lan.dhcp({ type: 'release', client: LAPTOP, clientIp: VIP, ...clone });
    expect(lan.active()).toHaveLength(1);
  });

  it('is leased the same address as well: both are told of, and stay', () => {
    const lan = asks(asks(new Lan(), PHONE, VIP).wait(30_000), LAPTOP, VIP).wait(60_000);
    expect(lan.active().map(({ macs }) => macs)).toEqual([[PHONE], [LAPTOP]]);
    lan.dhcp({ type: 'release', client: PHONE, clientIp: VIP, ...clone });
    expect(lan.active().map(({ macs }) => macs)).toEqual([[LAPTOP]]);
  });

  it('looks for an address, which voids only what itself wished for', () => {
    const wish = { type: 'request', client: PHONE, requested: VIP, ...clone } as const;
    const lan = new Lan()
      .dhcp(wish)
      .dhcp({ type: 'discover', client: LAPTOP, ...clone })
      .wait(10_000);
    expect(lan.story()).toEqual(['raised lease-on-vip 192.168.1.50']);
  });

  it('is no clone with one MAC: what it held before is over', () => {
    const lan = asks(asks(new Lan(), PHONE, VIP).wait(30_000), PHONE, OUTSIDE);
    expect(lan.active()).toEqual([]);
  });
});

describe('a BOOTP reply', () => {
  for (const hasCookie of [true, false]) {
    it(`${hasCookie ? 'with' : 'without'} DHCP's cookie leases for ever`, () => {
      const lan = new Lan().dhcp({
        type: 'reply',
        client: PHONE,
        yourIp: VIP,
        source: SERVER,
        ...(!hasCookie && { isPlainBootp: true }),
      });
      expect(lan.raised()).toMatchObject([{ kind: 'lease-on-vip', macs: [PHONE] }]);
      expect(lan.raised()[0]?.evidence[0]?.summary).toBe(`BOOTP REPLY to ${PHONE} for 192.168.1.50`);
      expect(lan.watcher.leases()).toMatchObject([{ seconds: Number.POSITIVE_INFINITY, expiresAt: null }]);
      for (let i = 0; i < 10; i += 1) lan.wait(365 * 86_400_000);
      expect(lan.active()).toHaveLength(1);
    });
  }

  it('says nothing where it gives no address, or is a request', () => {
    const lan = new Lan().dhcp({ type: 'reply', client: PHONE, clientIp: VIP, source: SERVER });
    expect(lan.dismissed('dhcp-no-address')).toBe(1);
    expect(lan.story()).toEqual([]);
  });

  it('comes from no DHCP server', () => {
    const lan = new Lan(INTENT, { dhcp: { ranges: [], servers: [ANOTHER] } });
    lan.dhcp({ type: 'reply', client: PHONE, yourIp: OUTSIDE, source: SERVER });
    expect(lan.story()).toEqual([]);
  });
});

describe('a DISCOVER with rapid commit (RFC 4039)', () => {
  const discovers = (lan: Lan, rapidCommit = true) =>
    lan.dhcp({ type: 'discover', client: PHONE, hostname: 'pixel', rapidCommit });
  const nobodyKnown = () => new Lan({ ...INTENT, nodes: [] });

  it('and then the address in use is a lease, with the client’s name', () => {
    const lan = discovers(nobodyKnown()).wait(4000).announce(PHONE, VIP);
    expect(lan.raised()).toMatchObject([{ kind: 'lease-on-vip', macs: [PHONE] }]);
    expect(lan.raised()[0]?.message).toContain(`"pixel" (${PHONE}) was leased 192.168.1.50`);
    expect(lan.watcher.leases()).toMatchObject([{ state: 'acknowledged', hostname: 'pixel', mac: PHONE }]);
  });

  it('is one for a minute', () => {
    const after = (ms: number) => kinds(discovers(nobodyKnown()).wait(ms).announce(PHONE, VIP));
    expect(after(60_000)).toEqual(['lease-on-vip']);
    expect(after(60_001)).toEqual([]);
  });

  it('is one for the first address only, and not for one that the client made up', () => {
    const lan = discovers(nobodyKnown()).announce(PHONE, ip('169.254.7.8')).announce(PHONE, OUTSIDE);
    expect(held(lan.announce(PHONE, FREE))).toEqual([`${OUTSIDE} ${PHONE}`]);
  });

  it('is none without the option, for another machine, or where the client asks on as usual', () => {
    expect(held(discovers(new Lan(), false).announce(PHONE, FREE))).toEqual([]);
    expect(held(discovers(discovers(new Lan()), false).announce(PHONE, FREE))).toEqual([]);
    expect(held(discovers(new Lan()).announce(LAPTOP, FREE))).toEqual([]);
    const usual = takes(discovers(new Lan()), OUTSIDE).announce(PHONE, FREE);
    expect(held(usual)).toEqual([`${OUTSIDE} ${PHONE}`]);
  });

  it('is none for an address that the machine used until then, unless it checked it first', () => {
    const used = (ms: number) => discovers(new Lan().announce(PHONE, FREE).wait(ms)).wait(1000);
    expect(held(used(600_000).announce(PHONE, FREE))).toEqual([]);
    expect(held(used(600_001).announce(PHONE, FREE))).toEqual([`${FREE} ${PHONE}`]);
    expect(held(used(1000).acdProbe(PHONE, FREE).announce(PHONE, FREE))).toEqual([`${FREE} ${PHONE}`]);
  });

  it('is remembered for 1024 clients: one more takes the place of the first', () => {
    const after = (others: number) => {
      const lan = discovers(nobodyKnown());
      for (let i = 0; i < others; i += 1) {
        const client = `06:00:00:00:${hexOf(i >> 8)}:${hexOf(i & 255)}` as typeof PHONE;
        lan.dhcp({ type: 'discover', client, rapidCommit: true });
      }
      return held(lan.announce(PHONE, FREE));
    };
    expect(after(1023)).toHaveLength(1);
    expect(after(1024)).toHaveLength(0);
  });

  it('is none for a VIP that a node announces', () => {
    const node = { type: 'discover', client: W1, rapidCommit: true } as const;
    expect(held(new Lan().dhcp(node).wait(1000).gratuitous(W1, VIP))).toEqual([]);
    const address = ip('192.168.1.11');
    expect(held(new Lan().dhcp(node).wait(1000).announce(W1, address))).toEqual([`${address} ${W1}`]);
  });
});
