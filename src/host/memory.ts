// How the engine weighs memory against speed, and what the process gives back (docs/decisions/0007).
import { readFileSync } from 'node:fs';
import { collectEarly } from './heap.ts';
import { libc } from './libc.ts';

/** `madvise(2)`: the pages are dropped, and read again from where they came when they are touched. */
const MADV_DONTNEED = 4;
/** `mallopt(3)` */
const M_TRIM_THRESHOLD = -1;
const M_MMAP_THRESHOLD = -3;
const M_ARENA_MAX = -8;
/** What glibc begins with, in bytes. Once set it stays: by itself glibc raises it to twice the largest block freed so far. */
const KEPT_BY_MALLOC = 128 * 1024;

/**
 * From now on V8 collects garbage early and keeps no room in reserve, and each thread's malloc gives back what is freed,
 * for a few per cent of processor time: an agent runs on every node, and mostly waits. Set here, so that it holds however
 * the program was started.
 */
export function favourMemory(): void {
  collectEarly();
  const { mallopt } = libc();
  mallopt?.(M_TRIM_THRESHOLD, KEPT_BY_MALLOC);
  mallopt?.(M_MMAP_THRESHOLD, KEPT_BY_MALLOC);
  mallopt?.(M_ARENA_MAX, 1);
}

/**
 * Gives back the pages of program files, of which the start alone touches more than half of all that Node maps, and the
 * room that malloc keeps. What is needed again is mapped again, from the page cache. Takes some milliseconds. A system that
 * does not say what is mapped keeps everything.
 */
export function releaseUnusedMemory(): void {
  const { madvise, mallocTrim } = libc();
  for (const { start, length } of unwrittenProgramPages(readMappings()))
    madvise(start, length, MADV_DONTNEED);
  mallocTrim?.(0);
}

interface Mapping {
  readonly start: bigint;
  readonly length: number;
}

/**
 * The private, read-only mappings of files in which no page was ever written: dropping a written one, as the dynamic linker
 * leaves them where it relocated something, would lose what was written.
 * @param smaps as in proc_pid_smaps(5).
 */
export function unwrittenProgramPages(smaps: string): Mapping[] {
  return smaps.split(/^(?=[0-9a-f]+-[0-9a-f]+ )/m).flatMap((text) => {
    const [, from, to] = /^([0-9a-f]+)-([0-9a-f]+) r-[x-]p \S+ \S+ [1-9]\d* +\//.exec(text) ?? [];
    if (from === undefined || to === undefined || !/^Anonymous: +0 kB$/m.test(text)) return [];
    const start = BigInt(`0x${from}`);
    return [{ start, length: Number(BigInt(`0x${to}`) - start) }];
  });
}

function readMappings(): string {
  try {
    return readFileSync('/proc/self/smaps', 'utf8');
  } catch {
    return '';
  }
}
