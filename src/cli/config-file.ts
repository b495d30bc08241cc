// Reads the configuration file.
import { readFileSync } from 'node:fs';
import { errnoWords } from '../base/errno.ts';
import { type Config, type ConfigContext, parseConfig } from '../config/config.ts';
import { UsageError } from './terminal.ts';

/** A configuration is written by hand; a larger file is another one, taken by mistake. Bytes. */
const MAX_LENGTH = 4 * 1024 * 1024;

/** @throws UsageError where the file cannot be read, ConfigError where it is wrong. */
export function readConfig(path: string, context: ConfigContext): Config {
  return parseConfig(readConfigText(path), path, context);
}

/** @throws UsageError */
export function readConfigText(path: string): string {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new UsageError(`Cannot read ${path}: ${reasonOf(error)}`);
  }
  if (text.length > MAX_LENGTH)
    throw new UsageError(`Cannot read ${path}: it is too long for a configuration`);
  if (/[\0\ufffd]/.test(text))
    throw new UsageError(`Cannot read ${path}: it is no text file; did you swap --config and the capture?`);
  return text;
}

function reasonOf(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  return errnoWords(code) ?? (code || String(error));
}
