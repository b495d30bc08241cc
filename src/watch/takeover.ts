import type { IpAddress, Mac } from '../net/address.ts';
import type { Micros } from '../net/time.ts';
import type { Segment } from './segment.ts';

/** `failover`: the old one fell silent first; `handover`: both overlapped; `failback`: to an earlier owner within the window. */
export type TakeoverClass = 'failover' | 'handover' | 'failback';

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
  readonly gapMs: number;
  /** How long the old one still answered after the new one had begun, in milliseconds. */
  readonly overlapMs: number;
}
