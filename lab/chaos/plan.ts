// What happens when, out of a seed: disturbances in lanes of their own, and real conflicts between them, at moments at which an
// agent could hear of them.
import type { Random } from '../world/random.ts';
import { FLOODS, type FloodKind } from './frames.ts';
import { VIPS } from './home.ts';

/** From the start of the run. */
type Seconds = number;

export type AgentName = 'cluster' | 'list';

/** It is deaf meanwhile. */
export interface NodeTrouble {
  readonly kind: (typeof NODE_KINDS)[number];
  readonly agent: AgentName;
  readonly seconds: Seconds;
}

export interface OutsideTrouble {
  readonly kind: (typeof OUTSIDE)[number]['kind'];
  readonly seconds: Seconds;
}

export interface Flood {
  readonly kind: 'flood';
  readonly flood: FloodKind;
  /** Frames a second. */
  readonly rate: number;
  readonly seconds: Seconds;
}

export interface Conflict {
  readonly kind: 'conflict';
  readonly conflict: ConflictKind;
  /** Its own in the run. */
  readonly number: number;
  /** Of a VIP or of a node, from 1 on. */
  readonly target: number;
  readonly seconds: Seconds;
}

export type ConflictKind =
  | 'foreign-claim'
  | 'lease-on-vip'
  | 'rogue-dhcp-server'
  | 'node-address-conflict'
  | 'silent-vip';

interface At {
  readonly at: Seconds;
}

export type Step = (NodeTrouble | OutsideTrouble | Flood | Conflict) & At;

/** Before the first trouble. */
const QUIET_START = 15;
/** After the last: findings that end with a minute of silence have ended by then. */
const QUIET_END = 110;
/** A conflict of the same kind and address is another one only when the last is over, hold-down included. */
const AGAIN_AFTER = 80;
const RATES = [100, 500, 1000, 2000, 5000, 10_000];
const FLOOD_KINDS = [...Object.keys(FLOODS), 'mixed', 'mixed'] as FloodKind[];
/** Of the frames that an agent does not read meanwhile. */
const KEPT_FRAMES = 5000;
/** For everybody to fall silent, and to be missed. */
const SILENCE = 40;
const RECOVERY = 6;
const SHORTEST = QUIET_START + SILENCE + QUIET_END;
/** For an agent to be ready on a busy machine. */
const START = 15;

const NODE_KINDS = ['stall', 'flap', 'rename', 'move', 'kill', 'stall', 'kill'] as const;
const OUTSIDE = [
  { kind: 'disk-full', seconds: 25 },
  { kind: 'clock-ahead', seconds: 20 },
  { kind: 'clock-behind', seconds: 20 },
  { kind: 'alertmanager-hangs', seconds: 25 },
  { kind: 'alertmanager-refuses', seconds: 15 },
  { kind: 'alertmanager-dead', seconds: 15 },
  { kind: 'readers', seconds: 20 },
  { kind: 'non-readers', seconds: 25 },
  { kind: 'idle-clients', seconds: 20 },
  { kind: 'streams', seconds: 15 },
  { kind: 'api-hangs', seconds: 30 },
  { kind: 'api-dead', seconds: 20 },
] as const;
const CONFLICTS: readonly ConflictKind[] = [
  ...(['foreign-claim', 'lease-on-vip', 'foreign-claim', 'lease-on-vip'] as const),
  ...(['rogue-dhcp-server', 'node-address-conflict'] as const),
];

/** In the order of their times. */
export function makePlan(random: Random, length: Seconds): Step[] {
  if (!(length >= SHORTEST))
    throw new RangeError(`Cannot plan ${length} s: a run takes at least ${SHORTEST} s`);
  const end = length - QUIET_END;
  const silences = silencesIn(QUIET_START, end);
  const floods = lane(
    random.fork('floods'),
    end,
    { pause: [2, 8], avoid: silences },
    bag(random, FLOOD_KINDS),
    (flood, own): Flood => ({
      kind: 'flood',
      flood,
      rate: own.pick(RATES),
      seconds: own.between(8, 25),
    }),
  );
  const outside = lane(
    random.fork('outside'),
    end,
    { pause: [1, 6], avoid: [] },
    bag(random, OUTSIDE),
    (trouble) => trouble,
  );
  const onNodes = lane(
    random.fork('nodes'),
    end,
    { pause: [10, 18], avoid: silences },
    bag(random, NODE_KINDS),
    (kind, own): NodeTrouble => ({
      kind,
      agent: own.pick<AgentName>(['cluster', 'list']),
      seconds: kind === 'stall' ? own.between(1, 8) : own.between(1, 3),
    }),
  ).map((step) => (startsBlind(step, outside) ? { ...step, agent: 'list' as const } : step));
  const conflicts = conflictsBetween(random.fork('conflicts'), end, deafness(onNodes, floods), silences);
  return [...floods, ...onNodes, ...outside, ...conflicts].toSorted((a, b) => a.at - b.at);
}

