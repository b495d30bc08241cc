// The table of a server that keeps it in files of this machine.
import type { Seconds } from '../base/time.ts';
import { Draft } from './draft.ts';
import { FILE_FORMATS } from './formats.ts';
import { type Imported, type Reading, read, type TextReader, unreadable } from './imported.ts';
import type { ImportSettings } from './settings.ts';

/** Hands out a file piece by piece. Resolves with whether it stayed the same meanwhile. */
export type ReadText = (path: string, onText: (text: string) => void) => Promise<boolean>;

export interface FilesRead {
  /** None was written meanwhile. */
  readonly isWhole: boolean;
  readonly reading: Reading<Imported>;
}

/** Rejects as the reading of a file does. */
export async function readFiles(
  { type, file, configFile }: ImportSettings,
  now: Seconds,
  readText: ReadText,
): Promise<FilesRead> {
  if (type === 'pihole' || type === 'opnsense' || file === null) throw new TypeError(`${type} has no file`);
  const format = FILE_FORMATS[type];
  const draft = new Draft();
  const leases = format.leases(draft);
  const take = (reader: TextReader) => (text: string) => reader.add(text);
  let isWhole = true;
  for (const list of format.older(file)) {
    let isThere = false;
    for (const older of list) {
      const same = await ifThere(readText(older, take(leases)));
      if (same === undefined) continue;
      isThere = true;
      isWhole &&= same;
      leases.nextFile?.();
    }
    if (isThere) break;
  }
  isWhole = (await readText(file, take(leases))) && isWhole;
  let problem = leases.finish();
  if (problem === null && configFile !== null) {
    const config = format.config(draft);
    await readText(configFile, take(config));
    problem = config.finish();
  }
  return { isWhole, reading: problem === null ? read(draft.finish(now)) : unreadable(problem) };
}

async function ifThere<Value>(reading: Promise<Value>): Promise<Value | undefined> {
  try {
    return await reading;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
