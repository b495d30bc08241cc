// How much of the LAN is remembered, and for how long.
import { HOUR, MINUTE, type Micros, SECOND } from '../../base/time.ts';

/** Every duration is in microseconds. */
export interface LanSettings {
  /** Length assumed for a lease whose acknowledgement was not seen. @default 24 h */
  readonly assumedLease: Micros;
  /**
   * A client that asked for its old address (INIT-REBOOT) has it once so much time passed without a refusal, a repeat or a
   * DISCOVER: its acknowledgement is unicast, and a server that knows nothing of it stays silent (RFC 2131, section 4.3.2).
   * @default 10 s
   */
  readonly consentAfter: Micros;
  /** A claim unheard for this long is forgotten. @default 24 h */
  readonly claimLifetime: Micros;
  /** A station counts as alive for this long after its last frame. @default 10 min */
  readonly stationLifetime: Micros;
  /** How many addresses the claims table holds; the one unheard for longest makes room. @default 65536 */
  readonly maxClaims: number;
  /** @default 16384 */
  readonly maxLeases: number;
}

export const LAN_DEFAULTS: LanSettings = {
  assumedLease: 24 * HOUR,
  consentAfter: 10 * SECOND,
  claimLifetime: 24 * HOUR,
  stationLifetime: 10 * MINUTE,
  maxClaims: 65_536,
  maxLeases: 16_384,
};
