// Where a report was not taken though its condition may last: nothing but a second look will tell of it, once there is room.
import { BoundedMap } from '../../base/bounded-map.ts';
import { type Micros, SECOND } from '../../base/time.ts';
import type { FindingKind } from './kinds.ts';
import { groupOf, type Subject } from './places.ts';

/** Addresses, each on one segment; the one that was noted longest ago makes room. */
const MAX_SUBJECTS = 1024;
const LOOK_AFTER = SECOND;

export class Owed {
  readonly #subjects = new BoundedMap<string, { readonly subject: Subject; readonly dueAt: Micros }>(
    MAX_SUBJECTS,
  );

  /** Returns when to look again. */
  add({ kind, ip, segment }: Subject, at: Micros): Micros {
    const subject = { kind, ip, segment };
    const name = groupOf(subject, 'active');
    const known = this.#subjects.get(name);
    if (known) return known.dueAt;
    const dueAt = at + LOOK_AFTER;
    this.#subjects.set(name, { subject, dueAt });
    return dueAt;
  }

  /** Those that are due, and when the next one is. */
  take(kinds: readonly FindingKind[], now: Micros): { taken: Subject[]; nextAt: Micros } {
    const taken: Subject[] = [];
    let nextAt = Number.POSITIVE_INFINITY;
    for (const [name, { subject, dueAt }] of this.#subjects) {
      if (!kinds.includes(subject.kind)) continue;
      if (dueAt > now) nextAt = Math.min(nextAt, dueAt);
      else {
        this.#subjects.delete(name);
        taken.push(subject);
      }
    }
    return { taken, nextAt };
  }
}
