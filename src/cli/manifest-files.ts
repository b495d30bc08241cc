// Reads manifests from files, folders and standard input into an inventory. What cannot be read is told, and the rest is read.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { errnoWords } from '../base/errno.ts';
import { MAX_LENGTH, readManifests } from '../check/manifests/manifests.ts';
import type { Inventory } from '../check/model/inventory.ts';
import { kindKeyOf } from '../check/model/kinds.ts';
import type { Terminal } from './terminal.ts';

const STANDARD_INPUT = '-';
const NAMES = /\.(ya?ml|json)$/i;
/** Beyond it a folder is another one, taken by mistake. */
const MAX_FILES = 20_000;

/** Whether all of it could be read. */
export async function readManifestFiles(
  paths: readonly string[],
  inventory: Inventory,
  terminal: Terminal,
  show: (text: string) => void,
): Promise<boolean> {
  const unread = new Map<string, number>();
  let isRead = true;
  const complain = (text: string) => {
    isRead = false;
    show('');
    terminal.complain(text);
  };
  for (const path of paths.flatMap((one) => filesOf(one, complain))) {
    show(path);
    const text = await textOf(path, complain);
    if (text === null) continue;
    const name = path === STANDARD_INPUT ? 'standard input' : path;
    const manifests = readManifests(text, (apiVersion, kind) => kindKeyOf(apiVersion, kind) !== undefined);
    for (const { raw, line } of manifests.objects) inventory.add(raw, { file: name, line });
    for (const [kind, count] of manifests.unread) unread.set(kind, (unread.get(kind) ?? 0) + count);
    for (const { line, what } of manifests.problems)
      complain(`${name}${line === null ? '' : `:${line}`}: ${what}`);
  }
  show('');
  if (unread.size > 0) {
    const kinds = [...unread].map(([kind, count]) => `${count} ${kind}`).join(', ');
    terminal.complain(`Not read, as no check is about them: ${kinds}`);
  }
  return isRead;
}

function filesOf(path: string, complain: (text: string) => void): string[] {
  if (path === STANDARD_INPUT) return [path];
  try {
    if (!statSync(path).isDirectory()) return [path];
    // Symbolic links are not followed, so that there is no way around in circles.
    const files = readdirSync(path, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && NAMES.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name))
      .toSorted();
    if (files.length === 0) complain(`${path}: holds no .yaml, .yml or .json file`);
    if (files.length > MAX_FILES)
      complain(`${path}: holds more than ${MAX_FILES} files: the rest is left out`);
    return files.slice(0, MAX_FILES);
  } catch (error) {
    complain(`Cannot read ${path}: ${reasonOf(error)}`);
    return [];
  }
}

async function textOf(path: string, complain: (text: string) => void): Promise<string | null> {
  try {
    if (path === STANDARD_INPUT) return await standardInput();
    if (statSync(path).size > MAX_LENGTH) {
      complain(`${path}: it is longer than ${MAX_LENGTH / 1024 / 1024} MB: split it`);
      return null;
    }
    return readFileSync(path, 'utf8');
  } catch (error) {
    complain(`Cannot read ${path}: ${reasonOf(error)}`);
    return null;
  }
}

/** No more of it than is read. */
async function standardInput(): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > MAX_LENGTH) break;
  }
  return Buffer.concat(chunks).toString('utf8');
}

function reasonOf(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  return errnoWords(code) ?? (code || String(error));
}
