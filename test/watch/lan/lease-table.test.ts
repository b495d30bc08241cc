// The lease table by itself: whose lease an address is, and that nothing in it grows without end.
import { describe, expect, it } from 'vitest';
import { SECOND } from '../../../src/base/time.ts';
import type { LeaseState, LeaseStep } from '../../../src/dhcp/lease.ts';
import { type Ipv4, type Mac, parseMac } from '../../../src/net/address.ts';
import { isHeld, type Lease } from '../../../src/watch/lan/lease.ts';
import { LeaseTable } from '../../../src/watch/lan/lease-table.ts';
import { DEFAULT_SETTINGS } from '../../../src/watch/settings.ts';
import { ip, mac, PHONE, START, VIP } from '../lan.ts';

const ETH0 = { interface: 'eth0', vlan: null, name: 'eth0' };
const LAPTOP = mac('bb');
const TABLET = mac('cc');

function table(maxLeases = DEFAULT_SETTINGS.maxLeases) {
  const evicted: Lease[] = [];
  const leases = new LeaseTable({
    settings: { ...DEFAULT_SETTINGS, maxLeases },
    roleOf: (address) => (address === VIP ? 'vip' : 'other'),
    onEvicted: (lease) => void evicted.push(lease),
    wake: () => {},
  });
  /** One step, and what it changed. */
  const take = (state: LeaseState, client: Mac, address: Ipv4, more: Partial<LeaseStep> = {}, at = START) => {
    const step: LeaseStep = {
      state,
      ip: address,
      mac: client,
      clientId: client,
      unconfirmed: false,
      server: null,
      hostname: null,
      seconds: null,
      ...more,
    };
    return leases.apply(ETH0, step, null, at).map((lease) => `${lease.state} ${lease.ip} ${lease.mac}`);
  };
  const holders = (address: Ipv4) => leases.heldAt(ETH0, address).map((lease) => lease.mac);
  return { leases, evicted, take, holders };
}

const station = (i: number) =>
  parseMac(
    `06:00:00:00:${(i >> 8).toString(16).padStart(2, '0')}:${(i & 255).toString(16).padStart(2, '0')}`,
  )!;
const address = (i: number) => ip(`10.0.${i >> 8}.${i & 255}`);

describe('an address that two clients ask for', () => {
  const contended = () => {
    const made = table();
    made.take('acknowledged', PHONE, VIP);
    expect(made.take('requested', LAPTOP, VIP)).toEqual([`requested ${VIP} ${LAPTOP}`]);
    expect(made.holders(VIP)).toEqual([PHONE, LAPTOP]);
    return made;
  };

  it('goes to the one that the server acknowledges', () => {
    const { take, holders, leases } = contended();
    expect(take('acknowledged', LAPTOP, VIP)).toEqual([
      `released ${VIP} ${PHONE}`,
      `acknowledged ${VIP} ${LAPTOP}`,
    ]);
    expect(holders(VIP)).toEqual([LAPTOP]);
    expect(leases.size).toBe(1);
  });

  it('stays with the lessee when the server confirms him, or refuses the other', () => {
    const confirmed = contended();
    expect(confirmed.take('acknowledged', PHONE, VIP)).toEqual([
      `released ${VIP} ${LAPTOP}`,
      `acknowledged ${VIP} ${PHONE}`,
    ]);
    const refused = contended();
    expect(refused.take('refused', LAPTOP, VIP)).toEqual([`refused ${VIP} ${LAPTOP}`]);
    for (const { holders, leases } of [confirmed, refused]) {
      expect(holders(VIP)).toEqual([PHONE]);
      expect(leases.size).toBe(1);
    }
  });

  it('stays undecided while the lessee merely renews', () => {
    const { take, holders, leases } = contended();
    take('requested', PHONE, VIP);
    expect(holders(VIP)).toEqual([PHONE, LAPTOP]);
    expect(leases.size).toBe(2);
  });

  it('falls to the other when the lessee lets go', () => {
    for (const state of ['released', 'declined', 'refused'] as const) {
      const { take, holders, leases } = contended();
      take(state, PHONE, VIP);
      expect(holders(VIP)).toEqual([LAPTOP]);
      expect(leases.size).toBe(1);
    }
    const { take, holders } = contended();
    take('requested', PHONE, address(1));
    expect(holders(VIP)).toEqual([LAPTOP]);
  });

  it('has one contender, the latest', () => {
    const { take, holders, leases } = contended();
    expect(take('requested', TABLET, VIP)).toEqual([
      `released ${VIP} ${LAPTOP}`,
      `requested ${VIP} ${TABLET}`,
    ]);
    expect(holders(VIP)).toEqual([PHONE, TABLET]);
    expect(leases.size).toBe(2);
  });

  it('is free again when both leases expire', () => {
    const { leases, holders } = contended();
    const expired = leases.expire(START + DEFAULT_SETTINGS.assumedLease + SECOND, () => undefined);
    expect(expired.map((lease) => lease.mac).toSorted()).toEqual([PHONE, LAPTOP]);
    expect(holders(VIP)).toEqual([]);
    expect(leases.size).toBe(0);
  });

  it('is no matter of one machine whose boot loader and system are two clients', () => {
    const { take, holders } = table();
    take('acknowledged', PHONE, VIP, { clientId: 'boot loader' });
    take('requested', PHONE, VIP, { clientId: 'system' });
    expect(holders(VIP)).toEqual([PHONE]);
  });
});

