// The last good configuration, kept beside the journal: a start with a broken file goes on with it, for a watchdog that watches
// by yesterday's configuration is of more use than one that is down.
import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  type Config,
  type ConfigContext,
  journalIn,
  parseConfig,
  readableJournalPath,
} from '../config/config.ts';
import { DEFAULT_JOURNAL } from '../config/value-schemas.ts';

const NAME = 'last-good-config.yaml';
/** For its owner alone: it may name machines and addresses. */
const MODE = 0o600;

export interface LastGood {
  readonly config: Config;
  /** Where it is kept. */
  readonly path: string;
  /** When it was written last; Unix time in milliseconds. */
  readonly at: number;
}

/** @throws the system's error. */
export function keepLastGood(config: Config, source: string, text: string): void {
  if (config.journal.path === null) return;
  const path = join(dirname(config.journal.path), NAME);
  const kept = `${headerOf(source)}${text}`;
  if (readText(path) === kept) return;
  mkdirSync(dirname(path), { recursive: true, mode: 0o750 });
  writeFileSync(`${path}.new`, kept, { mode: MODE });
  renameSync(`${path}.new`, path);
}

/**
 * Undefined where none of this very file was kept.
 * @param broken what the file says by now, as far as it can be read: it may still say where the journal is.
 */
export function findLastGood(
  broken: string | null,
  source: string,
  context: ConfigContext,
): LastGood | undefined {
  const said = broken === null ? undefined : readableJournalPath(broken);
  const journals = [said, context.stateFolder && journalIn(context.stateFolder), DEFAULT_JOURNAL];
  for (const journal of journals) {
    if (!journal) continue;
    const path = join(dirname(journal), NAME);
    const text = readText(path);
    if (text === null || !text.startsWith(headerOf(source))) continue;
    try {
      return { config: parseConfig(text, path, context), path, at: statSync(path).mtimeMs };
    } catch {
      // An earlier version found it good.
    }
  }
  return undefined;
}

/** A file of another name is another one's: two daemons may keep their journals in one folder. */
function headerOf(source: string): string {
  return `# The last good configuration of ${source}. vipwatch starts with it while that file is broken.\n`;
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
