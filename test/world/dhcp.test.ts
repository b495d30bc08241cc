// DHCP in the world: what is broadcast and what is not, by the habits of real clients and servers.
import { describe, expect, it } from 'vitest';
import type { DhcpServerHabits } from '../../lab/world/dhcp-server.ts';
import { Frame } from '../../lab/world/frame.ts';
import type { Action, StationPlan } from '../../lab/world/scenario.ts';
import { messageType, messageTypeName } from '../../src/dhcp/option.ts';
import type { Ipv4, Mac } from '../../src/net/address.ts';
import { type Played, play, VIP } from './small.ts';

const SECOND = 1_000_000;
const SERVER: DhcpServerHabits = {
  first: '192.168.1.100' as Ipv4,
  last: '192.168.1.199' as Ipv4,
  leaseSeconds: 60,
  checks: false,
  authoritative: true,
};
const PHONE: StationPlan = {
  name: 'phone',
  kind: 'computer',
  mac: '02:00:00:00:00:aa' as Mac,
  wifi: false,
  ip: null,
  claim: { probes: 3, announcements: 2 },
  clientId: null,
  present: true,
};

function lan(actions: readonly Action[], server: Partial<DhcpServerHabits> = {}, phone = PHONE): Played {
  const router = {
    ip: '192.168.1.1' as Ipv4,
    mac: '02:00:00:00:00:01' as Mac,
    dhcp: { ...SERVER, ...server },
  };
  return play(actions, { router, stations: [phone] });
}

/** `discover to all`, `offer to one`, in order; of one client. */
function exchange({ frames }: Played): string[] {
  return frames.flatMap(({ bytes }) => {
    const frame = new Frame(bytes);
    if (!frame.dhcp) return [];
    const name = messageTypeName(messageType(frame.dhcp.message));
    return [`${name} to ${frame.isGroup ? 'all' : 'one'}`];
  });
}

/** What an agent heard of it. */
function heard({ world }: Played): Record<string, number> {
  const { dhcpMessages } = world.node('node-2').agent!.watching!.watcher.counters();
  return Object.fromEntries(
    dhcpMessages.filter(({ count }) => count > 0).map(({ type, count }) => [type, count]),
  );
}

const LEASE = ['discover to all', 'offer to one', 'request to all', 'ack to one'];

describe('a client', () => {
  it('asks everyone, is answered alone, looks whether the address is free, and announces it', () => {
    const played = lan([]);
    expect(exchange(played).slice(0, 4)).toEqual(LEASE);
    const claims = played.frames
      .map(({ bytes }) => new Frame(bytes).arp!)
      .filter((arp) => arp?.senderMac === PHONE.mac);
    const own = claims[3]!.senderIp;
    expect(claims.slice(0, 5).map(({ senderIp, targetIp }) => [senderIp, targetIp])).toEqual([
      ...Array.from({ length: 3 }, () => ['0.0.0.0', own]),
      [own, own],
      [own, own],
    ]);
  });

  it('renews with its server alone, so that agents hear one exchange and no more', () => {
    const played = lan([]);
    expect(exchange(played).slice(4)).toEqual(
      Array.from({ length: 3 }, () => ['request to one', 'ack to one']).flat(),
    );
    expect(heard(played)).toEqual({ discover: 1, request: 1 });
  });

  it('asks for what it had elsewhere, and is refused before all by a server that knows it should not', () => {
    const elsewhere: Action = {
      kind: 'comes-from-elsewhere',
      at: 20 * SECOND,
      lasts: 40 * SECOND,
      who: 'guest',
      ip: VIP,
    };
    const refused = exchange(lan([elsewhere], {}, { ...PHONE, present: false }));
    expect(refused.slice(0, 6)).toEqual(['request to all', 'nak to all', ...LEASE]);
    const unanswered: Action = { ...elsewhere, kind: 'unanswered-from-elsewhere' };
    const silent = exchange(lan([unanswered], {}, { ...PHONE, present: false }));
    expect(silent.slice(0, 7)).toEqual([...Array.from({ length: 3 }, () => 'request to all'), ...LEASE]);
  });

  it('declines what somebody else answers for, and takes what it is offered next', () => {
    // An odd time: this one looks before it takes.
    const leased: Action = {
      kind: 'lease-on-vip',
      at: 20 * SECOND + 1,
      lasts: 40 * SECOND,
      who: 'guest',
      ip: VIP,
    };
    const said = exchange(lan([leased], {}, { ...PHONE, present: false }));
    expect(said.slice(0, 6)).toEqual([...LEASE, 'decline to all', 'discover to all']);
  });
});

describe('a server that looks first', () => {
  it('asks for the address before it offers it', () => {
    const frames = lan([], { checks: true }).frames.map(({ bytes }) => new Frame(bytes));
    const offer = frames.findIndex(({ dhcp }) => dhcp?.message.yourIp.startsWith('192.168.1.1'));
    const asked = frames
      .slice(0, offer)
      .some(({ arp }) => arp?.targetIp === frames[offer]!.dhcp!.message.yourIp);
    expect(asked).toBe(true);
  });
});
