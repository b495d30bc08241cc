// Two nodes that answer for one VIP, as a bystander hears it and as the agents on them do, to whom their own answers never come.
import { describe, expect, it } from 'vitest';
import type { Mac } from '../../../src/net/address.ts';
import { CP, INTENT, ip, Lan, PHONE, VIP, W1, W2 } from '../lan.ts';

const ADDRESS_OF = new Map([
  [CP, ip('192.168.1.10')],
  [W1, ip('192.168.1.11')],
  [W2, ip('192.168.1.12')],
]);

/** An agent on w2, for how many seconds each, and who answers whom. */
class Seat {
  readonly lan = new Lan(INTENT);

  constructor() {
    const macs = [W2];
    this.lan.watcher.setOwnInterfaces({ addresses: [ADDRESS_OF.get(W2)!], macs, networks: [] });
  }

  /** It asks once a second, and these nodes answer. */
  asks(seconds: number, ...answering: readonly Mac[]): this {
    for (let s = 0; s < seconds; s += 1) {
      this.lan.ask(VIP, 1, 1);
      for (const mac of answering) this.lan.reply(mac, VIP, W2, ADDRESS_OF.get(W2)!);
      this.lan.wait(999);
    }
    return this;
  }

  /** The same while cp asks w2, which answers. */
  isAskedAndAsks(seconds: number, ...answering: readonly Mac[]): this {
    for (let s = 0; s < seconds; s += 1) {
      this.lan.request(CP, ADDRESS_OF.get(CP)!, VIP);
      this.lan.reply(W2, VIP, CP, ADDRESS_OF.get(CP)!, { outgoing: true });
      this.asks(1, ...answering);
    }
    return this;
  }

  /** A burst of MetalLB's: w2's own, which other nodes answer as any question. */
  announces(mac: Mac, ...answering: readonly Mac[]): this {
    const isOwn = mac === W2;
    for (let i = 0; i < 5; i += 1) {
      this.lan.gratuitous(mac, VIP, { outgoing: isOwn });
      for (const other of answering) this.lan.reply(other, VIP, W2, VIP);
      if (i < 4) this.lan.wait(1100);
    }
    return this;
  }
}

describe('a split brain is told', () => {
  it('by the announcer, of a node that answered on while it began to announce', () => {
    const { lan } = new Seat().asks(10, W1).announces(W2, W1).asks(8, W1);
    expect(lan.raised()).toMatchObject([{ kind: 'split-brain', severity: 'critical', macs: [W1, W2] }]);
    expect(lan.watcher.takeovers()).toEqual([]);
  });

  it('by the announcer, of a kernel that only answers: no takeover, though nobody asks this node any more', () => {
    const { lan } = new Seat().announces(W2).asks(20).asks(20, W1);
    expect(lan.raised()).toMatchObject([{ kind: 'split-brain' }]);
    expect(lan.watcher.takeovers()).toEqual([]);
  });

  it('by the announcer for as long as the other answers it, and no longer', () => {
    const seat = new Seat().announces(W2).isAskedAndAsks(10, W1).isAskedAndAsks(40);
    expect(seat.lan.story()).toEqual([`raised split-brain ${VIP}`, `resolved split-brain ${VIP}`]);
  });

  it('of two that answer one asker in turn, again and again', () => {
    const seat = new Seat();
    for (let i = 0; i < 6; i += 1) seat.asks(2, W1).asks(2, CP);
    expect(seat.lan.raised()).toMatchObject([{ kind: 'split-brain' }]);
  });
});

describe('no split brain is', () => {
  it('a speaker that restarts and has the VIP back within five seconds, as a bystander hears it', () => {
    const seat = new Seat().asks(10, W1);
    seat.lan.gratuitous(CP, VIP);
    seat.asks(1, W1, CP).asks(4, CP);
    seat.lan.gratuitous(W1, VIP);
    expect(seat.asks(1, CP, W1).asks(20, W1).lan.story()).toEqual([]);
  });

  it('the same, as the one hears it that stood in for it', () => {
    const seat = new Seat().asks(10, W1);
    seat.lan.gratuitous(W2, VIP, { outgoing: true }).reply(W1, VIP, W2, VIP).wait(1100);
    for (let i = 0; i < 3; i += 1) seat.lan.gratuitous(W2, VIP, { outgoing: true }).wait(1200);
    seat.lan.gratuitous(W1, VIP);
    expect(seat.asks(20, W1).lan.story()).toEqual([]);
  });

  it('a speaker that was stopped and goes on: it announced the VIP before, and is back without a word', () => {
    const seat = new Seat().announces(W1).asks(10, W1).asks(6).announces(W2);
    expect(seat.asks(20).asks(20, W1).lan.story()).toEqual([]);
    expect(seat.lan.watcher.vips(seat.lan.now)[0]?.announcers).toMatchObject([{ node: 'w1' }]);
  });

  it('what two of one node answer: its second card hears the agent of the first ask', () => {
    const second = INTENT.nodes.map((node) =>
      node.name === 'w2' ? { ...node, macs: [...(node.macs ?? []), PHONE] } : node,
    );
    const seat = new Seat();
    seat.lan.intend({ ...INTENT, nodes: second });
    expect(seat.announces(W2).asks(30, PHONE).lan.story()).toEqual([]);
  });
});

it('an agent that does not ask knows nothing of a VIP that is only announced: its announcer may be mute', () => {
  const seat = new Seat().announces(W1);
  expect(seat.lan.watcher.vips(seat.lan.now)).toMatchObject([{ up: null }]);
  expect(seat.asks(1, W1).lan.watcher.vips(seat.lan.now)).toMatchObject([{ up: true }]);
});
