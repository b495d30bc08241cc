// How patient the detectors are.
import { MINUTE, type Micros, SECOND } from '../../base/time.ts';

/** Every duration is in microseconds. */
export interface DetectSettings {
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
  /**
   * How long a VIP that nobody answers for may wait for the next question to everybody: the more there are, the longer.
   * @default 1 s
   */
  readonly questionPause: Micros;
  /** A takeover with a longer gap is a slow one. @default 10 s */
  readonly maxGap: Micros;
  /** How long a claim by an unknown MAC waits while some nodes' MACs are still unlearned. @default 30 s */
  readonly nodeMacGrace: Micros;
  /** How long one bare reply for a free pool address waits, to tell a proxy from a machine that uses the address. @default 2 s */
  readonly replyGrace: Micros;
  /**
   * Within so long each node has been asked for its own address, and has answered: longer while there are more than all agents
   * together may ask. @default 2 s
   */
  readonly nodesAskedWithin: Micros;
  /** One MAC answering for at least this many addresses of the pools does proxy ARP. @default 3 */
  readonly proxyAddresses: number;
  /** How long the server has to refuse a client that takes an offer of an address that another one holds. @default 500 ms */
  readonly refusalGrace: Micros;
}

export const DETECT_DEFAULTS: DetectSettings = {
  flappingLimit: 3,
  flappingWindow: 10 * MINUTE,
  electionGrace: 2 * MINUTE,
  intentGrace: MINUTE,
  silenceGrace: 30 * SECOND,
  unansweredGrace: 15 * SECOND,
  questionPause: SECOND,
  maxGap: 10 * SECOND,
  nodeMacGrace: 30 * SECOND,
  replyGrace: 2 * SECOND,
  nodesAskedWithin: 2 * SECOND,
  proxyAddresses: 3,
  refusalGrace: SECOND / 2,
};
