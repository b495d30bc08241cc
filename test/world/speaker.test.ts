// The world's speakers, held against what test/cluster/metallb/metallb.test.ts and test/cluster/README.md know of the real ones.
import { hash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { Frame } from '../../lab/world/frame.ts';
import type { Action } from '../../lab/world/scenario.ts';
import { START } from '../../lab/world/world.ts';
import { MACS, type Played, play, VIP } from './small.ts';

const SECOND = 1_000_000;
const VIP_HEX = 'c0a801f0';
const RANK = Object.keys(MACS).toSorted((a, b) => (digest(a) < digest(b) ? -1 : 1));
const [FIRST, NEXT] = RANK as [string, string];

function digest(node: string): string {
  return hash('sha256', `${node}#${VIP}`);
}

function action(kind: Action['kind'], at: number, lasts: number, who = FIRST): Action {
  return { kind, at: at * SECOND, lasts: lasts * SECOND, who, ip: VIP };
}

/** As metallb.test.ts has it. */
function gratuitous(operation: 1 | 2, mac: string): string {
  const own = mac.replaceAll(':', '');
  const everyone = 'ff'.repeat(6);
  return `${everyone}${own}0806000108000604000${operation}${own}${VIP_HEX}${everyone}${VIP_HEX}${'00'.repeat(18)}`;
}

interface Claim {
  readonly at: number;
  readonly node: string;
  readonly kind: 'announcement' | 'answer';
  readonly bytes: Uint8Array;
}

/** Of the VIP, by nodes; times in seconds. */
function claims({ frames }: Played): Claim[] {
  return frames.flatMap(({ at, bytes }): Claim[] => {
    const frame = new Frame(bytes);
    const node = Object.keys(MACS).find((name) => MACS[name] === frame.arp?.senderMac);
    if (node === undefined || frame.arp?.senderIp !== VIP) return [];
    return [{ at: at / SECOND, node, kind: frame.isGroup ? 'announcement' : 'answer', bytes }];
  });
}

/** Without a claim by the one, until the first by the other. */
function takeover(played: Played, from: number, to: string): number {
  return claims(played).find(({ at, node }) => at >= from && node === to)!.at - from;
}

function answering(played: Played, at: number): string[] {
  return played.world.truth.answering(VIP, START + at * SECOND);
}

describe("the world's speaker", () => {
  it('announces where the hash is lowest: five rounds of two, 1.1 s apart, as MetalLB writes them', () => {
    const played = play([], { length: 30 * SECOND });
    const rounds = claims(played).filter(({ kind }) => kind === 'announcement');
    const mac = MACS[FIRST]!;
    expect(rounds.map(({ bytes }) => bytes.toHex())).toEqual(
      Array.from({ length: 5 }, () => [gratuitous(1, mac), gratuitous(2, mac)]).flat(),
    );
    const starts = rounds.filter((_, i) => i % 2 === 0).map(({ at }) => at);
    for (const [i, at] of starts.entries()) expect(at - starts[0]!).toBeCloseTo(1.1 * i, 2);
  });

  it('answers by unicast with 60 bytes, soon, and is alone in that', () => {
    const played = play([], { length: 30 * SECOND });
    const answers = claims(played).filter(({ kind }) => kind === 'answer');
    // Two agents ask once a second.
    expect(answers.length).toBeGreaterThan(50);
    expect(new Set(answers.map(({ node }) => node))).toEqual(new Set([FIRST]));
    expect(new Set(answers.map(({ bytes }) => bytes.length))).toEqual(new Set([60]));
  });

  it('is succeeded 5 to 8 s after it was killed, and takes its own back within a second', () => {
    const played = play([action('kill-speaker', 30, 30)]);
    expect(takeover(played, 30, NEXT)).toBeGreaterThan(5);
    expect(takeover(played, 30, NEXT)).toBeLessThan(8);
    expect(takeover(played, 60, FIRST)).toBeLessThan(1);
    expect(answering(played, 33)).toEqual([]);
    expect(answering(played, 50)).toEqual([NEXT]);
    expect(answering(played, 62)).toEqual([FIRST]);
  });

  it('keeps its own where it is started again at once', () => {
    const played = play([action('crash-speaker', 30, 2)]);
    expect(new Set(claims(played).map(({ node }) => node))).toEqual(new Set([FIRST]));
  });

  it('hands over within a second where its Pod is deleted, and answers on for a moment', () => {
    const played = play([action('restart-speaker', 30, 6)]);
    const begins = 30 + takeover(played, 30, NEXT);
    expect(begins).toBeLessThan(31);
    expect(answering(played, begins + 0.05)).toEqual([FIRST, NEXT]);
    expect(answering(played, begins + 0.4)).toEqual([NEXT]);
    // The winner's first gratuitous request is a request: the loser answers it.
    const first = claims(played).filter(({ at }) => at >= begins);
    expect(first.slice(0, 4).map(({ node, kind }) => [node, kind])).toContainEqual([FIRST, 'answer']);
  });

  it('has two owners while it cannot talk to the others, and one again within half a minute', () => {
    const played = play([action('silence-speaker', 30, 30)]);
    expect(answering(played, 45)).toEqual([FIRST, NEXT]);
    expect(answering(played, 92)).toEqual([FIRST]);
  });

  it('is succeeded while it is stopped, and goes on as if nothing had been', () => {
    const played = play([action('stop-speaker', 30, 30)]);
    expect(takeover(played, 30, NEXT)).toBeGreaterThan(5);
    expect(answering(played, 50)).toEqual([NEXT]);
    expect(answering(played, 60.001)).toEqual([NEXT, FIRST]);
    expect(answering(played, 60.06)).toEqual([FIRST]);
    const back = claims(played).filter(({ at, node }) => at >= 60 && node === FIRST);
    // It never knew that it was gone, and others joined nothing anew: whatever it sends are answers.
    expect(back[0]!.kind).toBe('answer');
  });

  it('announces on while the API is away', () => {
    const played = play([action('api-away', 30, 60)]);
    for (const at of [35, 60, 89]) expect(answering(played, at)).toEqual([FIRST]);
    expect(played.events).toEqual([]);
  });

  it('hears of what is changed meanwhile once the API is back', () => {
    const played = play([action('api-away', 30, 30), action('exclude-node', 40, 60)]);
    expect(answering(played, 59)).toEqual([FIRST]);
    expect(answering(played, 61)).toEqual([NEXT]);
  });

  it('follows the endpoints under the policy Local', () => {
    const played = play([action('move-endpoint', 30, 40, NEXT)]);
    expect(answering(played, 32)).toEqual([NEXT]);
    expect(answering(played, 75)).toEqual([FIRST]);
  });
});

describe('a node that loses its power', () => {
  it('is succeeded after 5 to 8 s, and is on its feet again some seconds after its power is back', () => {
    const played = play([action('power-cut', 30, 40)]);
    const gap = takeover(played, 30, NEXT);
    expect(gap).toBeGreaterThan(5);
    expect(gap).toBeLessThan(8);
    expect(answering(played, 71)).toEqual([NEXT]);
    expect(answering(played, 85)).toEqual([FIRST]);
  });
});
