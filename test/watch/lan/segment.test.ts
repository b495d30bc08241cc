// Segments, by the interface and the VLAN tags.
import { describe, expect, it } from 'vitest';
import { INTENT, ip, Lan, PHONE, START, savedStateOf, VIP, W1, W2 } from '../lan.ts';

describe('segments', () => {
  it('of other interfaces survive a flood of made-up tags', () => {
    const lan = new Lan();
    for (let vlan = 1; vlan < 400; vlan += 1) lan.announce(PHONE, ip('10.9.9.9'), { vlans: [vlan] });
    expect(lan.announce(PHONE, VIP, { interface: 'eth1' }).raised()).toMatchObject([
      { kind: 'foreign-claim' },
    ]);
  });

  it('are the same for a tag in the frame, a tag the kernel took off, and the VLAN interface', () => {
    const lan = new Lan();
    lan.announce(PHONE, VIP, { vlans: [10] });
    lan.announce(PHONE, VIP, { strippedVlan: 10 });
    lan.announce(PHONE, VIP, { linkVlan: 10 });
    expect(lan.raised().map((finding) => finding.segment?.name)).toEqual(['eth0.10']);
  });

  it('take a priority tag for no VLAN', () => {
    const lan = new Lan().announce(PHONE, VIP, { vlans: [0] }).announce(PHONE, VIP);
    expect(lan.raised().map((finding) => finding.segment?.name)).toEqual(['eth0']);
  });

  it('that were not heard yet are heard through a flood of made-up tags', () => {
    const lan = flooded(new Lan());
    lan.announce(PHONE, VIP, { vlans: [1001] });
    expect(lan.raised()).toMatchObject([{ kind: 'foreign-claim', segment: { name: 'eth0.1001' } }]);
  });

  it('are heard after a restart that brings a flood of made-up tags back', () => {
    const saved = savedStateOf(flooded(new Lan()).watcher);
    const lan = new Lan(null);
    lan.watcher.restore(saved, START);
    lan.intend(INTENT).announce(PHONE, VIP, { vlans: [1001] });
    expect(lan.raised()).toMatchObject([{ kind: 'foreign-claim', segment: { name: 'eth0.1001' } }]);
  });

  it('of captured VLAN interfaces are as many as there are interfaces, and none gives way', () => {
    const lan = new Lan();
    const every = (act: (vlan: number) => void) => {
      for (let vlan = 1; vlan <= 1_000; vlan += 1) act(vlan);
    };
    every((linkVlan) => lan.reply(W1, VIP, PHONE, ip('192.168.1.100'), { linkVlan }));
    flooded(lan, { interface: 'eth1' });
    const segments = () =>
      new Set(lan.watcher.vips(lan.now)[0]?.announcers.map(({ segment }) => segment.name));
    expect(segments().size).toBe(1_000);
    every((linkVlan) => lan.announce(PHONE, VIP, { linkVlan }));
    expect(new Set(lan.active().map(({ segment }) => segment?.name)).size).toBe(1_000);
  });

  it('that became known by their tags alone count no more once their interface is captured', () => {
    const lan = new Lan().announce(PHONE, ip('192.168.1.77'), { vlans: [10] });
    lan.announce(PHONE, ip('192.168.1.77'), { linkVlan: 10 });
    expect(tagged(lan)).toBe(0);
    expect(flooded(lan).watcher.claims()).toContainEqual(
      expect.objectContaining({ ip: '192.168.1.77', segment: expect.objectContaining({ name: 'eth0.10' }) }),
    );
  });

  it('that were heard over a minute give way after those that were heard for a moment', () => {
    const lan = new Lan();
    const heard = () => lan.announce(W2, ip('192.168.1.77'), { vlans: [10] });
    heard().wait(60_000);
    flooded(heard());
    expect(lan.watcher.claims().map(({ segment }) => segment.name)).toContain('eth0.10');
    expect(tagged(lan)).toBe(256);
  });

  it('take along what is known of them when they are forgotten', () => {
    const lan = new Lan().announce(PHONE, VIP, { vlans: [10] }).gratuitous(W1, VIP, { vlans: [10] });
    const [before] = lan.active();
    flooded(lan);
    expect(lan.watcher.claims().filter(({ ip: address }) => address === VIP)).toEqual([]);
    expect(lan.watcher.vips(lan.now)[0]?.announcers).toEqual([]);
    // The finding is about the same segment when that is back.
    lan.announce(PHONE, VIP, { vlans: [10] });
    expect(lan.active().map(({ id }) => id)).toEqual([before?.id]);
    expect(lan.watcher.claims().find(({ ip: address }) => address === VIP)?.segment).toBe(before?.segment);
  });

  it('are forgotten a day after they were heard last', () => {
    const lan = new Lan().announce(PHONE, ip('10.9.9.9'), { vlans: [10] });
    expect(tagged(lan.wait(86_399_000))).toBe(1);
    expect(tagged(lan.wait(120_000))).toBe(0);
  });
});

/** More tags than are kept. */
function flooded(lan: Lan, { interface: name = 'eth0' } = {}): Lan {
  for (let vlan = 2_001; vlan < 2_400; vlan += 1)
    lan.announce(PHONE, ip('10.9.9.9'), { vlans: [vlan], interface: name });
  return lan;
}

/** Segments that are known by their tags alone. */
function tagged({ watcher }: Lan): number | undefined {
  return watcher.counters().tables.find(({ table }) => table === 'segments')?.entries;
}
