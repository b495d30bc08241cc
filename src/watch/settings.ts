import { HOUR, MINUTE, type Micros, SECOND } from '../base/time.ts';
import { DETECT_DEFAULTS, type DetectSettings } from './detect/settings.ts';
import type { FindingKind } from './finding/finding.ts';
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

export interface LifeCycle {
  /** Resolved when no evidence came for this long. Null: resolved only when its condition ends. */
  readonly quiet: Micros | null;
  /** Never raised again sooner than this after the last time it was raised. */
  readonly holdDown: Micros;
}

export const LIFE_CYCLE: Readonly<Record<FindingKind, LifeCycle>> = {
  'lease-on-vip': { quiet: null, holdDown: 10 * SECOND },
  'lease-in-pool': { quiet: null, holdDown: MINUTE },
  'dhcp-range-overlaps-pool': { quiet: 24 * HOUR, holdDown: MINUTE },
  'dhcp-decline': { quiet: 30 * MINUTE, holdDown: MINUTE },
  'rogue-dhcp-server': { quiet: 30 * MINUTE, holdDown: MINUTE },
  'foreign-claim': { quiet: MINUTE, holdDown: MINUTE },
  'split-brain': { quiet: 30 * SECOND, holdDown: MINUTE },
  'silent-vip': { quiet: null, holdDown: MINUTE },
  'wrong-announcer': { quiet: null, holdDown: MINUTE },
  'vip-flapping': { quiet: 10 * MINUTE, holdDown: 10 * MINUTE },
  'pool-address-taken': { quiet: 10 * MINUTE, holdDown: MINUTE },
  'node-address-conflict': { quiet: 5 * MINUTE, holdDown: MINUTE },
  'lease-conflict': { quiet: 10 * MINUTE, holdDown: MINUTE },
  'proxy-arp': { quiet: 30 * MINUTE, holdDown: MINUTE },
  'slow-failover': { quiet: 10 * MINUTE, holdDown: MINUTE },
};
