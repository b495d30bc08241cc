// Reads manifests from files, folders and standard input into an inventory. What cannot be read is told, and the rest is read.
import { createReadStream, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { errnoWords } from '../base/errno.ts';
import { textAt } from '../base/json.ts';
import { MAX_LENGTH, readManifests } from '../check/manifests/manifests.ts';
import type { Inventory } from '../check/model/inventory.ts';
import { kindKeyOf } from '../check/model/kinds.ts';
import { IGNORE_ANNOTATION } from '../check/model/object.ts';
import { unknownChecks } from '../check/suppression.ts';
import type { Terminal } from './terminal.ts';

const STANDARD_INPUT = '-';
const NAMES = /\.(ya?ml|json)$/i;
/** Beyond it a folder is another one, taken by mistake. */
const MAX_FILES = 20_000;
/** More names than a person reads. */
const MAX_NAMED = 5;

/** Whether all of it could be read. */
export async function readManifestFiles(
  paths: readonly string[],
  inventory: Inventory,
  terminal: Terminal,
  show: (text: string) => void,
): Promise<boolean> {
  const unread = new Map<string, number>();
  const foreign: string[] = [];
  let isRead = true;
  const complain = (text: string) => {
    isRead = false;
    show('');
    terminal.complain(text);
  };
  for (const { path, isFound } of paths.flatMap((one) => filesOf(one, complain))) {
    show(path);
    const text = await textOf(path, complain);
    if (text === null) continue;
    const name = path === STANDARD_INPUT ? 'standard input' : path;
    const manifests = readManifests(text, (apiVersion, kind) => kindKeyOf(apiVersion, kind) !== undefined);
    if (isFound && manifests.isForeign) {
      foreign.push(name);
      continue;
    }
    for (const { raw, line } of manifests.objects) {
      inventory.add(raw, { file: name, line });
      const annotation = textAt(raw, 'metadata', 'annotations', IGNORE_ANNOTATION) ?? '';
      for (const wrong of unknownChecks(annotation))
        complain(
          `${placeOf(name, line)}: the annotation ${IGNORE_ANNOTATION} names ${wrong}, which is not a check`,
        );
    }
    for (const [kind, count] of manifests.unread) unread.set(kind, (unread.get(kind) ?? 0) + count);
    for (const { line, what } of manifests.problems) complain(`${placeOf(name, line)}: ${what}`);
  }
  show('');
  if (unread.size > 0) {
    const kinds = [...unread].map(([kind, count]) => `${count} ${kind}`).join(', ');
    terminal.complain(`Not read, as no check is about them: ${kinds}`);
  }
  if (foreign.length > 0) {
    const more = foreign.length - MAX_NAMED;
    const names = [...foreign.slice(0, MAX_NAMED), ...(more > 0 ? [`${more} more`] : [])];
    terminal.complain(`Not read, as they hold no Kubernetes object: ${names.join(', ')}`);
  }
  return isRead;
}

function placeOf(name: string, line: number | null): string {
  return line === null ? name : `${name}:${line}`;
}

interface ManifestFile {
  readonly path: string;
  /** In a folder, where other files may be beside the manifests. */
  readonly isFound: boolean;
}

function filesOf(path: string, complain: (text: string) => void): ManifestFile[] {
  if (path === STANDARD_INPUT) return [{ path, isFound: false }];
  try {
    if (!statSync(path).isDirectory()) return [{ path, isFound: false }];
    // Symbolic links are not followed, so that there is no way around in circles.
    const files = readdirSync(path, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && NAMES.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name))
      .toSorted();
    if (files.length === 0) complain(`${path}: holds no .yaml, .yml or .json file`);
    if (files.length > MAX_FILES)
      complain(`${path}: holds more than ${MAX_FILES} files: the rest is left out`);
    return files.slice(0, MAX_FILES).map((file) => ({ path: file, isFound: true }));
  } catch (error) {
    complain(`Cannot read ${path}: ${reasonOf(error)}`);
    return [];
  }
}

/** No more of it than is read: a pipe or a device tells no length. */
async function textOf(path: string, complain: (text: string) => void): Promise<string | null> {
  const name = path === STANDARD_INPUT ? 'standard input' : path;
  try {
    const chunks: Buffer[] = [];
    let length = 0;
    const input = path === STANDARD_INPUT ? process.stdin : createReadStream(path);
    for await (const chunk of input as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      length += chunk.length;
      if (length <= MAX_LENGTH) continue;
      complain(`${name}: it is longer than ${MAX_LENGTH / 1024 / 1024} MB: split it`);
      return null;
    }
    return Buffer.concat(chunks).toString('utf8');
  } catch (error) {
    complain(`Cannot read ${name}: ${reasonOf(error)}`);
    return null;
  }
}

function reasonOf(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  return errnoWords(code) ?? (code || String(error));
}
