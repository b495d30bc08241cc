// Where a report was not taken though its condition may last: nothing but a second look will tell of it, once there is room.
import { BoundedMap } from '../../base/bounded-map.ts';
import { type Micros, SECOND } from '../../base/time.ts';
import type { Subject } from './entry.ts';
import type { FindingKind } from './kinds.ts';

/** Addresses, each on one segment; the one that was noted longest ago makes room. */
const MAX_SUBJECTS = 1024;
const LOOK_AFTER = SECOND;

export class Owed {
  readonly #subjects = new BoundedMap<string, { readonly subject: Subject; readonly dueAt: Micros }>(
    MAX_SUBJECTS,
  );

  /**
   * Returns when to look again.
   * @param group as `groupOf` names the subject.
   */
  add({ kind, ip, segment }: Subject, group: string, at: Micros): Micros {
    const known = this.#subjects.get(group);
    if (known) return known.dueAt;
    const dueAt = at + LOOK_AFTER;
    this.#subjects.set(group, { subject: { kind, ip, segment }, dueAt });
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
