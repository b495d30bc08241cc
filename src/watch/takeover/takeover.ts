// A takeover: what it is, and how its length is told.
import { gapText, lengthText } from '../../base/length-text.ts';
import type { Micros, Millis } from '../../base/time.ts';
import type { IpAddress, Mac } from '../../net/address.ts';
import type { Segment } from '../lan/segment.ts';

/** `failover`: the old one fell silent first; `handover`: both overlapped; `failback`: to an earlier owner within the window. */
export const TAKEOVER_CLASSES = ['failover', 'handover', 'failback'] as const;
export type TakeoverClass = (typeof TAKEOVER_CLASSES)[number];

/** The announcer of a VIP changed from one cluster node to another on one segment. */
export interface Takeover {
  /** When the new announcer was first seen (`firstNew`). */
  readonly at: Micros;
  readonly class: TakeoverClass;
  readonly ip: IpAddress;
  readonly service: string | null;
  readonly segment: Segment;
  readonly from: { readonly mac: Mac; readonly node: string };
  readonly to: { readonly mac: Mac; readonly node: string };
  /** The last frame proving that the old announcer answered. */
  readonly lastOld: Micros;
  /** firstNew - lastOld in milliseconds, with microseconds as the fraction; 0 where they overlapped. */
  readonly gapMs: Millis;
  /**
   * The VIP was unanswered for at least `gapMs - uncertaintyMs` and at most `gapMs`. What is certain is the time from the
   * first question that nobody answered to the last one before the new announcer: the old one may have answered on until
   * just before that first question, and the new one begun just after the last. So it is the probe interval as it was
   * when the old one fell silent and when the new one was found: a second and 50 ms with the default interval. Without
   * questions whose answers would have been seen, it is the whole gap; where the two overlapped, 0.
   */
  readonly uncertaintyMs: Millis;
  /** How long the old one still answered after the new one had begun, in milliseconds. */
  readonly overlapMs: Millis;
  readonly phases: TakeoverPhases;
  /** Told later than the rest. Absent: not known yet, or measured by nobody, as in a capture. */
  readonly serviceGap?: ServiceGap;
}

export type TakeoverEvent =
  | { readonly type: 'takeover'; readonly at: Micros; readonly takeover: Takeover }
  /** What an earlier takeover did to the service is known. */
  | { readonly type: 'service-gap'; readonly at: Micros; readonly takeover: Takeover };

/** What became of the service behind the VIP, in milliseconds. */
export interface ServiceGap {
  /** From the last SYN-ACK before to the first one by the new announcer; null: not measured. */
  readonly gapMs: Millis | null;
  /** It was not back when it was given up: `gapMs` is how long it had been away by then. */
  readonly open: boolean;
  /** The service was away for at least `gapMs - uncertaintyMs` and at most `gapMs`. */
  readonly uncertaintyMs: Millis | null;
  /** From `lastOld` to the first SYN-ACK by the new announcer, 0 where the old one still answered by then; null: not seen. */
  readonly servedMs: Millis | null;
  /** Why it was not measured, or what is to be known of it. */
  readonly note: string | null;
}

/** Milliseconds from `lastOld`, 0 where the old one still answered by then; null: not seen. */
interface TakeoverPhases {
  /** To the first announcement of the new one. */
  readonly announcedMs: Millis | null;
  /** To its first answer to a question. */
  readonly answeredMs: Millis | null;
}

/** For people: `both answered for 12 ms`, `no gap`, `5.08 to 6.13 s without an answer`. */
export function lengthOf({
  gapMs,
  uncertaintyMs,
  overlapMs,
}: Pick<Takeover, 'gapMs' | 'uncertaintyMs' | 'overlapMs'>): string {
  if (overlapMs > 0) return `both answered for ${lengthText(overlapMs)}`;
  return gapMs > 0 ? `${gapText(gapMs, uncertaintyMs)} without an answer` : 'no gap';
}