describe('LeaseTable', () => {
  it('keeps a host name as long as its station has a lease, whatever client it says it is', () => {
    const { leases, take } = table(100);
    for (let i = 0; i < 1000; i += 1)
      take('requested', station(i), address(i), { clientId: '00010203', hostname: `host-${i}` });
    const named = Array.from({ length: 1000 }, (_, i) => leases.hostnameOf(station(i))).filter(Boolean);
    expect(named).toHaveLength(100);
    expect(leases.hostnameOf(station(999))).toBe('host-999');
  });

  it('forgets a name with the last lease of its station, not with the first', () => {
    const { leases, take } = table();
    take('acknowledged', PHONE, address(1), { clientId: 'a', hostname: 'luca-phone', seconds: 60 });
    take('acknowledged', PHONE, address(2), { clientId: 'b', seconds: 3600 });
    leases.expire(START + 61 * SECOND, () => undefined);
    expect(leases.hostnameOf(PHONE)).toBe('luca-phone');
    leases.expire(START + 3601 * SECOND, () => undefined);
    expect(leases.hostnameOf(PHONE)).toBeNull();
  });

  it('lets a client hold one address: what it held before is over', () => {
    const { leases, take } = table();
    for (let i = 0; i < 100; i += 1) take('requested', LAPTOP, address(i), { clientId: '00010203' });
    expect([...leases.all()].filter(isHeld).map((lease) => lease.ip)).toEqual([address(99)]);
    expect(take('requested', LAPTOP, VIP, { clientId: '00010203' })).toEqual([
      `released ${address(99)} ${LAPTOP}`,
      `requested ${VIP} ${LAPTOP}`,
    ]);
  });

  describe('with clones, machines that say that they are one client', () => {
    const clone = { clientId: '00010203' };

    it('lets each keep its own address', () => {
      const { take, holders } = table();
      take('acknowledged', PHONE, VIP, clone);
      expect(take('requested', LAPTOP, address(1), clone)).toEqual([`requested ${address(1)} ${LAPTOP}`]);
      expect(take('released', LAPTOP, VIP, clone)).toEqual([]);
      expect(holders(VIP)).toEqual([PHONE]);
    });

    it('lets both have one address, which the server gave to both', () => {
      for (const state of ['requested', 'acknowledged'] as const) {
        const { leases, take, holders } = table();
        take(state, PHONE, VIP, { ...clone, hostname: 'first' });
        expect(take(state, LAPTOP, VIP, clone)).toEqual([`${state} ${VIP} ${LAPTOP}`]);
        take(state, PHONE, VIP, clone);
        const [first, second] = leases.heldAt(ETH0, VIP);
        expect([first?.mac, second?.mac]).toEqual([PHONE, LAPTOP]);
        expect([first?.hostname, second?.hostname]).toEqual(['first', null]);
        expect(leases.settle(second!, START)).toBeUndefined();
        expect(leases.size).toBe(2);
        take('released', PHONE, VIP, clone);
        expect(holders(VIP)).toEqual([LAPTOP]);
      }
    });

    it('takes the address from both when the server gives it to another client', () => {
      const { take, holders } = table();
      take('acknowledged', PHONE, VIP, clone);
      take('acknowledged', LAPTOP, VIP, clone);
      take('acknowledged', TABLET, VIP);
      expect(holders(VIP)).toEqual([TABLET]);
    });

    it('remembers both over a restart', () => {
      const { leases, take } = table();
      take('acknowledged', PHONE, VIP, clone);
      take('acknowledged', LAPTOP, VIP, clone);
      const restored = table();
      restored.leases.restore(leases.rows(), () => ETH0);
      expect(restored.holders(VIP)).toEqual([PHONE, LAPTOP]);
    });
  });

  it('makes room oldest first, telling of held leases, and spares what is watched', () => {
    const { leases, take, evicted } = table(10);
    take('requested', PHONE, VIP);
    for (let i = 0; i < 20; i += 1) take('requested', station(i), address(i));
    expect(leases.size).toBe(10);
    expect(leases.evictions).toBe(11);
    expect(evicted.map((lease) => lease.ip)).toEqual(Array.from({ length: 11 }, (_, i) => address(i)));
    expect(leases.find(ETH0, VIP)).toBeDefined();
  });

  it('expires a lease in the second after its end, and not before it', () => {
    const { leases, take } = table();
    take('acknowledged', PHONE, VIP, { seconds: 60 }, START + 500);
    expect(leases.expire(START + 60 * SECOND, () => undefined)).toEqual([]);
    expect(leases.expire(START + 61 * SECOND, () => undefined)).toHaveLength(1);
  });
});
