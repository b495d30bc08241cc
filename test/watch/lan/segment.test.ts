// Segments, by the interface and the VLAN tags.
import { describe, expect, it } from 'vitest';
import { ip, Lan, PHONE, VIP } from '../lan.ts';

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
});
