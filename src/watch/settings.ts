// The watcher's settings: those of its rooms, together.
import { DETECT_DEFAULTS, type DetectSettings } from './detect/settings.ts';
import { LAN_DEFAULTS, type LanSettings } from './lan/settings.ts';
import { TAKEOVER_DEFAULTS, type TakeoverSettings } from './takeover/settings.ts';

/** How patient the watcher is, and how much it remembers: what each room asks for. */
export interface WatchSettings extends LanSettings, TakeoverSettings, DetectSettings {
  /** How many findings are kept, active and resolved. @default 2000 */
  readonly maxFindings: number;
}

export const DEFAULT_SETTINGS: WatchSettings = {
  ...LAN_DEFAULTS,
  ...TAKEOVER_DEFAULTS,
  ...DETECT_DEFAULTS,
  maxFindings: 2_000,
};
