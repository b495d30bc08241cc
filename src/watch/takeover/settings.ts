// When a VIP counts as taken over, and how many takeovers are kept.
import { HOUR, type Micros, SECOND } from '../../base/time.ts';

/** Every duration is in microseconds. */
export interface TakeoverSettings {
  /**
   * How long two announcers may overlap before it is a split brain. A graceful MetalLB handover overlaps for well under
   * two seconds; its announcement burst lasts 4.4 s. @default 5 s
   */
  readonly handoverGrace: Micros;
  /** An announcer unheard for this long has stopped answering; at least three probe intervals. @default 5 s */
  readonly announcerSilence: Micros;
  /** A takeover back to a node that announced within this time is a failback. @default 1 h */
  readonly failbackWindow: Micros;
  /** How many takeovers are kept. @default 1000 */
  readonly maxTakeovers: number;
}

export const TAKEOVER_DEFAULTS: TakeoverSettings = {
  handoverGrace: 5 * SECOND,
  announcerSilence: 5 * SECOND,
  failbackWindow: HOUR,
  maxTakeovers: 1_000,
};
