// A metric is one row: its name, help and labels, and how its series are read at a scrape. Names and labels are a contract.
// To add one is to add a row to the array of its subject.
import type { Micros, Seconds } from '../../base/time.ts';
import type { ServiceLabels } from '../../intent/service-labels.ts';
import type { IpAddress } from '../../net/address.ts';
import type { VipRow } from '../../watch/takeover/vip-rows.ts';
import type { Counters } from '../../watch/view.ts';
import type { ProcessUsage, Sources } from '../tables/sources.ts';
import type { ActiveFinding } from './active-findings.ts';
import type { MetricRow, ReadMetric } from './exposition.ts';
import type { Histogram } from './histogram.ts';
import type { Requests } from './requests.ts';
import type { TakeoverCounts } from './takeover-counts.ts';

/** What all metrics of one scrape are read from. What is costly or must agree is gathered once. */
export interface Scrape {
  readonly sources: Sources;
  readonly streams: () => StreamCounts;
  readonly vips: readonly ScrapedVip[];
  /** The gravest first. */
  readonly findings: readonly ActiveFinding[];
  readonly takeovers: TakeoverCounts;
  readonly roundTrips: Histogram;
  readonly requests: Requests;
  readonly counters: Counters;
  readonly usage: ProcessUsage;
}

/** Of the event stream's clients. */
export interface StreamCounts {
  readonly open: number;
  /** Because they read too slowly. */
  readonly dropped: number;
}

/** A VIP that this agent asks for or announces, or whose announcer it saw change. */
export interface ScrapedVip {
  /** What names it on every series of its own. */
  readonly labels: VipLabels;
  readonly row: VipRow;
  readonly isAskedFor: boolean;
  readonly lastTakeover: Micros | undefined;
}

export interface VipLabels extends ServiceLabels {
  readonly ip: IpAddress;
}

export type Metric = ReadMetric<Scrape>;

/** Unix time, as it is shown: where the clock was set meanwhile it is corrected. */
export function unixTime({ sources }: Scrape, at: Micros): Seconds {
  return Date.parse(sources.iso(at)) / 1000;
}

// The labels of a metric's series are those that it names, or it does not compile.

export function gauge<const Label extends string>(row: MetricRow<Scrape, Label, number>): Metric {
  return { ...row, type: 'gauge' };
}

export function counter<const Label extends string>(row: MetricRow<Scrape, Label, number>): Metric {
  return { ...row, type: 'counter' };
}

export function histogram<const Label extends string>(row: MetricRow<Scrape, Label, Histogram>): Metric {
  return { ...row, type: 'histogram' };
}
