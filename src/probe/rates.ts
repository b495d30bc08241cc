// How fast this agent asks, whatever the number of VIPs, and how patient it must be for that.
import { type Micros, SECOND } from '../base/time.ts';
import { DEFAULT_SETTINGS, type WatchSettings } from '../watch/settings.ts';

/** What the prober keeps to, whatever the number of VIPs. */
export const MAX_PROBES_PER_SECOND = 1000;
/** What is left is for VIPs that were found silent and are asked for more often. */
export const STEADY_PROBES_PER_SECOND = 800;
/** However late the prober's caller is, never more questions at once than this. */
export const MAX_BURST = 64;

/** An announcer must have missed three probes before it counts as silent. */
const PROBES_MISSED = 3;

/** What depends on how often each VIP is probed: with very many of them, less often than asked for. */
export function settingsFor(probeInterval: Micros, vips: number): Partial<WatchSettings> {
  const interval = Math.max(probeInterval, (vips / STEADY_PROBES_PER_SECOND) * SECOND);
  return { announcerSilence: Math.max(DEFAULT_SETTINGS.announcerSilence, PROBES_MISSED * interval) };
}

/** What answers beside a node waits for longer while the nodes cannot be asked at once whether it is one of them. */
export function nodesAskedWithin(nodesWait: boolean): Micros {
  return DEFAULT_SETTINGS.nodesAskedWithin * (nodesWait ? 3 : 1);
}
