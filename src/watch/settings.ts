import { HOUR, MINUTE, type Micros, SECOND } from '../base/time.ts';
import type { FindingKind } from './finding/finding.ts';

/** How patient the watcher is. Every duration is in microseconds. */
export interface WatchSettings {
  /**
   * How long two announcers may overlap before it is a split brain. A graceful MetalLB handover overlaps for well under
   * two seconds; its announcement burst lasts 4.4 s. @default 5 s
   */
  readonly handoverGrace: Micros;
  /** An announcer unheard for this long has stopped answering; at least three probe intervals. @default 5 s */
  readonly announcerSilence: Micros;
  /** A takeover back to a node that announced within this time is a failback. @default 1 h */
  readonly failbackWindow: Micros;
  /** More takeovers than this within the flapping window are a flapping VIP. @default 3 */
  readonly flappingLimit: number;
  /** @default 10 min */
  readonly flappingWindow: Micros;
  /**
   * How long the wire may differ from MetalLB's election: the API takes about a minute to notice that a node died, while
   * the speakers know within seconds. @default 2 min
   */
  readonly electionGrace: Micros;
  /**
   * Intent that the API has not confirmed for so long may be outdated. While all is well it gives a sign of life every 10 s.
   * @default 1 min
   */
  readonly intentGrace: Micros;
  /** How long a VIP without an eligible node may stay unanswered, as while a Service is rolled out. @default 30 s */
  readonly silenceGrace: Micros;
  /**
   * How long a VIP that a node should announce may stay unanswered: longer than MetalLB takes to notice a lost node, which
   * is 5 to 8 s in a small cluster, 12 s with a hundred nodes. @default 15 s; more with more than a hundred nodes
   */
  readonly unansweredGrace: Micros;
  /** A takeover with a longer gap is a slow one. @default 10 s */
  readonly maxGap: Micros;
  /** How long a claim by an unknown MAC waits while some nodes' MACs are still unlearned. @default 30 s */
  readonly nodeMacGrace: Micros;
  /** How long one bare reply for a free pool address waits, to tell a proxy from a squatter. @default 2 s */
  readonly replyGrace: Micros;
  /** One MAC answering for at least this many addresses of the pools does proxy ARP. @default 3 */
  readonly proxyAddresses: number;
  /** How long a client's wish for its old address (INIT-REBOOT) waits for a refusal. @default 500 ms */
  readonly refusalGrace: Micros;
  /** A station counts as alive for this long after its last frame. @default 10 min */
  readonly stationLifetime: Micros;
  /** Length assumed for a lease whose acknowledgement was not seen. @default 24 h */
  readonly assumedLease: Micros;
  /** A claim unheard for this long is forgotten. @default 24 h */
  readonly claimLifetime: Micros;
  /** How many addresses the claims table holds; the one unheard for longest makes room. @default 65536 */
  readonly maxClaims: number;
  /** @default 16384 */
  readonly maxLeases: number;
  /** How many findings are kept, active and resolved. @default 2000 */
  readonly maxFindings: number;
  /** How many takeovers are kept. @default 1000 */
  readonly maxTakeovers: number;
}

export const DEFAULT_SETTINGS: WatchSettings = {
  handoverGrace: 5 * SECOND,
  announcerSilence: 5 * SECOND,
  failbackWindow: HOUR,
  flappingLimit: 3,
  flappingWindow: 10 * MINUTE,
  electionGrace: 2 * MINUTE,
  intentGrace: MINUTE,
  silenceGrace: 30 * SECOND,
  unansweredGrace: 15 * SECOND,
  maxGap: 10 * SECOND,
  nodeMacGrace: 30 * SECOND,
  replyGrace: 2 * SECOND,
  proxyAddresses: 3,
  refusalGrace: SECOND / 2,
  stationLifetime: 10 * MINUTE,
  assumedLease: 24 * HOUR,
  claimLifetime: 24 * HOUR,
  maxClaims: 65_536,
  maxLeases: 16_384,
  maxFindings: 2_000,
  maxTakeovers: 1_000,
};

export interface LifeCycle {
  /** Resolved when no evidence came for this long. Null: resolved only when its condition ends. */
  readonly quiet: Micros | null;
  /** Never raised again sooner than this after the last time it was raised. */
  readonly holdDown: Micros;
}

export const LIFE_CYCLE: Readonly<Record<FindingKind, LifeCycle>> = {
  'lease-on-vip': { quiet: null, holdDown: 10 * SECOND },
  'lease-in-pool': { quiet: null, holdDown: MINUTE },
  'dhcp-range-overlaps-pool': { quiet: 24 * HOUR, holdDown: MINUTE },
  'dhcp-decline': { quiet: 30 * MINUTE, holdDown: MINUTE },
  'rogue-dhcp-server': { quiet: 30 * MINUTE, holdDown: MINUTE },
  'foreign-claim': { quiet: MINUTE, holdDown: MINUTE },
  'split-brain': { quiet: 30 * SECOND, holdDown: MINUTE },
  'silent-vip': { quiet: null, holdDown: MINUTE },
  'wrong-announcer': { quiet: null, holdDown: MINUTE },
  'vip-flapping': { quiet: 10 * MINUTE, holdDown: 10 * MINUTE },
  'pool-address-taken': { quiet: 10 * MINUTE, holdDown: MINUTE },
  'node-address-conflict': { quiet: 5 * MINUTE, holdDown: MINUTE },
  'lease-conflict': { quiet: 10 * MINUTE, holdDown: MINUTE },
  'proxy-arp': { quiet: 30 * MINUTE, holdDown: MINUTE },
  'slow-failover': { quiet: 10 * MINUTE, holdDown: MINUTE },
};
