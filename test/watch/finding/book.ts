// A book of findings by itself, and reports for it.
import type { Micros } from '../../../src/base/time.ts';
import type { Ipv4 } from '../../../src/net/address.ts';
import { FindingBook } from '../../../src/watch/finding/book.ts';
import type { Finding, FindingEvent, Report } from '../../../src/watch/finding/finding.ts';
import { SuppressionRules } from '../../../src/watch/finding/suppression.ts';
import { PHONE } from '../lan.ts';

interface BookOptions {
  /** @default 2000 */
  readonly capacity?: number;
  /** @default nothing is suppressed */
  readonly rules?: SuppressionRules;
  readonly emit?: (event: FindingEvent) => void;
  readonly wake?: (at: Micros) => void;
}

/** All segments are captured. */
export function bookWith({
  capacity = 2_000,
  rules = new SuppressionRules(),
  emit = () => {},
  wake = () => {},
}: BookOptions = {}): FindingBook {
  return new FindingBook(capacity, rules, emit, wake, () => true);
}

export const SEGMENT = { name: 'eth0', interface: 'eth0', vlan: null } as NonNullable<Finding['segment']>;

/** A machine was leased a VIP. Of the kind's own severity unless given; each number is another address, from 10.0.0.0 on. */
export function about(address: number, over: Partial<Report> = {}): Report {
  return {
    kind: 'lease-on-vip',
    ip: `10.0.${address >> 8}.${address & 255}` as Ipv4,
    segment: SEGMENT,
    culprit: { mac: PHONE },
    macs: [PHONE],
    vip: null,
    message: 'It is so.',
    remedy: 'Do it.',
    ...over,
  };
}
