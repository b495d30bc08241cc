import { type Micros, SECOND } from '../base/time.ts';
import { DETECT_DEFAULTS, type DetectSettings } from './detect/settings.ts';
import { LAN_DEFAULTS, type LanSettings } from './lan/settings.ts';
import { TAKEOVER_DEFAULTS, type TakeoverSettings } from './takeover/settings.ts';

/** How patient the watcher is, and how much it remembers: what each room asks for. */
export interface WatchSettings extends LanSettings, TakeoverSettings, DetectSettings {
  /** How many findings are kept, active and resolved. @default 2000 */
  readonly maxFindings: number;
}

/** What the prober keeps to, whatever the number of VIPs. */
export const MAX_PROBES_PER_SECOND = 1000;
/** What is left is for VIPs that were found silent and are asked for more often. */
export const STEADY_PROBES_PER_SECOND = 800;

export const DEFAULT_SETTINGS: WatchSettings = {
  ...LAN_DEFAULTS,
  ...TAKEOVER_DEFAULTS,
  ...DETECT_DEFAULTS,
  maxFindings: 2_000,
};

/** An announcer must have missed three probes before it counts as silent. */
const PROBES_MISSED = 3;

/** What depends on how often each VIP is probed: with very many of them, less often than asked for. */
export function settingsFor(probeInterval: Micros, vips: number): Partial<WatchSettings> {
  const interval = Math.max(probeInterval, (vips / STEADY_PROBES_PER_SECOND) * SECOND);
  return { announcerSilence: Math.max(DEFAULT_SETTINGS.announcerSilence, PROBES_MISSED * interval) };
}
