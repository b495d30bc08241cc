// Journals that cannot be used: renamed, so that somebody may look at them, and the oldest of them removed.
import { existsSync, lstatSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { type Micros, toIso } from '../base/time.ts';

/** Each may be as large as the journal; an older one explains nothing any more. */
const DAMAGED_KEPT = 2;
const DAMAGED = /^\.damaged-(\d{8}T\d{6}Z)(-wal|-shm)?$/;

/** Renames a file that cannot be used. Never a folder: it may hold anything. False where there is nothing to rename. */
export function setAside(
  path: string,
  now: Micros,
  reason: string,
  warn: (message: string) => void,
): boolean {
  const target = `${path}.damaged-${toIso(now).replaceAll(/[-:]|\.\d+/g, '')}`;
  try {
    if (!isFile(path) || existsSync(target)) return false;
    renameSync(path, target);
    for (const suffix of ['-wal', '-shm'])
      if (isFile(path + suffix)) renameSync(path + suffix, target + suffix);
  } catch {
    return false;
  }
  warn(`the journal ${path} cannot be used: ${reason}; set aside as ${target}, and a new one begun`);
  dropOldDamaged(path);
  return true;
}

/** Only files with names that `setAside` gives. */
function dropOldDamaged(path: string): void {
  const folder = dirname(path);
  const own = basename(path);
  try {
    const all = readdirSync(folder).flatMap((name) => {
      const time = name.startsWith(own) ? DAMAGED.exec(name.slice(own.length))?.[1] : undefined;
      return time !== undefined && isFile(join(folder, name)) ? [{ name, time }] : [];
    });
    const times = [...new Set(all.map(({ time }) => time))].toSorted();
    const dropped = new Set(times.slice(0, -DAMAGED_KEPT));
    for (const { name, time } of all) if (dropped.has(time)) rmSync(join(folder, name));
  } catch {
    // They take room, and harm nothing else.
  }
}

function isFile(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}
