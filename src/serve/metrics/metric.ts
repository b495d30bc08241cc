// A metric is one row: its name, help and labels, and how its series are read at a scrape. Names and labels are a contract.
// To add one is to add a row to the array of its subject.
import type { Micros } from '../../base/time.ts';
import type { IpAddress } from '../../net/address.ts';
import type { LeaseRow } from '../../watch/lan/lease.ts';
import type { VipRow } from '../../watch/takeover/vips.ts';
import type { Counters } from '../../watch/view.ts';
import type { Keyed } from '../tables/page.ts';
import type { Sources } from '../tables/sources.ts';
import type { ReadMetric } from './exposition.ts';

/** What all metrics of one scrape are read from. What is costly or must agree is gathered once. */
export interface Scrape {
  readonly sources: Sources;
  /** Sorted, and read anew only now and then. */
  readonly leases: () => readonly Keyed<LeaseRow>[];
  /** Those that this agent asks for or announces, and those that changed their announcer. */
  readonly vips: readonly VipRow[];
  /** VIPs whose takeovers are counted here, from 0 on. */
  readonly takeoversBegun: ReadonlySet<string>;
  readonly lastTakeovers: ReadonlyMap<IpAddress, Micros>;
  readonly counters: Counters;
}

export type Metric = ReadMetric<Scrape>;

/** The labels of its series are those it names, or it does not compile. */
type Row<Label extends string> = Omit<ReadMetric<Scrape, Label>, 'type'>;

export function gauge<const Label extends string>(row: Row<Label>): Metric {
  return { ...row, type: 'gauge' };
}

export function counter<const Label extends string>(row: Row<Label>): Metric {
  return { ...row, type: 'counter' };
}