/** When an agent hears nothing, and a while after: what it missed is no fault of its own. */
function deafness(onNodes: readonly (NodeTrouble & At)[], floods: readonly (Flood & At)[]): Interval[] {
  return onNodes
    .filter((step) => step.kind !== 'stall' || floods.some((flood) => fillsRing(flood, step)))
    .map(({ at, seconds }) => [at - 1, at + seconds + RECOVERY]);
}

/** An agent that starts while its API server is away knows no VIP, and can find nothing. */
function startsBlind(
  { kind, at, seconds }: NodeTrouble & At,
  outside: readonly (OutsideTrouble & At)[],
): boolean {
  const isAway = (trouble: OutsideTrouble & At) =>
    trouble.kind === 'api-hangs' || trouble.kind === 'api-dead';
  return (
    kind === 'kill' &&
    outside.some(
      (trouble) =>
        isAway(trouble) && at < trouble.at + trouble.seconds + START && trouble.at < at + seconds + START,
    )
  );
}

/** More than the kernel keeps for an agent that does not read. */
function fillsRing(flood: Flood & At, stall: NodeTrouble & At): boolean {
  const from = Math.max(flood.at, stall.at);
  const to = Math.min(flood.at + flood.seconds, stall.at + stall.seconds);
  return (to - from) * flood.rate > KEPT_FRAMES;
}

type Interval = readonly [from: Seconds, to: Seconds];

function silencesIn(from: Seconds, to: Seconds): Interval[] {
  if (to - from < 4 * SILENCE) return [];
  return [0.35, 0.75].map((part) => {
    const at = Math.round(from + part * (to - from));
    return [at, at + SILENCE];
  });
}

/** One after the other, with pauses. */
function lane<Kind, Trouble extends { readonly seconds: Seconds }>(
  random: Random,
  end: Seconds,
  { pause, avoid }: { readonly pause: readonly [number, number]; readonly avoid: readonly Interval[] },
  next: () => Kind,
  make: (kind: Kind, random: Random) => Trouble,
): (Trouble & At)[] {
  const steps: (Trouble & At)[] = [];
  for (let at = QUIET_START; at < end; ) {
    const trouble = make(next(), random);
    const over = at + trouble.seconds;
    const inTheWay = avoid.find(([from, to]) => at < to && over + RECOVERY > from);
    if (inTheWay) {
      at = inTheWay[1] + 1;
      continue;
    }
    if (over > end) break;
    steps.push({ ...trouble, at });
    at = over + random.between(...pause);
  }
  return steps;
}

/** Each of them before any comes again. */
function bag<Item>(random: Random, items: readonly Item[]): () => Item {
  let left: Item[] = [];
  return () => {
    if (left.length === 0) left = random.shuffled(items);
    return left.pop()!;
  };
}

function conflictsBetween(
  random: Random,
  end: Seconds,
  deaf: readonly Interval[],
  silences: readonly Interval[],
): Step[] {
  const steps: Step[] = [];
  const played = new Map<string, Seconds>();
  const next = bag(random, CONFLICTS);
  let number = 0;
  for (let at = QUIET_START + 3; at < end; at += random.between(6, 11)) {
    const missed = deaf.find(([from, to]) => at >= from - 3 && at < to);
    if (missed) at = missed[1];
    if (at >= end) break;
    const conflict = next();
    const targets = random
      .shuffled(Array.from({ length: conflict === 'node-address-conflict' ? 3 : VIPS }, (_, i) => i + 1))
      .filter((target) => at - (played.get(`${conflict} ${target}`) ?? -AGAIN_AFTER) >= AGAIN_AFTER);
    const [target] = targets;
    if (target === undefined) continue;
    played.set(`${conflict} ${target}`, at);
    number += 1;
    steps.push({ kind: 'conflict', conflict, number, target, seconds: 4, at });
  }
  for (const [from] of silences) {
    number += 1;
    steps.push({
      kind: 'conflict',
      conflict: 'silent-vip',
      number,
      target: 1,
      seconds: SILENCE - 2,
      at: from + 1,
    });
  }
  return steps;
}
