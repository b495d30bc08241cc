// Which takeovers that were seen here say how long a VIP is away when a node dies.
import type { Takeover } from '../../watch/takeover/takeover.ts';
import type { MeasuredTakeover } from '../forecast.ts';

/** MetalLB's speakers suspect a silent one for so long at least (memberlist, 4 s up to ten of them): what is shorter was planned. */
const SHORTEST_DEATH_MS = 4_000;

/** @param iso of the time of a takeover. */
export function measuredDeaths(
  takeovers: readonly Takeover[],
  iso: (at: Takeover['at']) => string,
): MeasuredTakeover[] {
  return takeovers
    .filter(
      ({ class: how, gapMs, uncertaintyMs }) =>
        how === 'failover' && gapMs >= SHORTEST_DEATH_MS && uncertaintyMs < gapMs / 2,
    )
    .map(({ ip, gapMs, at }) => ({ ip, seconds: gapMs / 1000, on: iso(at).slice(0, 10) }));
}
