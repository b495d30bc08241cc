// The agents of the world are the daemon's own code: they die, start again from their journal, hang, and have clocks that are off.
import { describe, expect, it } from 'vitest';
import { Frame } from '../../lab/world/frame.ts';
import type { Action } from '../../lab/world/scenario.ts';
import { START } from '../../lab/world/world.ts';
import { ARP_REQUEST } from '../../src/arp/packet.ts';
import { MACS, type Played, play, SMALL, VIP } from './small.ts';

const SECOND = 1_000_000;
const NODES = Object.keys(MACS);

function action(kind: Action['kind'], at: number, lasts: number, who: string): Action {
  return { kind, at: at * SECOND, lasts: lasts * SECOND, who, ip: VIP };
}

/** The questions for the VIP, by the second. */
function questions({ frames }: Played, from: number, until: number): Played['frames'] {
  return frames.filter(({ at, bytes }) => {
    const { arp } = new Frame(bytes);
    const isQuestion = arp?.operation === ARP_REQUEST && arp.targetIp === VIP && arp.senderIp !== VIP;
    return isQuestion && at >= from * SECOND && at < until * SECOND;
  });
}

/** The nodes that put them. */
function askers(played: Played, from: number, until: number): string[] {
  const asked = questions(played, from, until);
  return [...new Set(asked.map((frame) => frame.from.split(' ')[0]!))].toSorted();
}

const findings = ({ events }: Played) =>
  events.flatMap(({ agent, event }) =>
    event.type === 'finding' ? [`${agent} ${event.action} ${event.finding.kind}`] : [],
  );

describe('the agents', () => {
  const played = play([]);
  const announcer = played.world.truth.answering(VIP, START + 60 * SECOND)[0]!;
  const others = NODES.filter((name) => name !== announcer);

  it('share the asking: two of them, never the announcer', () => {
    expect(askers(played, 20, 60)).toEqual(others);
    const seconds = 40;
    const { length } = questions(played, 20, 60);
    expect(length).toBeGreaterThan(seconds * 2 - 4);
    expect(length).toBeLessThan(seconds * 2 + 4);
  });

  it('know each other’s interfaces by what they published', () => {
    const { watcher } = played.world.node(announcer).agent!.watching!;
    expect(watcher.unlearnedNodeAddresses()).toEqual([]);
    expect(watcher.counters().dismissed.map(({ reason }) => reason)).not.toContain('maybe-unknown-node');
  });

  it('ask in the place of one that dies, once the API has told of it', () => {
    const [first] = others;
    const without = play([action('crash-agent', 30, 40, first!)]);
    expect(askers(without, 35, 70)).not.toContain(first);
    expect(askers(without, 75, 115)).toEqual(others);
    expect(findings(without)).toEqual([]);
  });

  it('remember a finding in their journal: it is not raised again after a crash', () => {
    const [first] = others;
    const told = findings(
      play([action('stranger-on-vip', 20, 80, 'stranger'), action('crash-agent', 40, 5, first!)]),
    ).filter((line) => line.startsWith(`${first} `));
    expect(told).toEqual([`${first} raised foreign-claim`, `${first} changed foreign-claim`]);
  });

  it('without their disk raise it again', () => {
    const [first] = others;
    const told = findings(
      play([action('stranger-on-vip', 20, 80, 'stranger'), action('lose-disk', 40, 5, first!)]),
    ).filter((line) => line.startsWith(`${first} `));
    // It is confirmed once: after the crash the first that is heard is an answer.
    expect(told.map((line) => line.split(' ')[1])).toEqual(['raised', 'changed', 'raised']);
  });

  it('hang, and take nothing that they missed for silence', () => {
    const [first] = others;
    const hung = play([action('stall-agent', 30, 25, first!)]);
    expect(askers(hung, 31, 54)).not.toContain(first);
    expect(findings(hung)).toEqual([]);
  });

  it('keep what they found while they hang', () => {
    // Only one that announces neither before nor after hears both.
    const silenced = play([action('silence-speaker', 20, 95, announcer)]);
    const owners = silenced.world.truth.answering(VIP, START + 60 * SECOND);
    const witness = NODES.find((name) => !owners.includes(name))!;
    const told = findings(
      play([action('silence-speaker', 20, 95, announcer), action('stall-agent', 45, 40, witness)]),
    ).filter((line) => line.startsWith(`${witness} `));
    expect(told).toEqual([`${witness} raised split-brain`]);
  });

  it('time a takeover that they slept through by the last answer that their journal holds', () => {
    const [first] = others;
    const { events } = play([
      action('kill-speaker', 30, 30, announcer),
      action('crash-agent', 30.5, 1, first!),
    ]);
    const gaps = events.flatMap(({ agent, event, at }) =>
      agent === first && event.type === 'takeover' && at < 60 * SECOND ? [event.takeover.gapMs] : [],
    );
    expect(gaps).toHaveLength(1);
    expect(gaps[0]).toBeGreaterThan(5_000);
    expect(gaps[0]).toBeLessThan(8_500);
  });

  it('tell times by their own clock, and gaps by none', () => {
    const ahead = 100 * SECOND;
    const nodes = SMALL.nodes.map((node) => ({ ...node, agent: { clockAhead: ahead } }));
    const moved = (plan: object) =>
      play([action('kill-speaker', 30, 30, announcer)], plan).events.flatMap(({ event }) =>
        event.type === 'takeover' ? [event.takeover] : [],
      );
    const right = moved({});
    const off = moved({ nodes });
    expect(right.length).toBeGreaterThan(2);
    expect(off.map(({ at }) => at - ahead)).toEqual(right.map(({ at }) => at));
    expect(off.map(({ gapMs }) => gapMs)).toEqual(right.map(({ gapMs }) => gapMs));
  });

  it('wait for an intent while the API is away from the beginning', () => {
    const away = play([action('api-away', 0, 60, '')]);
    expect(askers(away, 5, 60)).toEqual([]);
    expect(askers(away, 70, 110)).toEqual(others);
  });
});
