// When the process gives back memory that it does not use (host/memory.ts): now and then, and soon when it has grown.
import { MINUTE, type Micros, SECOND } from '../base/time.ts';
import { releaseUnusedMemory } from '../host/memory.ts';
import { every, type Part } from './schedule.ts';

/** What a start, a list or a scrape has left behind. */
const AT_LEAST_EVERY = MINUTE;
const LOOK_EVERY = 5 * SECOND;
/** Bytes, since it was given back last: a crowd of readers, or a flood, leaves behind so much within seconds. */
const GROWN = 12 * 1024 * 1024;

interface Memory {
  /** Resident memory of this process, in bytes. */
  readonly resident: () => number;
  readonly release: () => void;
}

const OWN: Memory = { resident: () => process.memoryUsage.rss(), release: releaseUnusedMemory };

export function releasing(startedAt: Micros, { resident, release }: Memory = OWN): Part {
  let releasedAt = startedAt;
  let kept = resident();
  return every(LOOK_EVERY, startedAt, (now) => {
    if (now - releasedAt < AT_LEAST_EVERY && resident() - kept < GROWN) return;
    release();
    releasedAt = now;
    kept = resident();
  });
}
