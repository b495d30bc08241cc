import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';

const folder = process.env.VIPWATCH_CAPTURES ?? resolve(import.meta.dirname, '../../shared/captures');

/** Path of a third-party capture, which is not part of this repository; undefined where the folder is absent. */
export function captureFile(name: string): string | undefined {
  const path = join(folder, name);
  if (existsSync(path)) return path;
  console.warn(`skipped: ${name} is not here; set VIPWATCH_CAPTURES to the folder that holds it`);
  return undefined;
}

/** A capture of this repository's own. */
export function ownCapture(name: string): string {
  return join(import.meta.dirname, 'data', name);
}
