// What serving reads: plain values and functions, joined by the daemon.
import type { AlertmanagerState } from '../../alert/alertmanager/outbox.ts';
import type { EventCount } from '../../alert/events/notice-book.ts';
import type { IsoTime, Micros, Seconds } from '../../base/time.ts';
import type { Checks } from '../../check/cluster/checking.ts';
import type { AgentPods, IntentHealth, RequestCount } from '../../cluster/health.ts';
import type { TestCount } from '../../failover/counts.ts';
import type { ImportHealth } from '../../lease-import/source.ts';
import type { IpAddress, Mac } from '../../net/address.ts';
import type { ProbeView, ServiceProbeView } from '../../probe/view.ts';
import type { Availability } from '../../watch/takeover/availability.ts';
import type { WatchView } from '../../watch/view.ts';

export interface InterfaceHealth {
  readonly name: string;
  /** Frames are captured on it. */
  readonly up: boolean;
  /** Frames that the kernel had no room for, since the start. */
  readonly dropped: number;
}

/** A segment that this agent captures on. */
export interface SegmentRow {
  readonly interface: string;
  readonly vlan: number | null;
  /** This node's own there. */
  readonly mac: Mac | null;
  readonly addresses: readonly { readonly ip: IpAddress; readonly prefixLength: number }[];
  /** Where this node sends what is for other networks. */
  readonly gateways: readonly IpAddress[];
}

export interface JournalHealth {
  /** What is learned now survives a restart. */
  readonly durable: boolean;
  /** The configuration wants it to be. */
  readonly wanted: boolean;
  /** Why not; null while it does. */
  readonly problem: string | null;
}

/** Whether the configuration file, as it is now, is in force. */
export interface ConfigHealth {
  /** Why not: it is wrong, or cannot be read; null while it is. */
  readonly problem: ConfigProblem | null;
  /** When a file was last taken in; Unix time. */
  readonly takenInAt: Seconds;
  /** Options of the file that a restart takes in. */
  readonly needsRestart: readonly string[];
}

export type ConfigProblem = 'invalid' | 'unreadable';

export interface ProcessUsage {
  /** Of the processor, user and system together. */
  readonly cpuSeconds: Seconds;
  readonly residentBytes: number;
  /** The heap of V8. */
  readonly heapBytes: number;
  readonly heapUsedBytes: number;
  /** What objects of the heap hold outside of it. */
  readonly externalBytes: number;
  readonly openFiles: number;
  /** How many may be open at most. */
  readonly maxFiles: number;
  /** How long turns of the event loop took lately: for so long everything else waited. */
  readonly turns: Readonly<Record<'mean' | 'p50' | 'p90' | 'p99' | 'max', Seconds>>;
  /** Unix time, in seconds. */
  readonly startedAt: number;
}

export interface Sources {
  readonly view: WatchView;
  readonly availability: Pick<Availability, 'of'>;
  readonly segments: () => readonly SegmentRow[];
  readonly probes: ProbeView;
  /** Whether this agent asks for a VIP. */
  readonly asks: (vip: IpAddress) => boolean;
  /** The longest gap that a takeover may have. */
  readonly maxGap: () => Micros;
  readonly serviceProbes: ServiceProbeView;
  readonly now: () => Micros;
  readonly iso: IsoTime;
  /** The interfaces captured, or once captured and lost. */
  readonly interfaces: () => readonly InterfaceHealth[];
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
  /** None where none is configured. */
  readonly imports: () => readonly ImportHealth[];
  /** Beside what each of them says of itself. */
  readonly importDoubts: () => readonly string[];
  /** Null where no agent looks at the cluster. */
  readonly checks: () => Checks | null;
  readonly journal: () => JournalHealth;
  readonly configuration: () => ConfigHealth;
  readonly usage: () => ProcessUsage;
  /** Where others reach what is served here; null where that is not known. */
  readonly url: () => string | null;
  readonly version: string;
  readonly nodeVersion: string;
}
