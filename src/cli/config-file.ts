// Reads the configuration file.
import { readFileSync } from 'node:fs';
import { AnswerTooLong, boundedText } from '../base/bounded-text.ts';
import { errnoWords } from '../base/errno.ts';
import { type Config, type ConfigContext, parseConfig } from '../config/config.ts';
import { UsageError } from './terminal.ts';

/** A configuration is written by hand; a larger file is another one, taken by mistake. Bytes. */
const MAX_LENGTH = 4 * 1024 * 1024;
/** In milliseconds. */
const ANSWER_WITHIN = 10_000;

/** @throws UsageError where the file cannot be read, ConfigError where it is wrong. */
export function readConfig(path: string, context: ConfigContext): Config {
  return parseConfig(readConfigText(path), path, context);
}

/** Of a file, or of what a URL answers with. @throws UsageError where it cannot be read, ConfigError where it is wrong. */
export async function readConfigAt(place: string, context: ConfigContext): Promise<Config> {
  if (!/^https?:\/\//.test(place)) return readConfig(place, context);
  return parseConfig(await fetchedText(place), place, context);
}

async function fetchedText(url: string): Promise<string> {
  let answer: Response;
  try {
    answer = await fetch(url, {
      headers: { accept: 'application/yaml, application/json' },
      signal: AbortSignal.timeout(ANSWER_WITHIN),
      // Whoever named the URL means this server.
      redirect: 'manual',
    });
    if (answer.ok) return await boundedText(answer.body, MAX_LENGTH);
  } catch (error) {
    if (error instanceof AnswerTooLong)
      throw new UsageError(`Cannot read ${url}: it is too long for an intent`);
    const { cause = error } = error as Error;
    throw new UsageError(`Cannot read ${url}: ${reasonOf(cause)}`);
  }
  await answer.body?.cancel();
  throw new UsageError(`Cannot read ${url}: it answers ${answer.status}`);
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
    throw new UsageError(
      `Cannot read ${path}: it is not a text file; did you swap --config and the capture?`,
    );
  return text;
}

function reasonOf(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  return errnoWords(code) ?? (code || String(error));
}
