// The LAN of the world: what a switch, a link and a wiring do to frames.
import { describe, expect, it } from 'vitest';
import { arpReply, arpRequest } from '../../lab/world/arp-frames.ts';
import { EventQueue } from '../../lab/world/events.ts';
import { Frame } from '../../lab/world/frame.ts';
import { CABLE, Lane, type LinkHabits } from '../../lab/world/link.ts';
import { Random } from '../../lab/world/random.ts';
import { Switch } from '../../lab/world/switch.ts';
import { napOf } from '../../lab/world/wifi.ts';
import { type WiringPlan, wire } from '../../lab/world/wiring.ts';
import { BROADCAST_MAC, type Ipv4, type Mac } from '../../src/net/address.ts';

const SECOND = 1_000_000;
const A = '02:00:00:00:00:0a' as Mac;
const B = '02:00:00:00:00:0b' as Mac;
const C = '02:00:00:00:00:0c' as Mac;
const X = '02:00:00:00:00:ee' as Mac;
const ip = (last: number) => `192.168.1.${last}` as Ipv4;

/** A switch with stations that keep what they receive. */
function lan(...macs: Mac[]) {
  const queue = new EventQueue(0);
  const lan = new Switch(queue, new Random('lan'), () => {});
  const heard: Record<string, Frame[]> = {};
  const ports = macs.map((mac) => {
    const received: Frame[] = [];
    heard[mac] = received;
    return lan.connect(mac, CABLE, { receive: (frame) => received.push(frame) });
  });
  const send = (from: number, bytes: Uint8Array) => {
    ports[from]!.send(bytes);
    queue.runUntil(queue.now + SECOND);
  };
  const counts = () => macs.map((mac) => heard[mac]!.splice(0).length);
  return { queue, lan, ports, send, counts };
}

const unicast = (from: Mac, to: Mac) => arpRequest(from, ip(1), ip(2), to);
const broadcast = (from: Mac) => arpRequest(from, ip(1), ip(2));

describe('the switch', () => {
  it('floods what it does not know, and hands on what it does', () => {
    const { send, counts } = lan(A, B, C);
    send(0, unicast(A, B));
    expect(counts()).toEqual([0, 1, 1]);
    send(1, unicast(B, A));
    expect(counts()).toEqual([1, 0, 0]);
    send(0, unicast(A, B));
    expect(counts()).toEqual([0, 1, 0]);
    send(2, broadcast(C));
    expect(counts()).toEqual([1, 1, 0]);
  });

  it('forgets with time, and at once where a cable is pulled', () => {
    const { queue, ports, send, counts } = lan(A, B, C);
    send(1, broadcast(B));
    counts();
    queue.runUntil(queue.now + 298 * SECOND);
    send(0, unicast(A, B));
    expect(counts()).toEqual([0, 1, 0]);
    queue.runUntil(queue.now + 3 * SECOND);
    send(0, unicast(A, B));
    expect(counts()).toEqual([0, 1, 1]);
    send(1, broadcast(B));
    counts();
    ports[1]!.pull();
    send(0, unicast(A, B));
    expect(counts()).toEqual([0, 0, 1]);
  });

  it('torn in two, keeps the sides apart', () => {
    const { ports, send, counts } = lan(A, B, C);
    send(1, broadcast(B));
    counts();
    ports[1]!.side = 1;
    send(0, broadcast(A));
    expect(counts()).toEqual([0, 0, 1]);
    send(0, unicast(A, B));
    expect(counts()).toEqual([0, 0, 1]);
    ports[1]!.side = 0;
    send(0, unicast(A, B));
    expect(counts()).toEqual([0, 1, 0]);
  });
});

/** So many frames, one each millisecond: their places in the order in which they come. */
function through(habits: Partial<LinkHabits>, count = 2_000): number[] {
  const queue = new EventQueue(0);
  const came: number[] = [];
  const order = new Map<Frame, number>();
  const lane = new Lane(queue, new Random('lane'), { ...CABLE, ...habits }, (frame) =>
    came.push(order.get(frame)!),
  );
  for (let i = 0; i < count; i += 1) {
    queue.at(i * 1_000, () => {
      const frame = new Frame(broadcast(A));
      order.set(frame, i);
      lane.send(frame);
    });
  }
  queue.runUntil(count * 1_000 + SECOND);
  return came;
}

