// What serving reads: plain values and functions, joined by main.
import type { Micros } from '../../base/time.ts';
import type { TestCount } from '../../failover/counts.ts';
import type { ProbeView, ServiceProbeView } from '../../probe/view.ts';
import type { WatchView } from '../../watch/view.ts';
import type { IsoTime } from '../render/render.ts';

export interface CapturedInterface {
  readonly name: string;
  readonly up: boolean;
  /** Frames that the kernel had no room for, since the start. */
  readonly dropped: number;
}

export interface JournalHealth {
  /** What is learned now survives a restart. */
  readonly durable: boolean;
  /** The configuration wants it to be. */
  readonly wanted: boolean;
  /** Why not; null while it does. */
  readonly problem: string | null;
}

export interface ProcessUsage {
  /** Of the processor, user and system together. */
  readonly cpuSeconds: number;
  readonly residentBytes: number;
  /** Unix time, in seconds. */
  readonly startedAt: number;
}

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
  /** Objects that were left out, one entry for each reason. */
  readonly skipped: readonly { readonly kind: string; readonly object: string; readonly reason: string }[];
}

/** As the Kubernetes API tells of them. */
export interface AgentPods {
  /** Of the one that has been unready the longest, by the wall clock; null: all are ready. */
  readonly unreadySinceMs: number | null;
}

/** Requests to the Kubernetes API. */
export interface RequestCount {
  readonly verb: string;
  readonly result: string;
  readonly count: number;
}

/** What became of the Events of the Kubernetes API that were to be written. */
export interface EventCount {
  readonly result: string;
  readonly count: number;
}

/** One that alerts are sent to. */
export interface AlertmanagerState {
  readonly url: string;
  /** Alerts that it was never told of. */
  readonly waiting: number;
  readonly sent: number;
  readonly dropped: number;
  readonly failures: Readonly<Record<string, number>>;
}

export interface Sources {
  readonly view: WatchView;
  readonly probes: ProbeView;
  readonly serviceProbes: ServiceProbeView;
  readonly now: () => Micros;
  readonly iso: IsoTime;
  /** The interfaces captured, or once captured and lost. */
  readonly interfaces: () => readonly CapturedInterface[];
  readonly intent: () => IntentHealth;
  /** Null where they are not known, as with a static intent. */
  readonly agentPods: () => AgentPods | null;
  /** None where intent is static. */
  readonly kubernetesRequests: () => readonly RequestCount[];
  /** One for each result; none where no Events are written. */
  readonly kubernetesEvents: () => readonly EventCount[];
  /** None where none is configured. */
  readonly alertmanagers: () => readonly AlertmanagerState[];
  /** How the failover tests ended that this agent drove; none where it drives none. */
  readonly failoverTests: () => readonly TestCount[];
  readonly journal: () => JournalHealth;
  readonly usage: () => ProcessUsage;
  readonly version: string;
  readonly nodeVersion: string;
}
