// What everything in the world is given: time, chance, the LAN, and somebody to tell what it did.
import type { EventQueue } from './events.ts';
import type { Random } from './random.ts';
import type { Switch } from './switch.ts';

export interface Surroundings {
  readonly queue: EventQueue;
  readonly random: Random;
  readonly lan: Switch;
  /** A line of the story. */
  note(what: string): void;
  /** Who can talk to whom, or who answers for what, may be otherwise now. */
  lookAgain(): void;
}