describe('a link', () => {
  it('keeps all and their order, however much they are delayed', () => {
    expect(through({ jitter: 20_000 })).toEqual(Array.from({ length: 2_000 }, (_, i) => i));
  });

  it('loses, doubles and reorders about as many as it is told to', () => {
    const near = (count: number) => [count * 0.7, count * 1.3] as const;
    const between = (value: number, [least, most]: readonly [number, number]) => {
      expect(value).toBeGreaterThan(least);
      expect(value).toBeLessThan(most);
    };
    between(2_000 - through({ groupLoss: 0.1 }).length, near(200));
    between(through({ duplicates: 0.1 }).length - 2_000, near(200));
    const came = through({ reordered: 0.1, heldBackFor: 5_000 });
    expect(came).toHaveLength(2_000);
    between(came.filter((place, i) => i > 0 && place < came[i - 1]!).length, near(200));
  });
});

/** What others hear of a card, and what it hears. */
function wired(plan: WiringPlan) {
  const queue = new EventQueue(0);
  const seen: Frame[] = [];
  const lan = new Switch(queue, new Random('lan'), () => {});
  const received: Frame[] = [];
  const receive = (frame: Frame) => void (frame.isFor(A) && received.push(frame));
  const wiring = wire(lan, 'card', { mac: A, receive }, plan);
  const other = lan.connect('other', CABLE, { receive: (frame) => seen.push(frame) });
  const run = () => queue.runUntil(queue.now + SECOND);
  return {
    send: (bytes: Uint8Array) => {
      wiring.send(bytes);
      run();
      return seen.splice(0).at(-1)!;
    },
    hand: (bytes: Uint8Array) => {
      other.send(bytes);
      run();
      return received.splice(0);
    },
  };
}

const question = (peer: number) => new Frame(arpRequest(B, ip(peer), ip(2))).arp!;

describe('a bond in mode balance-alb', () => {
  const { send, hand } = wired({ kind: 'bond-alb', second: X });

  it('answers each peer with one MAC, and different peers with different ones', () => {
    const macOf = (peer: number) => send(arpReply(A, ip(2), question(peer))).arp!.senderMac;
    expect([10, 11, 12, 13, 10, 11].map(macOf)).toEqual([A, X, A, X, A, X]);
    expect(send(arpReply(A, ip(2), question(11))).ethernet.sourceMac).toBe(X);
  });

  it('asks with its own, and hears what is for either, and for all once', () => {
    expect(send(arpRequest(A, ip(2), ip(11))).arp!.senderMac).toBe(A);
    expect(hand(unicast(B, X)).map(({ ethernet }) => ethernet.destinationMac)).toEqual([A]);
    expect(hand(unicast(B, A))).toHaveLength(1);
    expect(hand(broadcast(B)).map(({ ethernet }) => ethernet.destinationMac)).toEqual([BROADCAST_MAC]);
  });
});

describe('an extender', () => {
  const { send, hand } = wired({ kind: 'extender', extender: X });

  it('puts its own MAC into all that is sent, and the right one into what comes', () => {
    const sent = send(arpReply(A, ip(2), question(10)));
    expect([sent.ethernet.sourceMac, sent.arp!.senderMac]).toEqual([X, X]);
    const answer = new Frame(arpRequest(X, ip(2), ip(10))).arp!;
    const [got] = hand(arpReply(B, ip(10), answer));
    expect([got!.ethernet.destinationMac, got!.arp!.targetMac]).toEqual([A, A]);
  });
});

describe('a station on Wi-Fi', () => {
  it('gets what is for it at the next beacon, and little of what is for all while it sleeps', () => {
    const waits = (state: 'awake' | 'dozing' | 'asleep', bytes: Uint8Array) => {
      const nap = napOf(() => state, new Random('nap'));
      return Array.from({ length: 1_000 }, () => nap(new Frame(bytes)));
    };
    expect(new Set(waits('awake', broadcast(A)))).toEqual(new Set([0]));
    expect(Math.max(...waits('dozing', unicast(A, B)).map((wait) => wait!))).toBeLessThan(SECOND / 3);
    expect(waits('asleep', unicast(A, B))).not.toContain(null);
    const lost = waits('asleep', broadcast(A)).filter((wait) => wait === null).length;
    expect(lost).toBeGreaterThan(500);
    expect(lost).toBeLessThan(700);
  });
});

describe('a stream of chance', () => {
  it('is the same for the same name, whatever was drawn from others', () => {
    const drawn = (before: number) => {
      const random = new Random('seed');
      for (let i = 0; i < before; i += 1) random.next();
      const fork = random.fork('name');
      return Array.from({ length: 5 }, () => fork.next());
    };
    expect(drawn(3)).toEqual(drawn(0));
    expect(new Random('seed').fork('another').next()).not.toBe(drawn(0)[0]);
  });

  it('spreads evenly', () => {
    const random = new Random('even');
    const counts = new Array<number>(10).fill(0);
    for (let i = 0; i < 10_000; i += 1) counts[random.between(0, 9)]! += 1;
    for (const count of counts) expect(Math.abs(count - 1_000)).toBeLessThan(150);
  });
});
