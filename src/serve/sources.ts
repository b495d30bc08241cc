// What serving reads: plain values and functions, joined by main.
import type { Micros } from '../net/time.ts';
import type { ProbeView } from '../probe/view.ts';
import type { WatchView } from '../watch/view.ts';
import type { IsoTime } from './render.ts';

export interface CapturedInterface {
  readonly name: string;
  readonly up: boolean;
  /** Frames that the kernel had no room for, since the start. */
  readonly dropped: number;
}

export interface JournalHealth {
  /** What is learned now survives a restart. */
  readonly durable: boolean;
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

export interface Sources {
  readonly view: WatchView;
  readonly probes: ProbeView;
  readonly now: () => Micros;
  readonly iso: IsoTime;
  /** The interfaces captured, or once captured and lost. */
  readonly interfaces: () => readonly CapturedInterface[];
  /** When intent was last set; null before that. */
  readonly intentSetAt: () => Micros | null;
  readonly journal: () => JournalHealth;
  readonly usage: () => ProcessUsage;
  readonly version: string;
  readonly nodeVersion: string;
}
