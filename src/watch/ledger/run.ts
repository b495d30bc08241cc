// What a log holds of an address: questions and claims, those that are alike in runs.
import type { Micros } from '../../base/time.ts';
import type { Mac } from '../../net/address.ts';

/** Questions of one asker that had the same outcome: each was answered by the same MACs, or by none. */
export interface QuestionRun {
  readonly kind: 'asked';
  /** Null: this agent. */
  readonly who: Mac | null;
  /** Whom alone it was put to, by unicast; null: to everybody. */
  readonly polled: Mac | null;
  /** Answers to this asker are seen here. */
  readonly isHeard: boolean;
  /** Made up from an answer: the question itself was not seen. */
  readonly isImplied: boolean;
  readonly first: Micros;
  /** The question before the latest; as `first` where there is none. */
  previous: Micros;
  last: Micros;
  count: number;
  /** Who answered each of them, but for the latest. */
  answerers: readonly Mac[];
  /** Who has answered the latest so far. */
  latestAnswerers: readonly Mac[];
  /** When the latest was answered first; null: not yet. */
  answeredAt: Micros | null;
  /** Something new was claimed since: the next question begins another run. */
  isClosed: boolean;
}

/** What one MAC claimed in one way, without a pause longer than `PAUSE`. */
export interface ClaimRun {
  readonly kind: 'answered' | 'announced';
  readonly who: Mac;
  /** Whom an answer was for; null: everybody. */
  readonly to: Mac | null;
  /** This node said it. */
  isOwn: boolean;
  readonly isNode: boolean;
  /** In answer to questions that were put to it alone: what others would have said, they do not tell. */
  readonly isPolled: boolean;
  /** From before this log began. */
  readonly isResumed: boolean;
  /** When it was last announced by the first half of a pair; -Infinity: never. */
  pairedFrom: Micros;
  /** Announced at least once by both halves of a pair, as MetalLB's speakers do. */
  asSpeaker: boolean;
  readonly first: Micros;
  last: Micros;
  count: number;
}

export type Run = QuestionRun | ClaimRun;

/** MetalLB's speakers announce by a request and, in the same moment, a reply: both have the broadcast MAC as target. */
export type Half = 'request-half' | 'reply-half';

/** One claim, as the log takes it in. */
export interface LoggedClaim {
  readonly kind: ClaimRun['kind'];
  readonly who: Mac;
  readonly to: Mac | null;
  readonly isOwn: boolean;
  /** Of a node that is known: strangers never push its runs out. */
  readonly isNode: boolean;
  /** @default null */
  readonly half?: Half | null;
}
