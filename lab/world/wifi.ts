// Wi-Fi: slower, with losses that nobody repeats where a frame is for all, and with stations that sleep between two beacons.
import { MILLISECOND, type Micros } from '../../src/base/time.ts';
import type { Frame } from './frame.ts';
import type { LinkHabits } from './link.ts';
import type { Random } from './random.ts';

/** What is for one station is repeated until it is acknowledged. */
export const WIFI: LinkHabits = {
  delay: 1_500,
  jitter: 8_000,
  loss: 0.002,
  groupLoss: 0.03,
  duplicates: 0.001,
  reordered: 0.002,
  heldBackFor: 12 * MILLISECOND,
};

export type Sleep = 'awake' | 'dozing' | 'asleep';

/** Beacons come ten times a second; a dozing station wakes for every third, where group frames wait. */
const UNTIL_BEACON = 102 * MILLISECOND;
const BEACONS_SLEPT = 3;
/** A phone with its screen off for long hears few of the frames for all. */
const GROUP_LOST_ASLEEP = 0.6;

/** How long a frame waits for a station at the access point; null: it never gets it. */
export function napOf(sleep: () => Sleep, random: Random): (frame: Frame) => Micros | null {
  return (frame) => {
    const state = sleep();
    if (state === 'awake') return 0;
    if (state === 'asleep' && frame.isGroup && random.chance(GROUP_LOST_ASLEEP)) return null;
    return random.between(0, BEACONS_SLEPT * UNTIL_BEACON);
  };
}
