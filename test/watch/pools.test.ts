import { describe, expect, it } from 'vitest';
import type { Intent } from '../../src/intent/intent.ts';
import type { Ipv6 } from '../../src/net/address.ts';
import { INTENT, ip, Lan, mac, PHONE, range, VIP, W1 } from './lan.ts';

const POOL_ADDRESS = ip('192.168.1.53');
const WITHOUT_OTHERS = {
  name: 'main-pool',
  ranges: [range('192.168.1.50-192.168.1.59')],
  autoAssign: true,
  total: 10,
  assigned: 1,
  leased: 0,
  taken: 0,
  free: 9,
};

function lease(lan: Lan, address = VIP, client = PHONE): Lan {
  return lan.dhcp({ type: 'request', client, requested: address, server: ip('192.168.1.1') });
}

describe('pools', () => {
  it('count their addresses and VIPs', () => {
    expect(new Lan().watcher.pools()).toEqual([WITHOUT_OTHERS]);
  });

  it('count the addresses that DHCP leased, VIP or not, each once', () => {
    const lan = lease(lease(new Lan()), POOL_ADDRESS, mac('bb'));
    lease(lan, ip('192.168.1.90'), mac('cc'));
    // What is only offered is not leased.
    lan.dhcp({ type: 'offer', client: mac('dd'), yourIp: ip('192.168.1.54'), server: ip('192.168.1.1') });
    expect(lan.watcher.leases()).toHaveLength(4);
    expect(lan.watcher.pools()).toEqual([{ ...WITHOUT_OTHERS, leased: 2, free: 8 }]);
  });

  it('count addresses that DHCPv6 leased, and no prefix', () => {
    const pools = [{ name: 'six', ranges: [range('fd00::50-fd00::5f')] }];
    const lan = new Lan({ ...INTENT, pools, vips: [] });
    const first = 'fd00::50' as Ipv6;
    lan.dhcpv6({ type: 'request', client: PHONE, server: 1, prefix: [first, 127] });
    expect(lan.watcher.pools()).toMatchObject([{ leased: 0 }]);
    lan.dhcpv6({ type: 'request', client: PHONE, server: 1, addresses: [first] });
    expect(lan.watcher.pools()).toMatchObject([{ leased: 1 }]);
  });

  it('count free addresses that other machines use', () => {
    const lan = new Lan().announce(PHONE, POOL_ADDRESS).announce(PHONE, VIP).announce(W1, VIP);
    expect(lan.watcher.pools()).toEqual([{ ...WITHOUT_OTHERS, taken: 1, free: 8 }]);
    lan.wait(11 * 60_000);
    expect(lan.watcher.pools()).toEqual([WITHOUT_OTHERS]);
  });

  it('have an address that is leased and used by its client free for nobody, once', () => {
    const lan = lease(new Lan(), POOL_ADDRESS).announce(PHONE, POOL_ADDRESS);
    expect(lan.watcher.pools()).toMatchObject([{ leased: 1, free: 8 }]);
  });

  it('count a VIP for the pool that has it, and one outside all pools for none', () => {
    const intent: Intent = {
      ...INTENT,
      pools: [...INTENT.pools, { name: 'other', ranges: [range('10.0.0.0/24'), range('10.0.1.1-10.0.1.4')] }],
      vips: [
        ...INTENT.vips,
        { address: ip('10.0.1.2'), service: null },
        { address: ip('10.9.9.9'), service: null },
      ],
    };
    expect(new Lan(intent).watcher.pools()).toMatchObject([
      WITHOUT_OTHERS,
      { name: 'other', total: 260, assigned: 1, leased: 0, taken: 0, free: 259 },
    ]);
  });

  it('of IPv6 are too large to be walked', () => {
    const pools = [{ name: 'six', ranges: [range('fd00::/64'), range('fd01::/120')] }];
    expect(new Lan({ ...INTENT, pools, vips: [] }).watcher.pools()).toMatchObject([
      { name: 'six', total: 2 ** 64 + 256, assigned: 0, free: 2 ** 64 + 256 },
    ]);
  });
});

describe('nameOf', () => {
  it('knows nodes, and what stations call themselves', () => {
    const lan = new Lan();
    expect(lan.watcher.nameOf(W1)).toBe('w1');
    expect(lan.watcher.nameOf(PHONE)).toBeNull();
    lan.dhcp({
      type: 'request',
      client: PHONE,
      requested: VIP,
      server: ip('192.168.1.1'),
      hostname: 'luca-phone',
    });
    expect(lan.watcher.nameOf(PHONE)).toBe('luca-phone');
    expect(lan.watcher.spokenNameOf(PHONE)).toBe('"luca-phone"');
    expect(lan.watcher.spokenNameOf(W1)).toBe('w1');
  });
});
