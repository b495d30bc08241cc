// How long a VIP is away when a node dies: by what was measured in this cluster, else as it usually is.
import type { IpAddress } from '../net/address.ts';

/** A failover that was measured in this cluster. */
export interface MeasuredTakeover {
  readonly ip: IpAddress;
  readonly seconds: number;
  /** The day, as `2026-11-03`. */
  readonly on: string;
}

/** How long a VIP is away while it moves. */
export interface TakeoverTime {
  readonly seconds: number;
  /** So many takeovers say so; 0: it is what is usual. */
  readonly measured: number;
  /** When the last of them was; null: none was measured. */
  readonly lastOn: string | null;
}

/** A takeover, as agents keep it and as their API tells of it. */
interface SeenTakeover {
  readonly ip: IpAddress;
  readonly class: string;
  readonly gapMs: number;
  readonly uncertaintyMs: number;
}

/** Of a failover with three speakers: the median of MetalLB's own timing, in seconds. */
const USUAL_TAKEOVER = 5.8;
/** MetalLB's speakers suspect a silent one for so long at least (memberlist, 4 s up to ten of them): what is shorter was planned. */
const SHORTEST_DEATH_MS = 4_000;

/**
 * Those that say how long a VIP is away when a node dies.
 * @param timeOf in ISO 8601.
 */
export function measuredDeaths<Seen extends SeenTakeover>(
  takeovers: readonly Seen[],
  timeOf: (takeover: Seen) => string,
): MeasuredTakeover[] {
  const isDeath = ({ class: how, gapMs, uncertaintyMs }: Seen) =>
    how === 'failover' && gapMs >= SHORTEST_DEATH_MS && uncertaintyMs < gapMs / 2;
  return takeovers.filter(isDeath).map((takeover) => ({
    ip: takeover.ip,
    seconds: takeover.gapMs / 1000,
    on: timeOf(takeover).slice(0, 10),
  }));
}

/** By what was measured of this VIP, else of others; else as it usually is. */
export function takeoverTime(ip: IpAddress, measured: readonly MeasuredTakeover[]): TakeoverTime {
  const own = measured.filter((takeover) => takeover.ip === ip);
  const known = own.length > 0 ? own : measured;
  if (known.length === 0) return { seconds: USUAL_TAKEOVER, measured: 0, lastOn: null };
  const days = known.map(({ on }) => on).toSorted();
  return {
    seconds: median(known.map(({ seconds }) => seconds)),
    measured: known.length,
    lastOn: days.at(-1)!,
  };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)]!;
}
