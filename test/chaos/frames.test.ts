// What the floods of `make chaos` send is what they are called, and is known as made up.
import { describe, expect, it } from 'vitest';
import { FLOODS, type FloodKind, poolOf } from '../../lab/chaos/frames.ts';
import { isMadeUp } from '../../lab/chaos/home.ts';
import { Random } from '../../lab/world/random.ts';
import { Dissector } from '../../src/watch/lan/dissect.ts';
import { Segments } from '../../src/watch/lan/segment.ts';

const PROTOCOLS: Readonly<Record<FloodKind, readonly string[]>> = {
  claims: ['arp'],
  'vip-claims': ['arp'],
  'vlan-claims': ['arp'],
  segments: ['arp'],
  replies: ['arp'],
  discovers: ['dhcp'],
  requests: ['dhcp'],
  'other-requests': ['dhcp'],
  offers: ['dhcp'],
  advertisements: ['ndp'],
  mixed: ['arp', 'dhcp', 'ndp'],
};

describe.each([...Object.keys(FLOODS), 'mixed'] as FloodKind[])('a flood of %s', (kind) => {
  it('holds frames that an agent takes, each of a machine that is made up', () => {
    const dissector = new Dissector(new Segments(() => {}));
    const seen = new Set<string>();
    for (const bytes of poolOf(kind, new Random('1'), 200)) {
      const link = { interface: 'eth0', vlan: null };
      const frame = {
        bytes,
        start: 0,
        end: bytes.length,
        wireLength: bytes.length,
        at: 0,
        link,
        strippedVlan: null,
        outgoing: false,
      };
      const found = dissector.dissect(frame, 1);
      if (found === undefined || found.protocol === 'tcp') continue;
      seen.add(found.protocol);
      expect(isMadeUp(found.ethernet.sourceMac)).toBe(true);
    }
    expect([...seen].sort()).toEqual(PROTOCOLS[kind]);
  });
});
