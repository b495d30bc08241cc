// How well the cluster can be read: what keeps the intent from being known, and what the API tells of the agents.
import type { Micros, Millis } from '../base/time.ts';

/** Why a part of what the cluster intends cannot be read just now. */
export interface IntentProblem {
  readonly kind: string;
  /** It was read before, and what was read then is in force. */
  readonly listed: boolean;
  readonly reason: string;
  /** In the words of the API or the system; for the log. */
  readonly detail: string | null;
}

export interface IntentHealth {
  /** When it was last known to be what is in force: set, or confirmed by the API. Null before it was first known. */
  readonly confirmedAt: Micros | null;
  readonly problems: readonly IntentProblem[];
  /** Why no announcer can be told, by reason words. */
  readonly doubts: readonly string[];
  /** What else cannot be judged, and why: a sentence each. */
  readonly unjudged: readonly string[];
  /** Objects that were left out, one entry for each reason. */
  readonly skipped: readonly { readonly kind: string; readonly object: string; readonly reason: string }[];
}

/** As the Kubernetes API tells of them. */
export interface AgentPods {
  /** Of the one that has been unready the longest, by the wall clock; null: all are ready. */
  readonly unreadySinceMs: Millis | null;
}

/** Requests to the Kubernetes API. */
export interface RequestCount {
  readonly verb: string;
  readonly result: string;
  readonly count: number;
}
