// The licences of what is shipped besides this project's own code: of each package in the bundle, and of koffi, which lies
// beside it. A package without a licence text fails the build; one that is known to have none has it in scripts/licences.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface ShippedPackage {
  readonly name: string;
  readonly version: string;
  /** As its package.json says it: an SPDX expression. */
  readonly licence: string;
  /** Of its licence and what it asks to be handed on, one after the other. */
  readonly texts: readonly string[];
}

const BY_HAND = join(import.meta.dirname, 'licences');
const LICENCE_FILE = /^(licen[cs]e|copying)([.-][\w.-]+)?$/i;
const NOTICE_FILE = /^notice(\.\w+)?$/i;
const RULE = '='.repeat(80);
const HEADER = `THIRD-PARTY NOTICES

vipwatch is licensed under the Apache License 2.0 (LICENSE). What it ships of others is listed here, with its licences. Node.js and
the system below it are the base image's, and carry their own.
`;

/** Folders of packages, relative like the files: of the innermost package that each file is in. Files of no package have none. */
export function packageFoldersOf(files: Iterable<string>): string[] {
  const folders = new Set<string>();
  for (const file of files) {
    const folder = /^.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(file)?.[0];
    if (folder !== undefined) folders.add(folder);
  }
  return [...folders].sort();
}

/**
 * @param more files of the folder beside those at its top that name a licence: of what the package has taken in itself.
 * @throws {Error} where it has no licence, neither its own nor one by hand.
 */
export function readPackage(folder: string, more: readonly string[] = [], byHand = BY_HAND): ShippedPackage {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const id = `${name}@${version}`;
  const written = join(byHand, `${id.replace('/', '+')}.txt`);
  const textsOf = (files: readonly string[]) =>
    files.map((file) => readFileSync(file, 'utf8').trim()).filter((text) => text !== '');
  const named = (pattern: RegExp) =>
    textsOf(
      readdirSync(folder)
        .filter((file) => pattern.test(file))
        .map((file) => join(folder, file)),
    );
  const own = named(LICENCE_FILE);
  const licences = own.length === 0 && existsSync(written) ? textsOf([written]) : own;
  if (licences.length === 0 || typeof license !== 'string')
    throw new Error(
      `Cannot ship ${id}: it has no licence text. Where it may be shipped, say so in ${written}, with the text`,
    );
  const texts = [...licences, ...named(NOTICE_FILE), ...textsOf(more.map((file) => join(folder, file)))];
  return { name, version, licence: license, texts };
}

/** In the order of their names; of several copies of one version, one. */
export function noticesText(packages: readonly ShippedPackage[]): string {
  const sections = packages
    .toSorted((a, b) => compared(a.name, b.name) || compared(a.version, b.version))
    .map(
      ({ name, version, licence, texts }) =>
        `${RULE}\n${name} ${version} (${licence})\n${RULE}\n\n${texts.join('\n\n')}\n`,
    );
  return [HEADER, ...new Set(sections)].join('\n');
}

function compared(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}
